import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { brokerOptions } from '../../../apps/broker/options.ts'

const from = (line: string): ReturnType<typeof brokerOptions> => brokerOptions(line === '' ? [] : line.split(' '))

describe('the command line of the broker', () => {
  test('should mean port 9092 when it says nothing', () => {
    expect(from('')).toMatchObject({ port: 9092, brokers: 1, numPartitions: 1, users: {}, config: {} })
    expect(from('')).not.toHaveProperty('listeners')
    expect(from('')).not.toHaveProperty('acls')
  })

  test('should take several brokers', () => {
    expect(from('--brokers 3 --port 0')).toMatchObject({ port: 0, brokers: 3 })
  })

  test('should ask for help', () => {
    expect(from('--help')).toBeUndefined()
  })

  test('should take listeners, with what clients are told where that differs', () => {
    expect(from('--listener PLAINTEXT://127.0.0.1:9092 --listener SASL_SSL://0.0.0.0:0=broker.test:9094 --listener SSL://[::1]:9093')).toMatchObject({
      listeners: [
        { protocol: 'PLAINTEXT', host: '127.0.0.1', port: 9092, advertisedHost: undefined },
        { protocol: 'SASL_SSL', host: '0.0.0.0', port: 0, advertisedHost: 'broker.test', advertisedPort: 9094 },
        { protocol: 'SSL', host: '::1', port: 9093 },
      ],
    })
    expect(from('--listener PLAINTEXT://127.0.0.1:9092')).not.toHaveProperty('port')
    expect(from('--listener DOCKER=PLAINTEXT://0.0.0.0:29092=broker:29092')).toMatchObject({ listeners: [{ name: 'DOCKER', protocol: 'PLAINTEXT', host: '0.0.0.0', port: 29092, advertisedHost: 'broker', advertisedPort: 29092 }] })
  })

  test('should take what TLS, SASL and ACLs need', () => {
    expect(from('--tls-key k.pem --tls-cert c.pem --tls-ca ca.pem --tls-client-auth required --user alice:a:b --super-user User:admin')).toMatchObject({
      tls: { key: 'k.pem', cert: 'c.pem', ca: 'ca.pem', clientAuth: 'required' }, users: { alice: 'a:b' }, acls: { superUsers: ['User:admin'] },
    })
    expect(from('--acls')).toMatchObject({ acls: { superUsers: [] } })
  })

  test('should read users from a file', () => {
    const directory = mkdtempSync(path.join(tmpdir(), 'users-'))
    const file = path.join(directory, 'users')
    writeFileSync(file, 'alice:one\r\n\nbob:two:three\n')
    expect(from(`--users ${file} --user carol:four`)).toMatchObject({ users: { alice: 'one', bob: 'two:three', carol: 'four' } })
    rmSync(directory, { recursive: true })
  })

  test.each([
    ['--brokers some', '--brokers takes a whole number, not some'],
    ['--port many', '--port takes a whole number, not many'],
    ['--config x', '--config takes NAME=VALUE, not x'],
    ['--listener 9092', '--listener takes PROTOCOL://HOST:PORT, such as SSL://127.0.0.1:9093, not 9092'],
    ['--user alice', 'users are given as NAME:PASSWORD'],
    ['--users /no/such/file', '/no/such/file cannot be read'],
    ['--tls-key k.pem', '--tls-key and --tls-cert go together'],
    ['--nonsense', 'nonsense'],
  ])('should be refused when it says %s', (line, message) => {
    expect(() => from(line)).toThrow(message)
  })
})
