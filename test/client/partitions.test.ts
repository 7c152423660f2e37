import fc from 'fast-check'
import { byTopic, splitPartitionKey } from '../../lib/client/partitions.ts'
import { partitionKey } from '../../lib/core/topic-partition.ts'

describe('splitPartitionKey', () => {
  test('should be the inverse of partitionKey, also when the topic has dashes', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-zA-Z0-9._-]{1,40}$/), fc.nat(), (topic, partition) => {
        expect(splitPartitionKey(partitionKey(topic, partition))).toEqual({ topic, partition })
      }),
    )
  })

  test.each(['topic', 'topic-', '-3', 'topic-x', ''])('should refuse %p', (key) => {
    expect(() => splitPartitionKey(key)).toThrow(/give topic-partition/)
  })
})

describe('byTopic', () => {
  test('should group entries and keep their order', () => {
    const entries = [
      { topic: 'b', partition: 1 },
      { topic: 'a', partition: 0 },
      { topic: 'b', partition: 0 },
    ]
    expect(byTopic(entries)).toEqual([
      { topic: 'b', entries: [entries[0], entries[2]] },
      { topic: 'a', entries: [entries[1]] },
    ])
  })
})
