/** `millrace/broker`: a Kafka broker inside a Node process, for development and tests. */
export { Broker } from './broker.ts'
export type { BrokerLimits, BrokerOptions } from './options.ts'
export type { BrokerTlsOptions, ListenerOptions, SecurityProtocol } from './network/listener.ts'
export type { AclOptions } from './security/authorizer.ts'
export { BrokerError } from './errors.ts'
export type { BrokerErrorCode } from './errors.ts'
export type { ApiName } from './faults/api-names.ts'
export type { FaultDecision, FaultFunction, FaultRequest } from './faults/faults.ts'
