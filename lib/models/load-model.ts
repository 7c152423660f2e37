import { ModelError, messageOf } from './errors.ts'
import { defaultMaxBytes, fetchContent, tooLarge } from './fetch-content.ts'
import { validateModelDescriptor } from './model-descriptor.ts'
import { pmmlFactory } from './pmml/pmml-model.ts'
import { tensorflowFactory } from './tensorflow/tensorflow-model.ts'
import type { ContentOptions } from './fetch-content.ts'
import type { FieldMapping, Model, ModelFactory, ModelSource } from './model.ts'
import type { ModelDescriptor } from './model-descriptor.ts'

/** Kinds of models that can be loaded, by the name a descriptor has for them. */
export const modelFactories: Readonly<Record<string, ModelFactory>> = { PMML: pmmlFactory, TENSORFLOW: tensorflowFactory }

export interface LoadOptions extends ContentOptions {
  /** Where a record has the model's fields. @default fields are properties of the same name */
  readonly mapping?: FieldMapping
  /** Whose answers count where evaluators and the standard disagree. @default `default`, the usual evaluator's */
  readonly semantics?: ModelSource['semantics']
  /** Further kinds of models, or other ways to make the known ones. */
  readonly factories?: Readonly<Record<string, ModelFactory>>
}

const factoryOf = ({ modelType }: ModelDescriptor, factories: LoadOptions['factories'] = {}): ModelFactory => {
  const known = { ...modelFactories, ...factories }
  const factory = Object.hasOwn(known, modelType) ? known[modelType] : undefined
  if (factory === undefined) throw new ModelError('MILLRACE_MODEL_TYPE_UNKNOWN', `model type ${modelType} cannot be loaded; known are ${Object.keys(known).join(', ')}`)
  return factory
}

/**
 * The bytes of a descriptor's model: its data, or what is at its location. Keep these (in a descriptor by value) where a
 * model must come back after a restart whatever became of the location.
 * @throws {ModelError} with the reason
 */
export const modelContent = async (descriptor: ModelDescriptor, options: ContentOptions = {}): Promise<Uint8Array> => {
  const { name, data, location } = validateModelDescriptor(descriptor)
  const bytes = data ?? await fetchContent(location!, options)
  const maxBytes = options.maxBytes ?? defaultMaxBytes
  if (bytes.byteLength > maxBytes) throw tooLarge(`model '${name}'`, bytes.byteLength, maxBytes)
  if (bytes.byteLength === 0) throw new ModelError('MILLRACE_MODEL_CONTENT_EMPTY', `model '${name}' at ${location ?? 'its descriptor'} has 0 bytes`)
  return bytes
}

/** The same model by value. */
export const byValue = async (descriptor: ModelDescriptor, options: ContentOptions = {}): Promise<ModelDescriptor> => {
  const { name, description, dataType, modelType } = descriptor
  return { name, description, dataType, modelType, data: await modelContent(descriptor, options) }
}

const make = (descriptor: ModelDescriptor, bytes: Uint8Array, { mapping = {}, semantics = 'default', factories }: LoadOptions): Model | Promise<Model> =>
  factoryOf(descriptor, factories).create({ name: descriptor.name, bytes, mapping, semantics })

/** Names the model in errors of its maker; others are wrapped, so that callers deal with one class. */
const named = (name: string, error: unknown): ModelError =>
  new ModelError(error instanceof ModelError ? error.code : 'MILLRACE_MODEL_INVALID', `model '${name}': ${messageOf(error)}`, { cause: error })

/**
 * Loads a model: gets its bytes and makes it ready to score.
 * @throws {ModelError} with the reason, whatever is wrong: nothing of a model that fails stays behind
 */
export const loadModel = async (descriptor: ModelDescriptor, options: LoadOptions = {}): Promise<Model> => {
  factoryOf(validateModelDescriptor(descriptor), options.factories)
  const bytes = await modelContent(descriptor, options)
  try {
    const model = await make(descriptor, bytes, options)
    if (options.signal?.aborted !== true) return model
    model.close()
  } catch (error) {
    throw named(descriptor.name, error)
  }
  throw new ModelError('MILLRACE_MODEL_LOAD_ABORTED', `loading model '${descriptor.name}' was ended`)
}

/**
 * {@link loadModel} for descriptors by value, at once: for code that cannot wait, such as the restoration of a store.
 * @throws {ModelError} also when the descriptor is by reference, or its kind of model cannot be made without waiting
 */
export const createModel = (descriptor: ModelDescriptor, options: LoadOptions = {}): Model => {
  const { name, data } = validateModelDescriptor(descriptor)
  if (data === undefined) throw new ModelError('MILLRACE_MODEL_DESCRIPTOR_INVALID', `model '${name}' is by reference; use loadModel, or byValue first`)
  const maxBytes = options.maxBytes ?? defaultMaxBytes
  if (data.byteLength > maxBytes) throw tooLarge(`model '${name}'`, data.byteLength, maxBytes)
  let model: Model | Promise<Model>
  try {
    model = make(descriptor, data, options)
  } catch (error) {
    throw named(name, error)
  }
  if (!(model instanceof Promise)) return model
  void model.then((late) => { late.close() }, () => {})
  throw new ModelError('MILLRACE_MODEL_INVALID', `models of type ${descriptor.modelType} take time to make; use loadModel`)
}

/** A score as one number: itself, a category that is written as one, or `undefined`. */
export const scoreNumber = (value: unknown): number | undefined => {
  const number = typeof value === 'number' ? value : typeof value === 'string' && value.trim() !== '' ? Number(value) : NaN
  return Number.isNaN(number) ? undefined : number
}
