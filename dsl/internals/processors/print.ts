import { closeSync, openSync, writeSync } from 'node:fs'
import { inspect } from 'node:util'
import type { Processor, Record } from '../../../topology/api.ts'
import type { Printed } from '../../options.ts'

const text = (value: unknown): string => {
  if (value == null) return 'null'
  return typeof value === 'object' ? inspect(value, { breakLength: Infinity }) : String(value)
}

/** Writes `[label]: key, value` for each record, at once: what is printed has been processed. */
export class PrintProcessor<K, V> implements Processor<K, V> {
  readonly #printed: Printed<K, V>
  readonly #label: string
  #file: number | undefined

  constructor(printed: Printed<K, V>, label: string) {
    this.#printed = printed
    this.#label = label
  }

  init(): void {
    if (this.#printed.file !== undefined) this.#file = openSync(this.#printed.file, 'a')
  }

  process({ key, value }: Record<K, V>): void {
    const shown = this.#printed.mapper?.(key, value) ?? `${text(key)}, ${text(value)}`
    const line = `[${this.#label}]: ${shown}\n`
    if (this.#file === undefined) process.stdout.write(line)
    else writeSync(this.#file, line)
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file)
    this.#file = undefined
  }
}
