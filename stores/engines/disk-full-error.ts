import { StreamsError } from '../../lib/core/errors.ts'

/** Rows of a store could not be written, since the disk has no room. They stay in memory and in the changelog. */
export class DiskFullError extends StreamsError {
  constructor(directory: string, cause: unknown) {
    super(
      'MILLRACE_STORE_DISK_FULL',
      `The disk of ${directory} is full: what stores have changed could not be written there. Nothing is lost, it is written again later or restored from the changelogs: make room`,
      { cause },
    )
  }
}

/** Node's errors have a code, those of LevelDB only its words. */
const isNoSpace = (error: unknown): boolean => {
  const { code = '', message = '', cause } = (error ?? {}) as { code?: unknown; message?: unknown; cause?: unknown }
  return code === 'ENOSPC' || code === 'EDQUOT' || /no space left|quota exceeded/i.test(String(message)) || (cause !== undefined && isNoSpace(cause))
}

/** A full disk under its own name, whatever said so; other errors as they are. */
export const diskFullOr = (error: unknown, directory: string): unknown => (isNoSpace(error) ? new DiskFullError(directory, error) : error)
