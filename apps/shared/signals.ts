/** How often a program that npm runs looks whether npm is still there, ms. */
const PARENT_INTERVAL_MS = 300

/**
 * Resolves with the first SIGTERM or SIGINT. A second one ends the process at once. Under `npm start` the end of npm counts,
 * too: at SIGTERM npm ends its shell, but not what that runs.
 */
export const untilSignal = (): Promise<NodeJS.Signals> =>
  new Promise((resolve) => {
    let stopping = false
    const stop = (signal: NodeJS.Signals): void => {
      if (stopping) process.exit(130)
      stopping = true
      resolve(signal)
    }
    process.on('SIGTERM', stop)
    process.on('SIGINT', stop)
    if (process.env.npm_lifecycle_event === undefined) return
    const parent = process.ppid
    const watch = setInterval(() => {
      if (process.ppid === parent) return
      clearInterval(watch)
      if (!stopping) stop('SIGTERM')
    }, PARENT_INTERVAL_MS).unref()
  })
