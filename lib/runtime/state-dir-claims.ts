import { IllegalStateError } from './state-machine.ts'

/** The application directories that instances in this process use: task locks only tell processes and threads apart. */
const claimed = new Set<string>()

/**
 * Claims an application's state directory for one instance of this process; answers the function that gives it back.
 * @throws {IllegalStateError} when another instance of this process uses it
 */
export const claimStateDirectory = (path: string): (() => void) => {
  if (claimed.has(path)) {
    throw new IllegalStateError(
      `another KafkaStreams instance of this process uses the state directory ${path}: give each instance a stateDir of its own`,
    )
  }
  claimed.add(path)
  return () => claimed.delete(path)
}
