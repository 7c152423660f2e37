import { isIP } from 'node:net'

/** What quotas are for: a user, a client id, a user with a client id, or an address. No name stands for all without their own. */
export type QuotaEntity = readonly { readonly entityType: string; readonly entityName?: string | undefined }[]

const [USER, CLIENT_ID, IP] = ['user', 'client-id', 'ip']

/** The largest value of a quota of each name; whole numbers only, but for shares of time and mutations. */
const RATES: ReadonlyMap<string, { readonly max: number; readonly isWhole: boolean }> = new Map([
  ['producer_byte_rate', { max: 2 ** 63, isWhole: true }],
  ['consumer_byte_rate', { max: 2 ** 63, isWhole: true }],
  ['request_percentage', { max: Infinity, isWhole: false }],
  ['controller_mutation_rate', { max: Infinity, isWhole: false }],
])
const CONNECTIONS: typeof RATES = new Map([['connection_creation_rate', { max: 2 ** 31 - 1, isWhole: true }]])

/** What is wrong with an entity; `undefined` when nothing is. */
export const whyInvalidEntity = (entity: QuotaEntity): string | undefined => {
  if (entity.length === 0) return 'Invalid empty client quota entity'
  const types = entity.map(({ entityType }) => entityType)
  const unknown = types.find((type) => type !== USER && type !== CLIENT_ID && type !== IP)
  if (unknown !== undefined) return `Unhandled client quota entity type: ${unknown}`
  const empty = entity.find(({ entityName }) => entityName === '')
  if (empty !== undefined) return `Empty ${empty.entityType} not supported`
  if (!types.includes(IP!)) return undefined
  if (types.length > 1) return 'Invalid quota entity combination, IP entity should not be combined with User or ClientId'
  const [{ entityName: address }] = entity as [QuotaEntity[number]]
  return address === undefined || isIP(address) !== 0 ? undefined : `${address} is not a valid IP or resolvable host.`
}

/** What is wrong with a quota for an entity that is as it should be. */
export const whyInvalidQuota = (entity: QuotaEntity, key: string, value: number): string | undefined => {
  const known = (entity[0]!.entityType === IP ? CONNECTIONS : RATES).get(key)
  if (known === undefined) return `Invalid configuration key ${key}`
  if (!(value > 0)) return `Quota ${key} must be greater than 0`
  if (value > known.max) return `Proposed value for ${key} is too large.`
  return known.isWhole && Math.abs(value - Math.trunc(value)) > 1e-6 ? `${key} cannot be a fractional value.` : undefined
}
