import { AuthenticationError } from '../../client/errors.ts'
import type { StreamsError } from '../../core/errors.ts'
import { CopartitionError, InternalTopicError, MissingSourceTopicError, ShutdownRequestedError, TaskAssignmentError, TaskTimeoutError } from '../errors.ts'
import type { AssignmentInfo } from './assignment-info.ts'

/** What the leader found wrong, as the error that every member then throws; undefined when all is well. */
export const assignmentError = ({ errorCode, errorMessage = '' }: AssignmentInfo): StreamsError | undefined => {
  switch (errorCode) {
    case 'none':
      return undefined
    case 'incomplete-source-topics':
      return new MissingSourceTopicError(errorMessage)
    case 'not-copartitioned':
      return new CopartitionError(errorMessage)
    case 'internal-topics':
      return new InternalTopicError(errorMessage)
    case 'invalid-assignment':
      return new TaskAssignmentError(errorMessage)
    case 'refused':
      return new AuthenticationError(errorMessage)
    case 'timed-out':
      return new TaskTimeoutError(errorMessage)
    case 'shutdown-requested':
      return new ShutdownRequestedError(errorMessage)
  }
}
