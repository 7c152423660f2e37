/** What the applications of the benchmark run with, as the Java programs beside them. */
export const settings = (applicationId: string, brokers: readonly string[], stateDir: string, guarantee: string): Record<string, unknown> => {
  const exactlyOnce = guarantee === 'exactly_once_v2'
  return {
    'application.id': applicationId,
    'bootstrap.servers': brokers,
    'state.dir': stateDir,
    'processing.guarantee': guarantee,
    'statestore.cache.max.bytes': 0,
    'auto.offset.reset': 'earliest',
    'commit.interval.ms': exactlyOnce ? 100 : 1000,
    ...(exactlyOnce ? {} : { 'producer.acks': '1', 'producer.enable.idempotence': false }),
    'producer.batch.size': 262144,
    'producer.linger.ms': 20,
  }
}
