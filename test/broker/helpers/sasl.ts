import { saslAuthenticate, saslHandshake } from '../../../lib/protocol/index.ts'
import type { ResponseOf } from '../../../lib/protocol/index.ts'
import { saslScram } from '../../../lib/client/sasl-scram.ts'
import type { RawClient } from './raw-client.ts'

type Answer = ResponseOf<typeof saslAuthenticate>

/** The one message of SASL PLAIN. */
export const plainMessage = (user: string, password: string, actAs = ''): Buffer => Buffer.from(`${actAs}\0${user}\0${password}`)

/** Says who it is by PLAIN; the answer, whatever it is. */
export const authenticatePlain = async (client: RawClient, user: string, password: string): Promise<Answer> => {
  await client.request(saslHandshake, 1, { mechanism: 'PLAIN' })
  return client.request(saslAuthenticate, 2, { authBytes: plainMessage(user, password) })
}

/** Says who it is by SCRAM; the last answer, or the first that is an error. */
export const authenticateScram = async (client: RawClient, mechanism: 'SCRAM-SHA-256' | 'SCRAM-SHA-512', username: string, password: string): Promise<Answer> => {
  await client.request(saslHandshake, 1, { mechanism })
  const dialogue = saslScram({ mechanism, username, password }).authenticator('')
  let answer: Answer | undefined
  for (;;) {
    const authBytes = await dialogue.next(answer?.authBytes)
    if (authBytes === undefined) return answer!
    answer = await client.request(saslAuthenticate, 2, { authBytes })
    if (answer.errorCode !== 0) return answer
  }
}
