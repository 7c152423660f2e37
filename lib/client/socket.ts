import { connect as connectTcp } from 'node:net'
import type { OnReadOpts, Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { ConnectionOptions as TlsConnectionOptions } from 'node:tls'
import { AuthenticationError, BrokerUnavailableError, TimeoutError } from './errors.ts'
import type { Endpoint } from './options.ts'

/** The kernel's data goes through one buffer of this size for the life of the socket (measured). */
const READ_BUFFER_BYTES = 262_144

/** Codes of errors that say whom we met is not whom we trust: they do not pass by themselves. */
const UNTRUSTED = /CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS_/

export interface SocketOptions {
  readonly tls?: TlsConnectionOptions | undefined
  readonly timeoutMs: number
  /** Called with the reused read buffer: what is wanted of it must be copied before returning. */
  readonly onData: (buffer: Uint8Array, length: number) => void
}

/**
 * Connects, with TLS when asked to.
 * @throws {BrokerUnavailableError} refused, unreachable
 * @throws {AuthenticationError} the broker's certificate is not trusted
 * @throws {TimeoutError} after `timeoutMs`
 */
export const openSocket = ({ host, port }: Endpoint, { tls, timeoutMs, onData }: SocketOptions): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const onread: OnReadOpts = {
      buffer: Buffer.allocUnsafeSlow(READ_BUFFER_BYTES),
      callback: (length, buffer) => {
        onData(buffer, length)
        return true
      },
    }
    // The types of tls.connect do not list `onread`, which it hands to the socket it makes.
    const tlsOptions = { servername: /^[\d.:]+$/.test(host) ? undefined : host, ...tls, host, port, onread }
    const socket = tls === undefined ? connectTcp({ host, port, onread, noDelay: true, keepAlive: true }) : connectTls(tlsOptions)
    const timer = setTimeout(() => {
      socket.destroy()
      reject(new TimeoutError(`no connection to ${host}:${port} within ${timeoutMs} ms`))
    }, timeoutMs)
    const fail = (error: NodeJS.ErrnoException): void => {
      clearTimeout(timer)
      socket.destroy()
      const message = `no connection to ${host}:${port}: ${error.message}`
      const untrusted = tls !== undefined && UNTRUSTED.test(error.code ?? '')
      reject(untrusted ? new AuthenticationError(message, { cause: error }) : new BrokerUnavailableError(message, { cause: error }))
    }
    socket.once('error', fail)
    socket.once(tls === undefined ? 'connect' : 'secureConnect', () => {
      clearTimeout(timer)
      socket.off('error', fail)
      socket.setNoDelay(true)
      resolve(socket)
    })
  })
