import type { HostInfo } from '../index.ts'
import { formatHost } from '../index.ts'
import { StreamsError } from '../core/errors.ts'

/** How long another instance may take to tell its part, in ms. */
const PEER_TIMEOUT_MS = 5000

/** Another instance, which holds a part of the answer, did not give it. */
export class PeerUnavailableError extends StreamsError {
  constructor(peer: HostInfo, why: string, options?: ErrorOptions) {
    super('MILLRACE_QUERY_PEER_UNAVAILABLE', `the instance on ${formatHost(peer)} did not answer for its part of the state: ${why}`, options)
  }
}

/** The path on which instances ask each other for their parts. */
export const LOCAL_PARTS_PATH = '/state/local'

/**
 * The parts another instance holds.
 * @throws {PeerUnavailableError} when it cannot be reached, takes longer than 5 s, or has none to give now
 */
export const partsOfPeer = async <Part>(peer: HostInfo): Promise<readonly Part[]> => {
  let response: Response
  try {
    response = await fetch(`http://${formatHost(peer)}${LOCAL_PARTS_PATH}`, { signal: AbortSignal.timeout(PEER_TIMEOUT_MS) })
  } catch (error) {
    throw new PeerUnavailableError(peer, reasonOf(error), { cause: error })
  }
  if (!response.ok) throw new PeerUnavailableError(peer, `HTTP ${response.status}`)
  return (await response.json()) as readonly Part[]
}

/** `fetch` tells what happened in the cause of its error. */
const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error && error.cause.message !== '' ? error.cause.message : error.message
}
