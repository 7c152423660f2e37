import { GroupProtocolError } from '../errors.ts'

/** What a member tells the leader beside its topics. */
export interface SubscriptionInfo {
  /** One per process; members of one process share its state directory. */
  readonly processId: string
  /** `host:port` under which this process answers queries, when it does. */
  readonly userEndPoint: string | undefined
  /**
   * The tasks whose state this member has, by task id: the sum of the offsets that the state has reached, or
   * {@link RUNNING_TASK} for the tasks that it processes now.
   */
  readonly taskOffsetSums: ReadonlyMap<string, number>
  /** The active tasks that it has, running or not: nobody else gets them before it has given them up. */
  readonly ownedTasks: readonly string[]
  /** Tags of `client.tag.*`, for rack-aware standbys. */
  readonly clientTags: Readonly<Record<string, string>>
  /** Its `client.rack`. */
  readonly rackId: string | undefined
  readonly errorCode: MemberErrorCode
  /** Grows with every join, so that the coordinator sees changed metadata and rebalances when asked to. */
  readonly joinCount: number
}

/** What members and leader tell each other beyond tasks. */
export type MemberErrorCode =
  | 'none' | 'incomplete-source-topics' | 'not-copartitioned' | 'internal-topics' | 'invalid-assignment' | 'refused' | 'timed-out' | 'shutdown-requested'

/** The offset sum of a task that is up to date because the member processes it. */
export const RUNNING_TASK = -2

/**
 * A form of the metadata. Each is a group protocol of its own, so that the coordinator chooses the newest that all members know.
 * 1: eager, every member stops all its tasks before it joins. 2: cooperative, a member goes on with the tasks that it owns.
 */
export type MetadataVersion = 1 | 2

interface Wire {
  readonly version: number
  readonly processId: string
  readonly userEndPoint?: string | undefined
  readonly tasks: readonly (readonly [string, number])[]
  /** Since version 2. */
  readonly owned?: readonly string[] | undefined
  readonly clientTags?: Readonly<Record<string, string>>
  readonly rackId?: string | undefined
  readonly errorCode?: MemberErrorCode
  readonly joinCount: number
}

export const encodeSubscriptionInfo = (info: SubscriptionInfo, version: MetadataVersion): Buffer => {
  const wire: Wire = {
    version,
    processId: info.processId,
    userEndPoint: info.userEndPoint,
    tasks: [...info.taskOffsetSums],
    owned: version === 1 ? undefined : info.ownedTasks,
    clientTags: info.clientTags,
    rackId: info.rackId,
    errorCode: info.errorCode,
    joinCount: info.joinCount,
  }
  return Buffer.from(JSON.stringify(wire))
}

/** @throws {GroupProtocolError} when the bytes are not ours or from a newer form */
export const decodeSubscriptionInfo = (bytes: Buffer | undefined, version: MetadataVersion): SubscriptionInfo => {
  const wire = parseMetadata<Wire>(bytes, 'subscription', version)
  return {
    processId: wire.processId,
    userEndPoint: wire.userEndPoint,
    taskOffsetSums: new Map(wire.tasks),
    ownedTasks: wire.owned ?? [],
    clientTags: wire.clientTags ?? {},
    rackId: wire.rackId,
    errorCode: wire.errorCode ?? 'none',
    joinCount: wire.joinCount,
  }
}

/** Reads our versioned metadata. @throws {GroupProtocolError} when it is not ours or too new */
export const parseMetadata = <T extends { readonly version: number }>(bytes: Buffer | undefined, what: string, version: MetadataVersion): T => {
  const text = bytes?.toString() ?? ''
  let wire: T
  try {
    wire = JSON.parse(text) as T
  } catch (cause) {
    throw new GroupProtocolError(
      `a group member sent a ${what} that Millrace does not understand (${bytes?.length ?? 0} bytes): every member of ` +
        'the group named by application.id must be an instance of the same Millrace application',
      { cause },
    )
  }
  if (typeof wire.version !== 'number' || wire.version > version) {
    throw new GroupProtocolError(
      `a group member sent a ${what} of version ${wire.version} where the group speaks version ${version}: upgrade this instance`,
    )
  }
  return wire
}
