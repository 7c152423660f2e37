/**
 * What happens after an error that stopped a stream thread. `REPLACE_THREAD`: its tasks go on in a new thread from the last
 * commit. `SHUTDOWN_CLIENT` (the default): this instance closes and ends in state ERROR. `SHUTDOWN_APPLICATION`: so do all
 * instances of the application.
 */
export type StreamThreadExceptionResponse = 'REPLACE_THREAD' | 'SHUTDOWN_CLIENT' | 'SHUTDOWN_APPLICATION'

/** Called with every error that stops a stream thread; what it answers is done. When it throws, the client shuts down. */
export type StreamsUncaughtExceptionHandler = (error: Error) => StreamThreadExceptionResponse

export const shutdownClient: StreamsUncaughtExceptionHandler = () => 'SHUTDOWN_CLIENT'
