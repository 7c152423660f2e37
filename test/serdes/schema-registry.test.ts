import { once } from 'node:events'
import path from 'node:path'
import { Worker } from 'node:worker_threads'
import { StreamsBuilder } from '../../dsl/streams-builder.ts'
import { HttpSchemaRegistry } from '../../lib/serdes/http-schema-registry.ts'
import type { SchemaCodec } from '../../lib/serdes/schema-registry.ts'
import { schemaRegistrySerde } from '../../lib/serdes/schema-registry.ts'
import { Serdes } from '../../lib/serdes/serdes.ts'
import { TopologyTestDriver } from '../../lib/testing/index.ts'

interface Order {
  readonly customer: string
  readonly amount: number
}

interface AvroRecord {
  readonly fields: readonly { readonly name: string; readonly default?: string | number }[]
}

/** Of Avro what this test needs: records whose fields are strings of less than 64 bytes, and the double `amount`. */
const orderCodec = (names: readonly string[]): SchemaCodec<Order> => {
  const fields = names.map((name) => (name === 'amount' ? { name, type: 'double', default: 0 } : { name, type: 'string', default: '' }))
  return {
    schema: JSON.stringify({ type: 'record', name: 'Order', fields }),
    encode: (order) =>
      Buffer.concat(names.map((name) => {
        if (name === 'amount') {
          const bytes = Buffer.alloc(8)
          bytes.writeDoubleLE(order.amount)
          return bytes
        }
        const text = Buffer.from(String(order[name as keyof Order] ?? ''))
        return Buffer.concat([Buffer.from([text.length * 2]), text])
      })),
    decoder: (writerSchema) => {
      const written = (JSON.parse(writerSchema) as AvroRecord).fields
      return (data) => {
        const buffer = Buffer.from(data)
        const order: Record<string, unknown> = Object.fromEntries(fields.map((field) => [field.name, field.default]))
        let at = 0
        for (const { name } of written) {
          if (name === 'amount') {
            order[name] = buffer.readDoubleLE(at)
            at += 8
          } else {
            const length = buffer[at]! / 2
            order[name] = buffer.toString('utf8', at + 1, at + 1 + length)
            at += 1 + length
          }
        }
        return order as unknown as Order
      }
    },
  }
}

describe('schemaRegistrySerde over HttpSchemaRegistry', () => {
  let stub: Worker
  let url: string
  const registries: HttpSchemaRegistry[] = []

  const registry = (options: { autoRegister?: boolean; timeoutMs?: number } = {}): HttpSchemaRegistry => {
    const made = new HttpSchemaRegistry({ url, ...options })
    registries.push(made)
    return made
  }

  beforeAll(async () => {
    stub = new Worker(path.join(__dirname, 'stub-registry.mjs'))
    const [port] = (await once(stub, 'message')) as [number]
    url = `http://127.0.0.1:${port}/`
  })

  afterAll(async () => {
    for (const each of registries) await each.close()
    await stub.terminate()
  })

  test('values should be written as a zero byte, the id of the schema in 4 bytes, and the value', () => {
    const serde = schemaRegistrySerde(registry(), orderCodec(['customer', 'amount']))
    const bytes = serde.serializer.serialize('framed', { customer: 'ann', amount: 1.5 })
    expect(Buffer.from(bytes ?? []).toString('hex')).toMatch(/^00000000[0-9a-f]{2}06616e6e000000000000f83f$/)
    expect(serde.deserializer.deserialize('framed', bytes)).toEqual({ customer: 'ann', amount: 1.5 })
    expect(serde.serializer.serialize('framed', undefined)).toBeUndefined()
    expect(serde.deserializer.deserialize('framed', undefined)).toBeUndefined()
  })

  test('a value of another version should be read as this one, its schema fetched when its first record comes', () => {
    const old = schemaRegistrySerde(registry(), orderCodec(['customer']))
    const bytes = old.serializer.serialize('evolved', { customer: 'bob', amount: 9 })
    const current = schemaRegistrySerde(registry(), orderCodec(['amount', 'customer']))
    expect(current.deserializer.deserialize('evolved', bytes)).toEqual({ customer: 'bob', amount: 0 })
  })

  test('nothing should be fetched when the subject was prefetched', async () => {
    const codec = orderCodec(['customer', 'amount'])
    const bytes = schemaRegistrySerde(registry(), codec).serializer.serialize('early', { customer: 'cy', amount: 2 })
    const prefetched = registry({ autoRegister: false })
    await prefetched.prefetch('early-value')
    const serde = schemaRegistrySerde(prefetched, codec)
    const reached = jest.spyOn(Atomics, 'wait')
    expect(serde.deserializer.deserialize('early', bytes)).toEqual({ customer: 'cy', amount: 2 })
    expect(serde.serializer.serialize('early', { customer: 'cy', amount: 2 })).toEqual(bytes)
    expect(reached).not.toHaveBeenCalled()
    reached.mockRestore()
  })

  test('schemas should not be registered when that is not allowed', () => {
    const serde = schemaRegistrySerde(registry({ autoRegister: false }), orderCodec(['customer']))
    expect(() => serde.serializer.serialize('closed', { customer: 'x', amount: 0 })).toThrow(/answered .*\/subjects\/closed-value with 404/)
  })

  test('data without the frame, of an unknown schema, or without a registry should be refused as serialization errors', () => {
    const serde = schemaRegistrySerde(registry(), orderCodec(['customer']))
    const code = { code: 'MILLRACE_SERDES_FAILED' }
    expect(() => serde.deserializer.deserialize('t', Buffer.from('plain text'))).toThrow(expect.objectContaining(code))
    expect(() => serde.deserializer.deserialize('t', Buffer.from('0000000fff00', 'hex'))).toThrow(/\/schemas\/ids\/4095 with 404/)
    const nobody = new HttpSchemaRegistry({ url: 'http://127.0.0.1:1', timeoutMs: 2000 })
    registries.push(nobody)
    expect(() => nobody.schemaOf(1)).toThrow(/did not answer http:\/\/127\.0\.0\.1:1\/schemas\/ids\/1/)
  })

  test('a topology should read, aggregate and write values of a registry, keys and stores included', () => {
    const shared = registry()
    const order = schemaRegistrySerde(shared, orderCodec(['customer', 'amount']))
    const key = schemaRegistrySerde(shared, orderCodec(['customer', 'amount']), { isKey: true })
    const builder = new StreamsBuilder()
    builder.stream('orders', { key: Serdes.string, value: order })
      .groupBy((_id, { customer }) => ({ customer, amount: 0 }), { key, value: order })
      .reduce((a, b) => ({ customer: a.customer, amount: a.amount + b.amount }), { store: 'spent', caching: false })
      .toStream()
      .to('totals', { key, value: order })
    const driver = new TopologyTestDriver(builder.build())
    const input = driver.createInputTopic('orders', { key: Serdes.string, value: order })
    input.pipeInput('1', { customer: 'ann', amount: 1 })
    input.pipeInput('2', { customer: 'ann', amount: 2 })
    expect(driver.createOutputTopic('totals', { key, value: order }).readValuesToList()).toEqual([{ customer: 'ann', amount: 1 }, { customer: 'ann', amount: 3 }])
    expect(driver.producedTopicNames()).toEqual(new Set(['topology-test-driver-spent-repartition', 'topology-test-driver-spent-changelog', 'totals']))
    driver.close()
  })
})
