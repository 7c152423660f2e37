import path from 'node:path'
import type { DataSet } from '../../../apps/provider/data-set.ts'
import { readDataSet } from '../../../apps/provider/data-set.ts'
import type { ScoreValue } from '../../../apps/model-server/score-message.ts'
import { scoreValue } from '../../../apps/model-server/score-message.ts'
import type { ModelDescriptor, WineRecord } from '../../../lib/models/index.ts'
import { createModel, wineFields } from '../../../lib/models/index.ts'

export const ownDataDirectory = path.resolve('data')

/** The package's own records and models. */
export const ownDataSet = (): Promise<DataSet> => readDataSet(ownDataDirectory)

/** What a model answers to each record, asked directly. */
export const answersOf = (descriptor: ModelDescriptor, records: readonly WineRecord[]): ScoreValue[] => {
  const model = createModel(descriptor, { mapping: wineFields })
  return records.map((record) => scoreValue(model.score(record).value))
}
