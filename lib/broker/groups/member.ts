/** What a member says it can do, in its order of preference. */
export interface MemberProtocol {
  readonly name: string
  readonly metadata: Buffer
}

/** The answer to a JoinGroup request, without what the message adds. */
export interface JoinAnswer {
  readonly errorCode: number
  readonly memberId: string
  readonly generationId: number
  readonly protocolType: string | undefined
  readonly protocolName: string | undefined
  readonly leader: string
  readonly skipAssignment: boolean
  readonly members: readonly { readonly memberId: string; readonly groupInstanceId: string | undefined; readonly metadata: Buffer }[]
}

export interface SyncAnswer {
  readonly errorCode: number
  readonly protocolType?: string | undefined
  readonly protocolName?: string | undefined
  readonly assignment: Buffer
}

/** A member of a classic group. */
export interface Member {
  readonly id: string
  readonly instanceId: string | undefined
  readonly clientId: string
  readonly clientHost: string
  sessionTimeoutMs: number
  rebalanceTimeoutMs: number
  protocols: readonly MemberProtocol[]
  assignment: Buffer
  /** There while a JoinGroup request waits for the others. */
  join: ((answer: JoinAnswer) => void) | undefined
  /** There while a SyncGroup request waits for the leader. */
  sync: ((answer: SyncAnswer) => void) | undefined
  sessionTimer: NodeJS.Timeout | undefined
}

export const NO_BYTES = Buffer.alloc(0)

export const joinError = (memberId: string, errorCode: number): JoinAnswer => ({
  errorCode, memberId, generationId: -1, protocolType: undefined, protocolName: undefined, leader: '', skipAssignment: false, members: [],
})

export const syncError = (errorCode: number): SyncAnswer => ({ errorCode, assignment: NO_BYTES })

/** Whether the member said the same before: same protocols, same order, same bytes. */
export const hasSameProtocols = (member: Member, protocols: readonly MemberProtocol[]): boolean =>
  member.protocols.length === protocols.length &&
  member.protocols.every((mine, i) => mine.name === protocols[i]!.name && mine.metadata.equals(protocols[i]!.metadata))

export const metadataFor = (member: Member, protocolName: string | undefined): Buffer =>
  member.protocols.find((protocol) => protocol.name === protocolName)?.metadata ?? NO_BYTES
