import { createServer } from 'node:net'
import type { AddressInfo, Server as NetServer, Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { BrokerState } from '../broker-state.ts'
import { BrokerError } from '../errors.ts'
import type { HandlerTable } from '../handlers/handler-table.ts'
import type { SaslSession } from '../security/sasl-session.ts'
import type { Admission } from './admission.ts'
import { Connection } from './connection.ts'
import type { Listener } from './listener.ts'
import type { RequestMemory } from './request-memory.ts'

/** What all servers of a broker have in common. */
export interface ServerParts {
  readonly broker: BrokerState
  readonly handlers: Pick<HandlerTable, 'get'>
  readonly admission: Admission
  readonly memory: RequestMemory
  /** There if a listener has SASL. */
  readonly newSaslSession: (() => SaslSession) | undefined
}

/** Who a client is that nobody asked. */
export const ANONYMOUS = 'User:ANONYMOUS'

const SOCKETS = { highWaterMark: 256 * 1024, noDelay: true } as const
/** How long a client may take to agree on how to encrypt, ms. */
const HANDSHAKE_TIMEOUT_MS = 30_000

/** The listening socket of a listener and the connections that came through it. */
export class Server {
  readonly #parts: ServerParts
  readonly #listener: Listener
  readonly #sockets = new Set<Socket>()
  #net: NetServer | undefined

  constructor(parts: ServerParts, listener: Listener) {
    this.#parts = parts
    this.#listener = listener
  }

  /** The broker id that clients meet here. */
  get nodeId(): number {
    return this.#listener.nodeId
  }

  /** Resolves once clients can connect; the listener then knows its port. @throws {BrokerError} MILLRACE_BROKER_LISTEN_FAILED, MILLRACE_BROKER_CONFIG_INVALID */
  async listen(): Promise<void> {
    const { host, port } = this.#listener
    const net = (this.#net = await this.#createServer())
    await new Promise<void>((resolve, reject) => {
      net.once('error', (cause) => {
        reject(new BrokerError('MILLRACE_BROKER_LISTEN_FAILED', `cannot listen on ${host}:${port}: ${cause.message}; choose another port, or 0 for any that is free`, { cause }))
      })
      net.listen(port, host, resolve)
    })
    this.#listener.port = (net.address() as AddressInfo).port
  }

  async #createServer(): Promise<NetServer> {
    const { tls } = this.#listener
    if (tls === undefined) {
      return createServer(SOCKETS, (socket) => {
        if (this.#admit(socket)) this.#connect(socket, ANONYMOUS)
      })
    }
    const [{ createServer: createTlsServer }, { principalOf }] = await Promise.all([import('node:tls'), import('../security/certificate-principal.ts')])
    try {
      const server = createTlsServer({ ...SOCKETS, ...tls, handshakeTimeout: HANDSHAKE_TIMEOUT_MS }, (socket) => this.#secured(socket, principalOf))
      // Counted from the first byte on, so that shaking hands is no way around the limits.
      server.prependListener('connection', (socket: Socket) => this.#admit(socket))
      server.on('tlsClientError', (_error, socket) => socket.destroy())
      return server
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause)
      throw new BrokerError('MILLRACE_BROKER_CONFIG_INVALID', `the key and certificate of listener ${this.#listener.name} cannot be used: ${why}`, { cause })
    }
  }

  #admit(socket: Socket): boolean {
    const leave = this.#parts.admission.admit(socket.remoteAddress ?? '')
    if (leave === undefined) {
      socket.destroy()
      return false
    }
    this.#sockets.add(socket)
    socket.on('close', () => {
      leave()
      this.#sockets.delete(socket)
    })
    return true
  }

  #secured(socket: TLSSocket, principalOf: (subject: string) => string): void {
    const certificate = socket.getPeerX509Certificate()
    // Without a certificate is as good as anonymous where one is only asked for; with a bad one is not.
    if (certificate !== undefined && !socket.authorized) socket.destroy()
    else this.#connect(socket, certificate === undefined ? ANONYMOUS : principalOf(certificate.subject))
  }

  #connect(socket: Socket, principal: string): void {
    // It lives as long as its socket, which refers to it.
    void new Connection(socket, this.#parts, this.#listener, principal)
  }

  /** Stops listening and drops every connection. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#net === undefined) resolve()
      // Called with an error when it never listened, which is closed too.
      else this.#net.close(() => resolve())
      for (const socket of this.#sockets) socket.destroy()
    })
  }
}
