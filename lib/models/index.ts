/** Model serving: models that arrive as data, in memory ready to score. */
export { ModelError, ScoringError } from './errors.ts'
export type { ModelErrorCode, ScoringReason } from './errors.ts'
export type {
  Explanation, FieldMapping, FieldValue, FieldValues, InputField, Model, ModelFactory, ModelSource, OutputValue, Score,
} from './model.ts'

// Messages
export { decodeModelDescriptor, encodeModelDescriptor, validateModelDescriptor } from './model-descriptor.ts'
export type { ModelDescriptor } from './model-descriptor.ts'
export { decodeWineRecord, encodeWineRecord, wineFields, wineRecordFromCsv } from './wine-record.ts'
export type { WineRecord } from './wine-record.ts'
export { modelDescriptorSerde, wineRecordSerde } from './serdes.ts'

// Loading
export { byValue, createModel, loadModel, modelContent, modelFactories, scoreNumber } from './load-model.ts'
export type { LoadOptions } from './load-model.ts'
export type { ContentOptions } from './fetch-content.ts'

// Kinds of models
export { compilePmml } from './pmml/pmml-model.ts'
export { compileTensorflow } from './tensorflow/tensorflow-model.ts'
export { Graph } from './tensorflow/graph.ts'
export type { Placeholder, Plan } from './tensorflow/graph.ts'
export type { Tensor } from './tensorflow/tensor.ts'
