/** The types of settings, as DescribeConfigs numbers them. */
export const SettingType = { UNKNOWN: 0, BOOLEAN: 1, STRING: 2, INT: 3, SHORT: 4, LONG: 5, DOUBLE: 6, LIST: 7, CLASS: 8, PASSWORD: 9 } as const
export type SettingType = (typeof SettingType)[keyof typeof SettingType]

/** What a configuration entry is called, may be, and is when nobody says. Values are text, as in Kafka. */
export interface Setting {
  readonly name: string
  readonly type: SettingType
  readonly default: string
  /** For a topic's setting: the broker's setting that gives its default. */
  readonly brokerName?: string
  /** The smallest and the largest number allowed. */
  readonly min?: number
  readonly max?: number
  /** The words allowed: one of them, or for lists any of them. */
  readonly oneOf?: readonly string[]
  /** Only at the start of the broker. */
  readonly readOnly?: true
  /** It has no value unless somebody sets it. */
  readonly noDefault?: true
  /** It is not told unless somebody sets it. */
  readonly shownWhenSet?: true
}

const INT_MAX = 2147483647
const SHORT_MAX = 32767

/** Why a value will not do; `undefined` when it will. */
export const whyInvalid = (setting: Setting, value: string): string | undefined => {
  const say = (reason: string): string => `Invalid value ${value} for configuration ${setting.name}: ${reason}`
  const numeric = setting.type === SettingType.INT || setting.type === SettingType.SHORT || setting.type === SettingType.LONG
  if (numeric && !/^\s*[+-]?\d+\s*$/.test(value)) return say('not a whole number')
  if (numeric || setting.type === SettingType.DOUBLE) {
    const number = Number(value)
    if (value.trim() === '' || Number.isNaN(number)) return say('not a number')
    const max = setting.max ?? (setting.type === SettingType.INT ? INT_MAX : setting.type === SettingType.SHORT ? SHORT_MAX : Infinity)
    if (number < (setting.min ?? -Infinity)) return say(`must be at least ${setting.min}`)
    if (number > max) return say(`must be no more than ${max}`)
  }
  if (setting.type === SettingType.BOOLEAN && !/^(true|false)$/i.test(value.trim())) return say('must be true or false')
  const words = setting.type === SettingType.LIST ? listOf(value) : [value]
  if (setting.oneOf !== undefined && !words.every((word) => setting.oneOf!.includes(word))) return say(`must be of ${setting.oneOf.join(', ')}`)
  return undefined
}

/** The words of a list setting. */
export const listOf = (value: string): string[] =>
  value.split(',').map((word) => word.trim()).filter((word) => word !== '')
