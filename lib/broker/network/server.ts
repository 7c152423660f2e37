import { createServer } from 'node:net'
import type { AddressInfo, Server as NetServer } from 'node:net'
import type { BrokerState } from '../broker-state.ts'
import { BrokerError } from '../errors.ts'
import type { HandlerTable } from '../handlers/handler-table.ts'
import { Connection } from './connection.ts'

/** The listening socket and the connections that came through it. */
export class Server {
  readonly #net: NetServer
  readonly #connections = new Set<Connection>()

  /** `nodeId`: which broker of the cluster clients meet here. */
  constructor(broker: BrokerState, handlers: HandlerTable, nodeId: number) {
    this.#net = createServer({ highWaterMark: 256 * 1024, noDelay: true }, (socket) => {
      if (this.#connections.size >= broker.limits.maxConnections) {
        socket.destroy()
        return
      }
      const connection = new Connection(socket, broker, handlers, nodeId)
      this.#connections.add(connection)
      socket.on('close', () => this.#connections.delete(connection))
    })
  }

  /** Resolves with the port. @throws {BrokerError} MILLRACE_BROKER_LISTEN_FAILED when the address cannot be had. */
  listen(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#net.once('error', (cause) => {
        reject(new BrokerError('MILLRACE_BROKER_LISTEN_FAILED', `cannot listen on ${host}:${port}: ${cause.message}; choose another port, or 0 for any that is free`, { cause }))
      })
      this.#net.listen(port, host, () => resolve((this.#net.address() as AddressInfo).port))
    })
  }

  /** Stops listening and drops every connection. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      // Called with an error when it never listened, which is closed too.
      this.#net.close(() => resolve())
      for (const connection of this.#connections) connection.destroy()
    })
  }
}
