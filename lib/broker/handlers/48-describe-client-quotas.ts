import { errorCodes } from '../../protocol/error-table.ts'
import { describeClientQuotas } from '../../protocol/messages/48-describe-client-quotas.ts'
import type { RequestOf } from '../../protocol/index.ts'
import type { QuotaEntity } from '../quotas/quota-entity.ts'
import type { Refusal } from '../topics/topic-creation.ts'
import { handler } from './handler.ts'

type Components = RequestOf<typeof describeClientQuotas>['components']

const NAMED = 0
const DEFAULT = 1
const ANY = 2

const invalid = (message: string): Refusal => ({ error: errorCodes.INVALID_REQUEST, message })

const whyInvalid = (components: Components): Refusal | undefined => {
  const types = components.map(({ entityType }) => entityType)
  for (const { entityType, matchType, match } of components) {
    if (entityType === '') return invalid('Invalid empty entity type.')
    if (types.indexOf(entityType) !== types.lastIndexOf(entityType)) return invalid(`Entity type ${entityType} cannot appear more than once in the filter.`)
    if (matchType === NAMED && match === undefined) return invalid('Request specified MATCH_TYPE_EXACT, but set match string to null.')
    if (matchType === DEFAULT && match !== undefined) return invalid('Request specified MATCH_TYPE_DEFAULT, but also specified a match string.')
    if (matchType === ANY && match !== undefined) return invalid('Request specified MATCH_TYPE_SPECIFIED, but also specified a match string.')
    if (matchType < NAMED || matchType > ANY) return invalid(`Unknown match type ${matchType}`)
  }
  if (types.includes('ip') && (types.includes('user') || types.includes('client-id'))) {
    return invalid('Invalid entity filter component combination, IP filter component should not be used with user or clientId filter component.')
  }
  return types.every((type) => ['user', 'client-id', 'ip'].includes(type)) ? undefined : { error: errorCodes.UNSUPPORTED_VERSION, message: 'Custom entity types are not supported.' }
}

// Kafka tells these in the order of a hash map; clients' suites compare whole answers.
const ORDER = ['consumer_byte_rate', 'request_percentage', 'producer_byte_rate', 'controller_mutation_rate', 'connection_creation_rate']

const matches = (entity: QuotaEntity, components: Components, strict: boolean): boolean =>
  (!strict || entity.length === components.length) &&
  components.every(({ entityType, matchType, match }) =>
    entity.some((part) => part.entityType === entityType && (matchType === ANY || part.entityName === match)))

export const describeClientQuotasHandler = handler<typeof describeClientQuotas>({
  api: describeClientQuotas,
  handle: ({ components, strict }, { broker }) => {
    const refusal = whyInvalid(components)
    if (refusal !== undefined) return { errorCode: refusal.error, errorMessage: refusal.message, entries: undefined }
    const found = [...broker.quotas.all()].filter(({ entity }) => matches(entity, components, strict))
    const entries = found.map(({ entity, values }) => ({
      entity,
      values: [...values].map(([key, value]) => ({ key, value })).sort((a, b) => ORDER.indexOf(a.key) - ORDER.indexOf(b.key)),
    }))
    return { errorCode: errorCodes.NONE, entries }
  },
  fail: (_request, errorCode) => ({ errorCode, entries: undefined }),
})
