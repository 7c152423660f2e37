import yargs from 'yargs'
import type { Argv } from 'yargs'

/** How long what a program leaves open may take to close, ms. */
const GRACE_MS = 700

/** A command line that could not be understood. */
class UsageError extends Error {}

/** The only options, and bare words, of which there may be several. */
const lists: readonly string[] = ['_', 'config', 'topics']

/** The options of a program, with `-h`. What is not understood is one line, not the whole help. */
export const commandLine = (scriptName: string, usage: string, args: readonly string[] = process.argv.slice(2)): Argv =>
  yargs([...args])
    .scriptName(scriptName)
    .usage(usage)
    .help()
    .alias('h', 'help')
    .version(false)
    .wrap(110)
    .check((given: Readonly<Record<string, unknown>>) => {
      const twice = Object.keys(given).find((name) => Array.isArray(given[name]) && !lists.includes(name))
      if (twice !== undefined) throw new UsageError(`--${twice} is given more than once`)
      return true
    })
    .fail((message: string | null, error: Error | undefined) => {
      throw error ?? new UsageError(`${oneLine(message ?? 'the command line is not understood')} (-h tells the options)`)
    })

/** Runs a program: an error becomes one line and exit code 1. Its end is the end of the process. */
export const runProgram = (main: () => Promise<void>): void => {
  main()
    .catch((error: unknown) => {
      console.error(oneLine(error instanceof Error ? error.message : String(error)))
      process.exitCode = 1
    })
    .finally(() => {
      // such as connections to a broker that is away
      setTimeout(() => process.exit(), GRACE_MS).unref()
    })
}

const oneLine = (text: string): string => text.trim().replace(/\s*\n\s*/g, ' ')
