import { Answer, answerSerde } from '../../../../dsl/internals/foreign-key/answer.ts'
import { murmur3 } from '../../../../dsl/internals/foreign-key/murmur3.ts'
import { Instruction, Subscription, subscriptionSerde } from '../../../../dsl/internals/foreign-key/subscription.ts'
import { SerializationError } from '../../../../lib/core/errors.ts'
import { Serdes } from '../../../../lib/serdes/serdes.ts'
import type { Serde } from '../../../../lib/serdes/serde.ts'

const { serializer, deserializer } = Serdes.string
const text = { write: serializer.write!, read: deserializer.read! }
const subscriptions = subscriptionSerde({ writeKey: text.write, readKey: text.read })
const answers = answerSerde({ writeForeignValue: text.write, readForeignValue: text.read, hasForeignValue: true })

const written = <T>(serde: Serde<T>, data: T): string => Buffer.from(serde.serializer.serialize('t', data)!).toString('hex')
const read = <T>(serde: Serde<T>, hex: string): T | undefined => serde.deserializer.deserialize('t', Buffer.from(hex, 'hex'))

const hash = murmur3(Buffer.from('A|1'))
const HASH = 'd65b38bf97920d3d97aa11979917cd75'

describe('subscriptions', () => {
  test.each([
    ['a row', new Subscription(Instruction.answerIfJoined, hash, 'k1', 0), `0103${HASH}6b3100000000`],
    ['a row of another partition', new Subscription(Instruction.answerAlways, hash, 'k1', 258), `0102${HASH}6b3100000102`],
    ['a deleted row', new Subscription(Instruction.deleteKeyAndAnswer, undefined, 'k1', 0), '81016b3100000000'],
    ['a row in the format before partitions', new Subscription(Instruction.deleteKey, hash, 'k1', undefined), `0000${HASH}6b31`],
    ['a row whose key is empty', new Subscription(Instruction.deleteKey, undefined, '', 1), '810000000001'],
  ])('should have the bytes of Kafka Streams for %s', (_what, subscription, hex) => {
    expect(written(subscriptions, subscription)).toBe(hex)
    expect(read(subscriptions, hex)).toEqual(subscription)
  })

  test('should be refused when their version is not known', () => {
    expect(() => read(subscriptions, `0203${HASH}6b3100000000`)).toThrow('has version 2; this library knows those up to 1')
  })

  test('should be refused when they are too short', () => {
    expect(() => read(subscriptions, '0103d65b')).toThrow(SerializationError)
  })
})

describe('answers', () => {
  test.each([
    ['a right row', new Answer(hash, 'ra', undefined), `00${HASH}7261`],
    ['no right row', new Answer<string>(hash, undefined, undefined), `00${HASH}`],
    ['a deleted left row', new Answer<string>(undefined, undefined, undefined), '80'],
  ])('should have the bytes of Kafka Streams for %s', (_what, answer, hex) => {
    expect(written(answers, answer)).toBe(hex)
    expect(read(answers, hex)).toEqual(answer)
  })

  test('should read a value of no bytes as no value, as Kafka Streams does', () => {
    expect(read(answers, written(answers, new Answer(hash, '', undefined)))).toEqual(new Answer(hash, undefined, undefined))
  })

  test('should be refused when their version is not known or they are too short', () => {
    expect(() => read(answers, `01${HASH}`)).toThrow('has version 1; this library knows version 0')
    expect(() => read(answers, '00d65b')).toThrow(SerializationError)
  })
})
