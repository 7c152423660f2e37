import type { ClientError } from '../client/errors.ts'
import { StreamsError } from '../core/errors.ts'
import type { GroupSettings } from './client-options.ts'
import { GroupProtocolError } from './errors.ts'

/** What to do about errors that keep a member out of its group for good, by Kafka's names. */
const advice = ({ groupId, groupInstanceId, sessionTimeoutMs }: GroupSettings): Readonly<Record<string, string>> => ({
  INCONSISTENT_GROUP_PROTOCOL:
    `The group '${groupId}' has members that are not Millrace's: Kafka Streams for Java with the same application.id, or consumers with this group.id. ` +
    'Stop all of them, wait until the group is empty, and start again: offsets, changelogs and repartition topics are taken over. Or choose another application.id',
  FENCED_INSTANCE_ID: `Another stream thread has the group.instance.id '${groupInstanceId ?? ''}' now: give each instance its own`,
  INVALID_SESSION_TIMEOUT:
    `session.timeout.ms is ${sessionTimeoutMs ?? 45_000}: it must lie between group.min.session.timeout.ms and group.max.session.timeout.ms of the brokers`,
  GROUP_MAX_SIZE_REACHED: 'The group has as many members as group.max.size of the brokers allows: start fewer stream threads, or raise it',
  GROUP_AUTHORIZATION_FAILED: `The application needs the right to READ the group '${groupId}', its application.id`,
  INVALID_GROUP_ID: 'application.id is the name of the group: choose another one',
})

/** A fatal error of the group's member, with what to do about it. */
export const groupError = (error: ClientError, settings: GroupSettings): Error => {
  const hint = advice(settings)[error.kafkaName ?? '']
  if (hint === undefined) return error
  const message = `${error.message.replace(/\.$/, '')}. ${hint}`
  return error.kafkaName === 'INCONSISTENT_GROUP_PROTOCOL' ? new GroupProtocolError(message, { cause: error }) : new StreamsError(error.code, message, { cause: error })
}
