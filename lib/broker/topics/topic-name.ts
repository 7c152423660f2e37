/** Why Kafka would not have a topic of this name; `undefined` when it would. */
export const whyInvalidTopicName = (name: string): string | undefined => {
  if (name === '') return 'the topic name is empty'
  if (name === '.' || name === '..') return `the topic name cannot be "${name}"`
  if (name.length > 249) return `the topic name has ${name.length} characters, at most 249 are allowed`
  if (!/^[a-zA-Z0-9._-]+$/.test(name)) return `the topic name "${name}" has characters other than ASCII letters and digits, '.', '_' and '-'`
  return undefined
}

/** Names that differ only in `.` and `_` collide, since metrics tell them not apart. */
export const collisionName = (name: string): string => name.replaceAll('.', '_')
