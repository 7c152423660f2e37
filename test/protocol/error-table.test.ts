import { errorCodes, errorTable, KafkaError, kafkaError } from '../../lib/protocol/index.ts'

test('error table should have every code from -1 to 133 once, in order', () => {
  expect(errorTable.map(({ code }) => code)).toEqual(Array.from({ length: 135 }, (_, i) => i - 1))
})

test('error codes should be found by their names', () => {
  expect([errorCodes.NONE, errorCodes.NOT_COORDINATOR, errorCodes.SHARE_SESSION_LIMIT_REACHED]).toEqual([0, 16, 133])
})

test('kafkaError should say name, number and meaning, and whether to try again', () => {
  const error = kafkaError(errorCodes.NOT_LEADER_OR_FOLLOWER)
  expect(error).toBeInstanceOf(KafkaError)
  expect(error).toMatchObject({ code: 'MILLRACE_KAFKA_NOT_LEADER_OR_FOLLOWER', errorCode: 6, retriable: true })
  expect(error.message).toBe('NOT_LEADER_OR_FOLLOWER (6): This broker no longer leads the partition, or has no replica of it.')
})

test("kafkaError should carry the broker's own words when there are any", () => {
  expect(kafkaError(40, "no configuration 'cleanup.polcy'").message).toBe("INVALID_CONFIG (40): no configuration 'cleanup.polcy'")
})

test('kafkaError should keep a code it does not know', () => {
  expect(kafkaError(999)).toMatchObject({ errorCode: 999, errorName: 'UNKNOWN_SERVER_ERROR', retriable: false })
})
