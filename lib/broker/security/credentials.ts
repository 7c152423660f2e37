import { createHash, timingSafeEqual } from 'node:crypto'
import { journalKey, journalKeyParts } from '../storage/journal.ts'
import type { Journal, JsonValue } from '../storage/journal.ts'
import { credentialOfPassword, scramMechanisms } from './scram-credential.ts'
import type { ScramCredential, ScramMechanism } from './scram-credential.ts'

const mechanismNames = Object.keys(scramMechanisms) as ScramMechanism[]

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest()

const toJson = ({ salt, iterations, storedKey, serverKey }: ScramCredential): JsonValue => ({
  iterations, salt: salt.toString('base64'), storedKey: storedKey.toString('base64'), serverKey: serverKey.toString('base64'),
})

const fromJson = (value: JsonValue): ScramCredential => {
  const { iterations, salt, storedKey, serverKey } = value as { iterations: number; salt: string; storedKey: string; serverKey: string }
  return { iterations, salt: Buffer.from(salt, 'base64'), storedKey: Buffer.from(storedKey, 'base64'), serverKey: Buffer.from(serverKey, 'base64') }
}

/**
 * Who may come in. Users that the broker was started with have PLAIN and SCRAM; admins add SCRAM users while it runs, which
 * the journal keeps. Passwords themselves are nowhere on disk.
 */
export class Credentials {
  readonly #passwords: ReadonlyMap<string, string>
  readonly #journal: Journal
  readonly #scram: Record<ScramMechanism, Map<string, ScramCredential>> = { 'SCRAM-SHA-256': new Map(), 'SCRAM-SHA-512': new Map() }
  /** Whom admins removed, of those that the broker was started with. */
  readonly #removed = new Set<string>()

  constructor(users: Readonly<Record<string, string>>, journal: Journal) {
    this.#passwords = new Map(Object.entries(users))
    this.#journal = journal
    for (const [key, value] of journal.restored('scram/')) {
      const [, mechanism, user] = journalKeyParts(key)
      this.#scram[mechanism as ScramMechanism]?.set(user!, fromJson(value))
    }
  }

  isPassword(user: string, password: string): boolean {
    const expected = this.#passwords.get(user)
    // Hashes are of one length, so the comparison tells nothing by its time.
    return timingSafeEqual(sha256(password), sha256(expected ?? '')) && expected !== undefined
  }

  /** What SCRAM needs to check a user's proof; `undefined` for users without this mechanism. */
  scram(mechanism: ScramMechanism, user: string): ScramCredential | undefined {
    const known = this.#scram[mechanism].get(user)
    const password = this.#passwords.get(user)
    if (known !== undefined || password === undefined || this.#removed.has(journalKey(mechanism, user))) return known
    // Hashing takes milliseconds, so it is only done for those who come.
    const made = credentialOfPassword(mechanism, password)
    this.#scram[mechanism].set(user, made)
    return made
  }

  /** All users that have SCRAM, by name. */
  scramUsers(): string[] {
    const users = new Set([...this.#passwords.keys(), ...mechanismNames.flatMap((mechanism) => [...this.#scram[mechanism].keys()])])
    return [...users].filter((user) => this.mechanismsOf(user).length > 0).sort()
  }

  mechanismsOf(user: string): ScramMechanism[] {
    return mechanismNames.filter((mechanism) => this.hasScram(mechanism, user))
  }

  hasScram(mechanism: ScramMechanism, user: string): boolean {
    return this.#scram[mechanism].has(user) || (this.#passwords.has(user) && !this.#removed.has(journalKey(mechanism, user)))
  }

  setScram(mechanism: ScramMechanism, user: string, credential: ScramCredential): void {
    this.#scram[mechanism].set(user, credential)
    this.#journal.put(journalKey('scram', mechanism, user), toJson(credential))
  }

  removeScram(mechanism: ScramMechanism, user: string): void {
    this.#scram[mechanism].delete(user)
    this.#removed.add(journalKey(mechanism, user))
    this.#journal.remove(journalKey('scram', mechanism, user))
  }
}
