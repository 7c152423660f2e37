import { TopologyError } from '../../lib/core/errors.ts'

/** Every refusal of a topology starts as Java's do, so that its documentation and forums answer for ours. */
export const invalid = (message: string): TopologyError => new TopologyError(`Invalid topology: ${message}`)
