/** Testing topologies without a broker: `millrace/testing`. */
export { TopologyTestDriver } from './topology-test-driver.ts'
export type { TopologyTestDriverOptions } from './topology-test-driver.ts'
export { TestInputTopic } from './test-input-topic.ts'
export type { InputTopicOptions, PipeOptions } from './test-input-topic.ts'
export { TestOutputTopic } from './test-output-topic.ts'
export type { OutputTopicOptions } from './test-output-topic.ts'
export type { TestRecord } from './test-record.ts'
export type { ProducedRecord } from './memory-record-collector.ts'
