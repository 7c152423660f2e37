const INPUT_TYPE = '--input-type'

/**
 * The options of node for a worker: those of this process (undefined: node hands them on by itself, also those that cannot be
 * given to a worker), without the one that only fits code given on the command line.
 */
export const workerArguments = (own: readonly string[]): string[] | undefined => {
  const kept = own.filter((option, i) => option !== INPUT_TYPE && !option.startsWith(`${INPUT_TYPE}=`) && own[i - 1] !== INPUT_TYPE)
  return kept.length === own.length ? undefined : kept
}
