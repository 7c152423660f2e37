import { parseVersions } from '../../../lib/protocol/index.ts'
import type { ApiDefinition, RequestInput, ResponseOf } from '../../../lib/protocol/index.ts'
import { uniqueName } from '../helpers/broker-under-test.ts'
import { RawClient } from '../helpers/raw-client.ts'
import { createTopic } from '../helpers/topics.ts'
import type { TestTopic } from '../helpers/topics.ts'
import { Mask } from './mask.ts'

/** A request, and what a broker answered, as far as it is the same on every broker. */
export interface Exchange {
  readonly asked: string
  readonly answer: unknown
}

/** Whoever has not answered by then never will. */
const PATIENCE_MS = 3000

/** Asks one broker after the other the same things, and takes down what they say. */
export class Conversation {
  readonly exchanges: Exchange[] = []
  /** What is unlike on every broker and in every run, and what is written instead. */
  readonly mask = new Mask()
  readonly #address: string
  #client: RawClient | undefined

  constructor(address: string) {
    this.#address = address
  }

  async client(): Promise<RawClient> {
    return (this.#client ??= await RawClient.connect(this.#address))
  }

  /** A name that no other run has used. */
  name(what: string): string {
    const name = uniqueName(what)
    this.mask.hide(name, what)
    return name
  }

  /** A new topic whose partitions answer. */
  async topic(partitions = 1, configs: Record<string, string> = {}): Promise<TestTopic> {
    const topic = await createTopic(await this.client(), partitions, configs)
    this.mask.hide(topic.name, 'topic')
    this.mask.hide(topic.id, 'topic-id')
    return topic
  }

  /** One request; a connection that the broker closes is an answer, too. `note` says what is asked where the body alone does not. */
  async ask<A extends ApiDefinition>(api: A, version: number, body: RequestInput<A>, note = ''): Promise<ResponseOf<A> | undefined> {
    const client = await this.client()
    const asked = `${api.name} v${version}${note === '' ? '' : ` ${note}`}`
    const patience = setTimeout(() => client.close(), PATIENCE_MS)
    try {
      const answer = await client.request(api, version, body)
      this.exchanges.push({ asked, answer: this.mask.apply(answer) })
      return answer
    } catch (error) {
      if (!(error instanceof Error && error.message.includes('closed'))) throw error
      this.exchanges.push({ asked, answer: 'no answer, or the connection closed' })
      this.#client = undefined
      return undefined
    } finally {
      clearTimeout(patience)
    }
  }

  /** The same request in every version from `from` on. */
  async everyVersion<A extends ApiDefinition>(api: A, body: RequestInput<A> | ((version: number) => RequestInput<A>), note = '', from = 0): Promise<void> {
    const { min, max } = parseVersions(api.versions)
    for (let version = Math.max(min, from); version <= max; version++) await this.ask(api, version, typeof body === 'function' ? body(version) : body, note)
  }

  close(): void {
    this.#client?.close()
  }
}

/** Something to say to a broker, and its name. */
export interface Case {
  readonly name: string
  readonly run: (talk: Conversation) => Promise<void>
}
