import type { ByteWriter } from '../../../lib/core/byte-writer.ts'
import type { Headers } from '../../../lib/core/headers.ts'
import type { Serializer } from '../../../lib/serdes/serde.ts'
import type { ChangelogAppender, KeySuffix } from '../store-context.ts'
import type { MinorBytes } from './timed-key.ts'

/** The time and the minor number of the row at hand, as they stand behind its key. */
class TimedSuffix implements KeySuffix {
  time = 0
  minor = 0
  readonly #minorBytes: MinorBytes

  constructor(minorBytes: MinorBytes) {
    this.#minorBytes = minorBytes
  }

  write(out: ByteWriter): void {
    out.writeInt64(this.time)
    if (this.#minorBytes === 4) out.writeInt32(this.minor)
    else out.writeInt64(this.minor)
  }
}

/** The changelog of a windowed store: its keys are written part by part, without a string for each of them. */
export class TimedChangelog implements ChangelogAppender {
  readonly #changelog: ChangelogAppender
  readonly #suffix: TimedSuffix

  constructor(changelog: ChangelogAppender, minorBytes: MinorBytes) {
    this.#changelog = changelog
    this.#suffix = new TimedSuffix(minorBytes)
  }

  /** Which row of the key that comes next is meant. */
  at(time: number, minor: number): this {
    this.#suffix.time = time
    this.#suffix.minor = minor
    return this
  }

  append(key: string, value: Uint8Array | undefined, timestamp: number, headers?: Headers): void {
    this.#changelog.append(key, value, timestamp, headers, this.#suffix)
  }

  appendValue<V>(key: string, value: V, serializer: Serializer<V>, timestamp: number, headers?: Headers): void {
    this.#changelog.appendValue(key, value, serializer, timestamp, headers, this.#suffix)
  }
}
