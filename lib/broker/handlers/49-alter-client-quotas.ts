import { errorCodes } from '../../protocol/error-table.ts'
import { alterClientQuotas } from '../../protocol/messages/49-alter-client-quotas.ts'
import type { RequestOf } from '../../protocol/index.ts'
import { whyInvalidEntity, whyInvalidQuota } from '../quotas/quota-entity.ts'
import { whenSafe } from './transaction-answers.ts'
import { handler } from './handler.ts'

type Entry = RequestOf<typeof alterClientQuotas>['entries'][number]

const whyInvalid = ({ entity, ops }: Entry): string | undefined => {
  const invalid = whyInvalidEntity(entity)
  if (invalid !== undefined) return invalid
  for (const { key, value, remove } of ops) {
    // What is taken away need only have a name that exists.
    const reason = whyInvalidQuota(entity, key, remove ? 1 : value)
    if (reason !== undefined) return reason
  }
  return undefined
}

export const alterClientQuotasHandler = handler<typeof alterClientQuotas>({
  api: alterClientQuotas,
  handle: ({ entries, validateOnly }, { broker }) => whenSafe(broker, {
    entries: entries.map((entry) => {
      const { entity, ops } = entry
      const reason = whyInvalid(entry)
      if (reason === undefined && !validateOnly) broker.quotas.alter(entity, ops.map(({ key, value, remove }) => [key, remove ? undefined : value]))
      return { errorCode: reason === undefined ? errorCodes.NONE : errorCodes.INVALID_REQUEST, errorMessage: reason, entity }
    }),
  }),
  fail: ({ entries }, errorCode) => ({ entries: entries.map(({ entity }) => ({ errorCode, entity })) }),
})
