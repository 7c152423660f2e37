export { startStateServer } from './state-server.ts'
export type { StateServer, StateServerOptions } from './state-server.ts'
export type { StateView } from './state-view.ts'
export { PeerUnavailableError } from './peers.ts'
