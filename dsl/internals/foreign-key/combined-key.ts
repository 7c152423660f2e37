/** Keys in the store of subscriptions, one character a byte: length of the foreign key, foreign key, primary key. */

const lengthOf = (text: string): string => {
  const { length } = text
  return String.fromCharCode(length >>> 24, (length >>> 16) & 255, (length >>> 8) & 255, length & 255)
}

/** What the keys of all subscriptions to a right row start with. */
export const subscriptionPrefix = (foreignKey: string): string => lengthOf(foreignKey) + foreignKey

export const subscriptionKey = (foreignKey: string, primaryKey: string): string => lengthOf(foreignKey) + foreignKey + primaryKey
