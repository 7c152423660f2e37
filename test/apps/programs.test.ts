import { spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { Program } from './helpers/program.ts'
import { ownDataDirectory, ownDataSet } from './helpers/own-data.ts'
import { eventually, TestBench } from './helpers/test-bench.ts'

const programs: Program[] = []
const run = (name: string, ...args: string[]): Program => {
  const program = new Program(name, args)
  programs.push(program)
  return program
}

let bench: TestBench | undefined
const started = async (): Promise<TestBench> => (bench = await TestBench.start())

afterEach(async () => {
  await Promise.all(programs.splice(0).map((program) => program.stop('SIGKILL')))
  await bench?.close()
  bench = undefined
})

/** A port that nobody listens on. */
const freePort = async (): Promise<number> => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** It ends with exit code 1 and one line that says why. */
const fails = async (program: Program, why: RegExp): Promise<void> => {
  expect(await program.exit()).toBe(1)
  expect(program.errors).toEqual([expect.stringMatching(why)])
}

describe.each(['server', 'data-provider', 'data-reader', 'start', 'broker'])('%s', (name) => {
  test('should tell its options when it is asked with -h', async () => {
    const program = run(name, '-h')
    expect(await program.exit()).toBe(0)
    expect(program.lines.join('\n')).toMatch(/--help/)
    expect(program.errors).toEqual([])
  })

  test('should fail with one line when there is no such option', async () => {
    await fails(run(name, '--no-such-option', 'x'), /no-such-option|such-option/)
  })
})

describe.each(['server', 'data-provider', 'data-reader'])('%s', (name) => {
  test('should fail with one line when no broker answers', async () => {
    const port = await freePort()
    const program = run(name, '--brokers', `127.0.0.1:${port}`, '--broker-timeout', '500', ...(name === 'server' ? ['--port', '0'] : []))
    await fails(program, new RegExp(`^no broker on 127.0.0.1:${port} answered within 0.5 s .*ECONNREFUSED.*: start one, .*--brokers$`))
    expect(program.lines).toEqual([`Waiting for a broker on 127.0.0.1:${port} …`])
  })
})

describe('server', () => {
  test.each([
    [['--store', 'disk'], /^Invalid values: Argument: store, Given: "disk"/],
    [['disk'], /^'disk' is not understood: name one store/],
    [['m', 's'], /^'m s' is not understood/],
    [['--port', '70000'], /^--port takes a whole number from 0 to 65535, not 70000$/],
    [['--partitions', '0'], /^--partitions takes a whole number of 1 or more, not 0$/],
    [['--config', 'commit.interval.ms'], /^--config takes NAME=VALUE/],
    [['--port', '0', '--config', 'commit.intervall.ms=1'], /^Unknown configuration commit.intervall.ms. Did you mean commit.interval.ms\?$/],
    [['--port', '0', '--application-server', 'here'], /^application.server is 'here'/],
    [['--brokers', ','], /^no broker is named/],
    [['--port', '1', '--port', '2'], /^--port is given more than once$/],
  ])('should fail with one line when it is started with %j', async (args, why) => {
    await fails(run('server', ...args), why)
  })

  test('should fail with one line, and make no topics, when its port is taken', async () => {
    const taken = createServer()
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
    const { port } = taken.address() as AddressInfo
    try {
      await fails(run('server', '--port', String(port), '--brokers', `127.0.0.1:${port}`), new RegExp(`^cannot listen on 127.0.0.1:${port}: another program listens there`))
    } finally {
      await new Promise((resolve) => taken.close(resolve))
    }
  })

  test('should wait for a broker that is started after it', async () => {
    const port = await freePort()
    const server = run('server', 'm', '--brokers', `127.0.0.1:${port}`, '--port', '0')
    await server.line(/^Waiting for a broker/)
    const broker = run('broker', '--port', String(port))
    await broker.line(/^listening on/)
    await server.line(/^Model server \(memory store\) on http/)
    expect(await server.stop()).toBe(0)
    expect(await broker.stop()).toBe(0)
  })
})

describe('data-provider', () => {
  test('should fail with one line when there is no data', async () => {
    const empty = (await started()).directory()
    await fails(run('data-provider', '--data-dir', path.join(empty, 'nowhere')), /nowhere cannot be read: there is no such folder; name another folder with --data-dir$/)
    mkdirSync(path.join(empty, 'empty'))
    await fails(run('data-provider', '--data-dir', path.join(empty, 'empty')), /has no \.csv file with records/)
  })

  test('should fail with one line when the port of its broker is taken', async () => {
    const port = (await started()).brokers.split(':').at(-1)!
    await fails(run('data-provider', '--port', port), new RegExp(`^cannot listen on 127.0.0.1:${port}: .*choose another port`))
  })

  test('should send records and models in turn, tell of them, and end at SIGTERM with exit code 0', async () => {
    const { models } = await ownDataSet()
    const provider = run('data-provider', '--port', '0', '--data-interval', '5', '--model-interval', '30')
    await provider.line(/^Embedded broker on 127.0.0.1:\d+$/)
    await provider.line(/^printed 30 records$/)
    for (const { name, description } of models) await provider.line(new RegExp(`^Published Model ${description} \\(${name}\\)$`))
    expect(provider.lines.filter((line) => line.startsWith('printed')).slice(0, 3)).toEqual(['printed 10 records', 'printed 20 records', 'printed 30 records'])
    expect(await provider.stop()).toBe(0)
    expect(provider.errors).toEqual([])
  })

  test('should go on where it was when the broker comes back', async () => {
    const port = String(await freePort())
    const directory = (await started()).directory()
    const broker = run('broker', '--port', port, '--dir', directory)
    await broker.line(/^listening/)
    const provider = run('data-provider', '--brokers', `127.0.0.1:${port}`, '--data-dir', ownDataDirectory, '--data-interval', '5')
    await provider.line(/^printed 10 records$/)
    await broker.stop('SIGKILL')
    const again = run('broker', '--port', port, '--dir', directory)
    await again.line(/^listening/)
    const before = provider.lines.length
    await provider.line(/^printed \d+ records$/, before)
    expect(await provider.stop()).toBe(0)
  })
})

describe('data-reader', () => {
  test('should print what is on the topics, and end at SIGTERM with exit code 0', async () => {
    const provider = run('data-provider', '--port', '0', '--data-interval', '50')
    const address = /on (\S+)$/.exec(await provider.line(/^Embedded broker/))![1]!
    await provider.line(/^printed 10 records$/)
    const reader = run('data-reader', '--brokers', address)
    await reader.line(/^Received message number 1, models_\w+-0@\d+, key null, \d+ bytes: /)
    await reader.line(/^Received message number \d+, models_data-0@9, key null, \d+ bytes: [0-9a-f]+…$/)
    await reader.line(/^Received message number \d+, models_models-0@0, key null, \d+ bytes: /)
    expect(await reader.stop()).toBe(0)
    expect(reader.errors).toEqual([])
  })

  test('should fail with one line when there is no such topic', async () => {
    const { brokers } = await started()
    await fails(run('data-reader', '--brokers', brokers, '--topics', 'nothing'), /^none of the topics nothing exists on /)
  })
})

describe('start', () => {
  test.each(['m', 's', 'c'])('should go from nothing to a scored record in seconds, and change models: %s', async (store) => {
    const begun = performance.now()
    const program = run('start', store, '--port', '0', '--broker-port', '0', '--data-interval', '20', '--model-interval', '400')
    await program.line(/^Calculated quality - \S+ calculated in \S+ ms$/)
    expect(performance.now() - begun).toBeLessThan(10_000)
    const url = /http:\S+/.exec(await program.line(/^Model in service/))![0]
    const inService = async (): Promise<{ name?: string; usage?: number }> => (await fetch(url)).json() as Promise<{ name?: string; usage?: number }>
    // models change all the time, so the one that was named may have no score yet, or be gone
    await eventually(async () => ((await inService()).usage ?? 0) > 0)
    const { name } = await inService()
    await eventually(async () => ![name, undefined].includes((await inService()).name))
    expect(await program.stop()).toBe(0)
    expect(program.errors).toEqual([])
  })
})

test('npm start should end with npm when that is ended by SIGTERM', async () => {
  const shell = spawn('sh', ['-c', 'node apps/start.js --port 0 --broker-port 0; exit 0'], { env: { ...process.env, npm_lifecycle_event: 'start' } })
  const ended = new Promise((resolve) => shell.stdout.once('close', resolve))
  let output = ''
  await new Promise<void>((resolve) => {
    shell.stdout.on('data', (text) => {
      output += String(text)
      if (output.includes('Embedded broker')) resolve()
    })
  })
  shell.kill('SIGTERM')
  // The pipe closes when the program that the shell ran, and left behind, has ended.
  await ended
})
