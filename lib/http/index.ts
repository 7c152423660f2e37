export { ListenError, startStateServer } from './state-server.ts'
export type { QueriedStreams, ServedState, StateServer, StateServerOptions } from './state-server.ts'
export type { StateView } from './state-view.ts'
export { PeerUnavailableError } from './peers.ts'
