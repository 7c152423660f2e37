import { execFile, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import type { FamilyApp } from '../integration/helpers/stateful-apps.ts'

const run = promisify(execFile)
const SOURCES = path.resolve('test/handover/java')
const PROGRAM = 'FamilyApps'
const BUILT = path.resolve('node_modules/.cache/hand-over')

/** Compiles the Java program against the Kafka Streams that Maven brings. Gives its class path. */
export const buildJava = async (): Promise<string> => {
  const libraries = path.join(BUILT, 'libraries')
  await mkdir(BUILT, { recursive: true })
  if (!existsSync(libraries)) {
    await run('mvn', ['-q', '-B', '-f', path.join(SOURCES, 'pom.xml'), 'dependency:copy-dependencies', `-DoutputDirectory=${libraries}`])
  }
  await run('javac', ['-nowarn', '-cp', `${libraries}/*`, '-d', BUILT, path.join(SOURCES, `${PROGRAM}.java`)])
  return `${libraries}/*${path.delimiter}${BUILT}`
}

/** Applications of many families on Java Kafka Streams, in a process of their own. */
export class JavaApps {
  readonly #child: ChildProcess
  #said = ''

  /** `guarantee`: as `processing.guarantee` has it. */
  constructor(classPath: string, bootstrapServers: string, guarantee: string, apps: readonly FamilyApp[]) {
    const args = apps.map(({ family, applicationId, stateDir, storeType, topics }) =>
      [family, applicationId, stateDir, storeType, topics.left, topics.right, topics.rows, topics.others, topics.output].join(','))
    this.#child = spawn('java', ['-Xmx1g', '-Dorg.slf4j.simpleLogger.defaultLogLevel=error', '-cp', classPath, PROGRAM, ...args], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, BOOTSTRAP: bootstrapServers, GUARANTEE: guarantee },
    })
    for (const stream of [this.#child.stdout, this.#child.stderr]) stream?.on('data', (bytes: Buffer) => (this.#said += bytes.toString()))
  }

  /** @throws {Error} with what the program said, when it ended instead */
  async running(): Promise<void> {
    const ended = once(this.#child, 'exit').then(() => {
      throw new Error(`the Java program ended: ${this.#said.slice(-2000)}`)
    })
    ended.catch(() => {})
    while (!this.#said.includes('RUNNING\n')) await Promise.race([once(this.#child.stdout!, 'data'), ended])
  }

  /** Ends it in good order: what was read is processed and committed, and the groups are left. */
  async stop(): Promise<void> {
    const exited = once(this.#child, 'exit')
    this.#child.stdin?.end()
    await exited
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const exited = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await exited
  }
}
