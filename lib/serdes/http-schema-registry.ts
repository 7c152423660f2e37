import { SerializationError } from '../core/errors.ts'
import { BlockingFetch } from './blocking-fetch.ts'
import type { RegisteredSchema, SchemaRegistry } from './schema-registry.ts'

export interface HttpSchemaRegistryOptions {
  /** Such as `http://localhost:8081`. */
  readonly url: string
  /** Sent with each request: `authorization`, say. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Whether schemas that the registry does not know are registered; default true. False: writing with such a one is an error. */
  readonly autoRegister?: boolean | undefined
  /** How long a request may take, ms; default 10,000. */
  readonly timeoutMs?: number | undefined
}

/** What comes back for a version of a subject. */
interface VersionAnswer extends RegisteredSchema {
  readonly id: number
}

const JSON_TYPE = 'application/vnd.schemaregistry.v1+json'

/**
 * A registry that speaks Confluent's REST protocol. Call {@link prefetch} before `start()`. A schema that was not prefetched is
 * fetched when its first record comes, and the thread waits for it, as Java's client does: once per schema, since ids are
 * for ever. Give it to any number of serdes, and close it in the end.
 *
 * @example
 * const registry = new HttpSchemaRegistry({ url: 'http://localhost:8081' })
 * await registry.prefetch('orders-value')
 * const orders = schemaRegistrySerde(registry, orderCodec)
 */
export class HttpSchemaRegistry implements SchemaRegistry {
  readonly #url: string
  readonly #headers: Readonly<Record<string, string>>
  readonly #autoRegister: boolean
  readonly #timeoutMs: number
  readonly #blocking: BlockingFetch
  readonly #schemas = new Map<number, RegisteredSchema>()
  /** By subject and schema. */
  readonly #ids = new Map<string, number>()

  constructor({ url, headers = {}, autoRegister = true, timeoutMs = 10_000 }: HttpSchemaRegistryOptions) {
    this.#url = url.replace(/\/+$/, '')
    this.#headers = { 'content-type': JSON_TYPE, accept: JSON_TYPE, ...headers }
    this.#autoRegister = autoRegister
    this.#timeoutMs = timeoutMs
    this.#blocking = new BlockingFetch()
  }

  /** Gets all versions of these subjects without blocking. @throws {SerializationError} when the registry does not answer or knows one not */
  async prefetch(...subjects: readonly string[]): Promise<void> {
    for (const subject of subjects) {
      const path = `/subjects/${encodeURIComponent(subject)}/versions`
      const versions = await this.#get<readonly number[]>(path)
      const answers = await Promise.all(versions.map((version) => this.#get<VersionAnswer>(`${path}/${version}`)))
      for (const { id, schema, schemaType } of answers) {
        this.#schemas.set(id, { schema, schemaType })
        this.#ids.set(subjectKey(subject, { schema, schemaType }), id)
      }
    }
  }

  async #get<T>(path: string): Promise<T> {
    const where = this.#url + path
    try {
      const response = await fetch(where, { headers: this.#headers, signal: AbortSignal.timeout(this.#timeoutMs) })
      return read<T>(where, response.status, await response.text())
    } catch (error) {
      throw error instanceof SerializationError ? error : unreachable(where, (error as Error).message, error)
    }
  }

  #blockingRequest<T>(path: string, body?: object): T {
    const where = this.#url + path
    const init = body === undefined ? { headers: this.#headers } : { method: 'POST', headers: this.#headers, body: JSON.stringify(body) }
    const answer = this.#blocking.fetch(where, init, this.#timeoutMs)
    if ('error' in answer) throw unreachable(where, answer.error)
    return read<T>(where, answer.status, answer.text)
  }

  idOf(subject: string, schema: RegisteredSchema): number {
    const key = subjectKey(subject, schema)
    let id = this.#ids.get(key)
    if (id === undefined) {
      const path = `/subjects/${encodeURIComponent(subject)}${this.#autoRegister ? '/versions' : ''}`
      id = this.#blockingRequest<{ readonly id: number }>(path, schema).id
      this.#ids.set(key, id)
      this.#schemas.set(id, schema)
    }
    return id
  }

  schemaOf(id: number): RegisteredSchema {
    let schema = this.#schemas.get(id)
    if (schema === undefined) {
      const answer = this.#blockingRequest<RegisteredSchema>(`/schemas/ids/${id}`)
      schema = { schema: answer.schema, schemaType: answer.schemaType }
      this.#schemas.set(id, schema)
    }
    return schema
  }

  /** Ends the worker thread that blocking requests need. */
  async close(): Promise<void> {
    await this.#blocking.close()
  }
}

const subjectKey = (subject: string, { schema, schemaType = 'AVRO' }: RegisteredSchema): string => `${subject}\n${schemaType}\n${schema}`

const read = <T>(where: string, status: number, text: string): T => {
  if (status >= 200 && status < 300) return JSON.parse(text) as T
  throw new SerializationError(`The schema registry answered ${where} with ${status}: ${text.slice(0, 200)}. Check the subject, and who may register schemas`)
}

const unreachable = (where: string, reason: string, cause?: unknown): SerializationError =>
  new SerializationError(`The schema registry did not answer ${where}: ${reason}. Check that it runs and can be reached from here`, { cause })
