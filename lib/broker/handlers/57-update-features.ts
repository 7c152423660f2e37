import { errorCodes } from '../../protocol/error-table.ts'
import { updateFeatures } from '../../protocol/messages/57-update-features.ts'
import type { RequestOf } from '../../protocol/index.ts'
import type { BrokerState } from '../broker-state.ts'
import type { Refusal } from '../topics/topic-creation.ts'
import { whenSafe } from './transaction-answers.ts'
import { handler } from './handler.ts'

type Update = RequestOf<typeof updateFeatures>['featureUpdates'][number]

const UPGRADE = 1
const UNSAFE_DOWNGRADE = 3

const refuse = (error: number, message: string): Refusal => ({ error, message })

const check = ({ features }: BrokerState, { feature, maxVersionLevel, allowDowngrade, upgradeType }: Update): Refusal | undefined => {
  if (upgradeType < UPGRADE || upgradeType > UNSAFE_DOWNGRADE) return refuse(errorCodes.INVALID_UPDATE_VERSION, `Invalid update type ${upgradeType} for feature ${feature}.`)
  const invalid = (reason: string): Refusal => refuse(errorCodes.INVALID_UPDATE_VERSION, `Invalid update version ${maxVersionLevel} for feature ${feature}. ${reason}`)
  const known = features.supported.find(({ name }) => name === feature)
  if (known === undefined) return invalid('No such feature is supported.')
  if (maxVersionLevel < 0) return invalid('A feature version cannot be less than 0.')
  if (maxVersionLevel < known.minVersion || maxVersionLevel > known.maxVersion) return invalid(`Broker supports versions ${known.minVersion} to ${known.maxVersion}.`)
  const present = features.level(feature)
  const goesDown = maxVersionLevel < present
  if (goesDown && upgradeType === UPGRADE && !allowDowngrade) return invalid("Can't downgrade the version of this feature without setting the upgrade type to either safe or unsafe downgrade.")
  if (!goesDown && maxVersionLevel !== present && upgradeType !== UPGRADE) return invalid("Can't downgrade to a newer version.")
  return goesDown && feature === 'metadata.version' ? invalid('This broker has but one form of metadata.') : undefined
}

export const updateFeaturesHandler = handler<typeof updateFeatures>({
  api: updateFeatures,
  handle: ({ featureUpdates, validateOnly }, { broker }) => {
    const refusal = featureUpdates.map((update) => check(broker, update)).find((found) => found !== undefined)
    if (refusal !== undefined) {
      return { errorCode: refusal.error, errorMessage: `The update failed for all features since the following feature had an error: ${refusal.message}`, results: [] }
    }
    if (!validateOnly) broker.features.update(featureUpdates.map(({ feature, maxVersionLevel }) => [feature, maxVersionLevel]))
    return whenSafe(broker, { errorCode: errorCodes.NONE, results: featureUpdates.map(({ feature }) => ({ feature, errorCode: errorCodes.NONE })) })
  },
  fail: (_request, errorCode) => ({ errorCode, results: [] }),
})
