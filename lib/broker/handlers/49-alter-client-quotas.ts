import { errorCodes } from '../../protocol/error-table.ts'
import { alterClientQuotas } from '../../protocol/messages/49-alter-client-quotas.ts'
import type { RequestOf } from '../../protocol/index.ts'
import { whyInvalidEntity, whyInvalidQuota } from '../quotas/quota-entity.ts'
import type { QuotaEntity } from '../quotas/quota-entity.ts'
import { whenSafe } from './transaction-answers.ts'
import { handler } from './handler.ts'

type Entry = RequestOf<typeof alterClientQuotas>['entries'][number]

/** Of two parts of one type the last counts. Clients are told the client id first, as by Kafka. */
const partsOf = (entity: QuotaEntity): QuotaEntity =>
  [...new Map(entity.map((part) => [part.entityType, part])).values()].sort((a, b) => (a.entityType < b.entityType ? -1 : 1))

const whyInvalid = (entity: QuotaEntity, ops: Entry['ops']): string | undefined => {
  const invalid = whyInvalidEntity(entity)
  if (invalid !== undefined) return invalid
  for (const { key, value, remove } of ops) {
    const reason = remove ? undefined : whyInvalidQuota(entity, key, value)
    if (reason !== undefined) return reason
  }
  return undefined
}

export const alterClientQuotasHandler = handler<typeof alterClientQuotas>({
  api: alterClientQuotas,
  handle: ({ entries, validateOnly }, { broker }) => whenSafe(broker, {
    entries: entries.map(({ entity: given, ops }) => {
      const entity = partsOf(given)
      const reason = whyInvalid(entity, ops)
      if (reason === undefined && !validateOnly) broker.quotas.alter(entity, ops.map(({ key, value, remove }) => [key, remove ? undefined : value]))
      return { errorCode: reason === undefined ? errorCodes.NONE : errorCodes.INVALID_REQUEST, errorMessage: reason, entity }
    }),
  }),
  fail: ({ entries }, errorCode) => ({ entries: entries.map(({ entity }) => ({ errorCode, entity })) }),
})
