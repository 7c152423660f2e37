import { ConfigError } from '../../core/errors.ts'

/** Where an instance of the application answers queries: its `application.server`. */
export interface HostInfo {
  readonly host: string
  readonly port: number
}

/** `host:port`; IPv6 addresses in brackets. */
export const formatHost = ({ host, port }: HostInfo): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`

/** @throws {ConfigError} when the text is not `host:port` */
export const parseHost = (text: string): HostInfo => {
  const match = /^(?:\w+:\/\/)?(?:\[([^\]]+)\]|([^:/]+)):(\d+)$/.exec(text)
  const port = Number(match?.[3])
  const host = match?.[1] ?? match?.[2]
  if (host === undefined || port > 65535) {
    throw new ConfigError(`application.server is '${text}': give the address at which this instance answers queries as host:port`)
  }
  return { host, port }
}
