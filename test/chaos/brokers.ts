import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { ChildApp } from '../integration/helpers/child-app.ts'
import type { FaultyBroker } from '../integration/helpers/faulty-broker-child.ts'

/** The brokers of a phase, and what may be done to them. */
export interface ChaosBrokers {
  readonly bootstrapServers: string
  /** How many requests were made to fail. */
  readonly failedRequests: number
  readonly restart: (() => Promise<void>) | undefined
  readonly kill: (() => Promise<void>) | undefined
  /** @throws {Error} when the broker has ended by itself */
  check(): void
  close(): Promise<void>
}

/** Brokers that run already; `restart` is a command for the shell. */
export const brokersAt = (bootstrapServers: string, restart: string | undefined): ChaosBrokers => ({
  bootstrapServers,
  failedRequests: 0,
  restart: restart === undefined ? undefined : async () => void (await promisify(execFile)('sh', ['-c', restart])),
  kill: undefined,
  check: () => {},
  close: async () => {},
})

/** The broker must have the same port after each restart. */
const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })

/** The embedded broker in a process of its own, with its files, some of whose requests fail. */
export const embeddedBroker = async (faults: Omit<FaultyBroker, 'dir' | 'port'>): Promise<ChaosBrokers> => {
  const dir = mkdtempSync(path.join(tmpdir(), 'millrace-chaos-'))
  const port = await freePort()
  let failedBefore = 0
  let starts = 0
  const start = async (): Promise<ChildApp> => {
    const argument: FaultyBroker = { ...faults, seed: faults.seed + starts++, dir, port }
    const child = new ChildApp('faulty-broker-child.ts', [JSON.stringify(argument)])
    await child.running()
    return child
  }
  let broker = await start()
  const failed = (): number => broker.printed.split('FAULT\n').length - 1
  const restart = async (signal: NodeJS.Signals): Promise<void> => {
    await broker.kill(signal)
    failedBefore += failed()
    broker = await start()
  }
  return {
    bootstrapServers: `127.0.0.1:${port}`,
    get failedRequests() {
      return failedBefore + failed()
    },
    restart: () => restart('SIGTERM'),
    kill: () => restart('SIGKILL'),
    check: () => broker.check(),
    close: async () => {
      await broker.kill('SIGKILL')
      rmSync(dir, { recursive: true, force: true })
    },
  }
}
