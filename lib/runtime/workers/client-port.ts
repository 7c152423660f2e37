import { inspect } from 'node:util'
import type { MessagePort } from 'node:worker_threads'
import type { Logger } from '../../core/log.ts'
import type { StateRestoreListener } from '../restore-listener.ts'
import type { StandbyUpdateListener } from '../standby-listener.ts'
import { isData } from './data.ts'
import type { FromWorker, LogLevel } from './messages.ts'
import { toPortable } from './portable-error.ts'

/** A worker's way to its client. */
export class ClientPort {
  readonly #port: MessagePort

  constructor(port: MessagePort) {
    this.#port = port
  }

  send(message: FromWorker): void {
    this.#port.postMessage(message)
  }

  /** A logger whose lines the client's logger writes. */
  logger(): Logger {
    const at = (level: LogLevel) => (fields: object, message?: string) => this.send({ type: 'log', level, fields: portable(fields), message })
    return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
  }

  restoreListener(): StateRestoreListener {
    const call = (method: keyof StateRestoreListener) => (...args: readonly unknown[]) => this.#tell('restore', method, args)
    return {
      onRestoreStart: call('onRestoreStart'),
      onBatchRestored: call('onBatchRestored'),
      onRestoreEnd: call('onRestoreEnd'),
      onRestoreSuspended: call('onRestoreSuspended'),
    }
  }

  standbyListener(): StandbyUpdateListener {
    const call = (method: keyof StandbyUpdateListener) => (...args: readonly unknown[]) => this.#tell('standby', method, args)
    return { onUpdateStart: call('onUpdateStart'), onBatchLoaded: call('onBatchLoaded'), onUpdateSuspended: call('onUpdateSuspended') }
  }

  #tell(listener: 'restore' | 'standby', method: string, args: readonly unknown[]): void {
    this.send({ type: 'heard', listener, method, args: args.map(withoutMethods) })
  }
}

/** The fields of a log line, as far as they can be sent; the rest as text. */
const portable = (fields: object): object =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => {
      if (value instanceof Error) return [name, { portableError: toPortable(value) }]
      return [name, isData(value) ? (value as unknown) : inspect(value, { depth: 2 })]
    }),
  )

/** Partitions and ids of tasks are what they say. */
const withoutMethods = (argument: unknown): unknown =>
  typeof argument === 'object' && argument !== null ? Object.fromEntries(Object.entries(argument).filter(([, value]) => isData(value))) : argument
