import type { LoadModel, RejectedModel } from '../../../apps/model-server/model-catalog.ts'
import { ModelCatalog } from '../../../apps/model-server/model-catalog.ts'
import type { Arrival } from '../../../apps/model-server/statistics.ts'
import type { Model, ModelDescriptor, OutputValue, WineRecord } from '../../../lib/models/index.ts'
import { encodeModelDescriptor, ModelError } from '../../../lib/models/index.ts'

/** A wine with that much alcohol. */
export const wine = (alcohol: number, dataType = 'wine'): WineRecord => ({
  fixed_acidity: 7.4,
  volatile_acidity: 0.7,
  citric_acid: 0,
  residual_sugar: 1.9,
  chlorides: 0.076,
  free_sulfur_dioxide: 11,
  total_sulfur_dioxide: 34,
  density: 0.9978,
  pH: 3.51,
  sulphates: 0.56,
  alcohol,
  dataType,
})

/** A model that answers with a factor times the alcohol; `broken` cannot be loaded; a wine without alcohol cannot be scored. */
export const timesAlcohol = (name: string, factor: number | 'broken', dataType = 'wine'): ModelDescriptor => ({
  name,
  description: `${factor} times the alcohol`,
  dataType,
  modelType: 'PMML',
  data: Buffer.from(String(factor)),
})

export const bytesOf = (descriptor: ModelDescriptor): Buffer => encodeModelDescriptor(descriptor)

export const arrivalAt = (timestamp: number, partition = 0, offset = timestamp): Arrival => ({ timestamp, partition, offset })

export const fakeModel = (name: string, answer: (record: WineRecord) => OutputValue): Model => ({
  name,
  type: 'PMML',
  inputs: [],
  score: (record) => ({ value: answer(record as WineRecord), outputs: {} }),
  explain: (record) => ({ value: answer(record as WineRecord), outputs: {} }),
  close: () => {},
})

export const loadTimesAlcohol: LoadModel = async ({ name, data }) => {
  const content = data ?? new Uint8Array(0)
  const factor = Number(Buffer.from(content).toString())
  if (Number.isNaN(factor)) throw new ModelError('MILLRACE_MODEL_MALFORMED', `${name} is no number`)
  const model = fakeModel(name, ({ alcohol }) => {
    if (alcohol === 0) throw new Error('there is no alcohol in it')
    return factor * alcohol
  })
  return { model, content }
}

/** A catalog that notes what it tells of. */
export const notingCatalog = (load: LoadModel = loadTimesAlcohol, quietMs = 1): { catalog: ModelCatalog; rejected: RejectedModel[]; passedOver: number[] } => {
  const rejected: RejectedModel[] = []
  const passedOver: number[] = []
  const catalog = new ModelCatalog(load, {
    rejected: (model) => rejected.push(model),
    passedOver: (_dataType, count) => passedOver.push(count),
  }, { quietMs })
  return { catalog, rejected, passedOver }
}

/** A loader whose loads end when the test says so, in any order. */
export class HeldLoads {
  readonly started: string[] = []
  readonly #release = new Map<string, (error?: Error) => void>()
  readonly #onStart = new Set<() => void>()

  /** Resolves when the load of that name has begun. */
  begun(name: string): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!this.started.includes(name)) return
        this.#onStart.delete(look)
        resolve()
      }
      this.#onStart.add(look)
      look()
    })
  }

  readonly load: LoadModel = async (descriptor, signal) => {
    this.started.push(descriptor.name)
    for (const look of this.#onStart) look()
    await new Promise<void>((resolve, reject) => {
      this.#release.set(descriptor.name, (error) => (error ? reject(error) : resolve()))
      signal.addEventListener('abort', () => reject(signal.reason as Error))
    })
    return loadTimesAlcohol(descriptor, signal)
  }

  /** Waits for the load of that name and lets it end, well or with an error; resolves when that has had its effects. */
  async release(name: string, error?: Error): Promise<void> {
    await this.begun(name)
    this.#release.get(name)?.(error)
    await turn()
  }
}

/** Lets everything that is ready run. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
