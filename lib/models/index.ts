/** Model serving: models that arrive as data, in memory ready to score. */
export { ModelError, ScoringError } from './errors.ts'
export type { ModelErrorCode, ScoringReason } from './errors.ts'
export type {
  Explanation, FieldMapping, FieldValue, FieldValues, InputField, Model, ModelFactory, ModelSource, OutputValue, Score,
} from './model.ts'
export { decodeModelDescriptor, encodeModelDescriptor, validateModelDescriptor } from './model-descriptor.ts'
export type { ModelDescriptor } from './model-descriptor.ts'
export { decodeWineRecord, encodeWineRecord, wineFields, wineRecordFromCsv } from './wine-record.ts'
export type { WineRecord } from './wine-record.ts'
export { compilePmml } from './pmml/pmml-model.ts'
