import fc from 'fast-check'
import { Operation, PatternType, Permission, ResourceType, matches } from '../../../lib/broker/security/acl.ts'
import type { Acl, AclFilter } from '../../../lib/broker/security/acl.ts'
import { AclStore } from '../../../lib/broker/security/acl-store.ts'
import { Authorizer } from '../../../lib/broker/security/authorizer.ts'
import type { AclOptions } from '../../../lib/broker/security/authorizer.ts'
import { NoJournal } from '../../../lib/broker/storage/journal.ts'

const { READ, WRITE, DELETE, ALTER, DESCRIBE, ALTER_CONFIGS, DESCRIBE_CONFIGS, ALL } = Operation
const { TOPIC, GROUP } = ResourceType
const alice = { principal: 'User:alice', host: '127.0.0.1' }

const acl = (given: Partial<Acl>): Acl => ({
  resourceType: TOPIC, resourceName: 'wine', patternType: PatternType.LITERAL, principal: alice.principal, host: '*', operation: READ, permission: Permission.ALLOW, ...given,
})

const authorizer = (acls: readonly Acl[], options: AclOptions = {}): Authorizer => {
  const store = new AclStore(new NoJournal())
  for (const one of acls) store.add(one)
  return new Authorizer(store, options)
}

const ALL_NAMES = ['a', 'b', 'c', 'aa', 'ab', 'ba', 'abb', 'aba', 'hardcode']

const anyAcl = fc.record<Acl>({
  resourceType: fc.constantFrom(TOPIC, GROUP),
  resourceName: fc.constantFrom('a', 'ab', 'b', '*'),
  patternType: fc.constantFrom(PatternType.LITERAL, PatternType.PREFIXED),
  principal: fc.constantFrom('User:alice', 'User:bob', 'User:*'),
  host: fc.constantFrom('127.0.0.1', '10.0.0.1', '*'),
  operation: fc.constantFrom(READ, WRITE, DESCRIBE, ALL),
  permission: fc.constantFrom(Permission.ALLOW, Permission.DENY),
})

/** The rule, without any index: what is denied is denied, what is allowed or implied is allowed. */
const isAllowed = (acls: readonly Acl[], operation: number, type: number, name: string): boolean => {
  const relevant = acls.filter((one) =>
    one.resourceType === type && (one.patternType === PatternType.PREFIXED ? name.startsWith(one.resourceName) : one.resourceName === name || one.resourceName === '*') &&
    [alice.principal, 'User:*'].includes(one.principal) && [alice.host, '*'].includes(one.host))
  const isMeant = ({ operation: of }: Acl): boolean => of === operation || of === ALL
  if (relevant.some((one) => one.permission === Permission.DENY && isMeant(one))) return false
  return relevant.some((one) => one.permission === Permission.ALLOW && (isMeant(one) || (operation === DESCRIBE && [READ, WRITE].includes(one.operation as typeof READ))))
}

describe('an authorizer', () => {
  test('should decide by every rule about a resource, however many others there are', () => {
    fc.assert(fc.property(fc.array(anyAcl, { maxLength: 12 }), fc.constantFrom(READ, WRITE, DESCRIBE), fc.constantFrom(...ALL_NAMES), (acls, operation, name) => {
      expect(authorizer(acls).allows(alice, operation, TOPIC, name)).toBe(isAllowed(acls, operation, TOPIC, name))
    }), { numRuns: 500 })
  })

  test('should know whether there can be a resource that a client may use', () => {
    fc.assert(fc.property(fc.array(anyAcl.filter(({ patternType, resourceName }) => patternType === PatternType.LITERAL || resourceName !== '*'), { maxLength: 6 }), (acls) => {
      expect(authorizer(acls).allowsSomewhere(alice, WRITE, TOPIC)).toBe(ALL_NAMES.some((name) => isAllowed(acls, WRITE, TOPIC, name)))
    }), { numRuns: 500 })
  })

  test.each([
    ['READ implies DESCRIBE', READ, DESCRIBE, true],
    ['WRITE implies DESCRIBE', WRITE, DESCRIBE, true],
    ['DELETE implies DESCRIBE', DELETE, DESCRIBE, true],
    ['ALTER implies DESCRIBE', ALTER, DESCRIBE, true],
    ['ALTER_CONFIGS implies DESCRIBE_CONFIGS', ALTER_CONFIGS, DESCRIBE_CONFIGS, true],
    ['ALL is every operation', ALL, DELETE, true],
    ['READ is not WRITE', READ, WRITE, false],
    ['DESCRIBE is not READ', DESCRIBE, READ, false],
    ['ALTER_CONFIGS does not imply DESCRIBE', ALTER_CONFIGS, DESCRIBE, false],
  ])('should know that %s', (_what, allowed, asked, expected) => {
    expect(authorizer([acl({ operation: allowed })]).allows(alice, asked, TOPIC, 'wine')).toBe(expected)
  })

  test('should deny only what is said, not what that would imply', () => {
    const asked = authorizer([acl({ operation: ALL }), acl({ operation: READ, permission: Permission.DENY })])
    expect([READ, WRITE, DESCRIBE].map((operation) => asked.allows(alice, operation, TOPIC, 'wine'))).toEqual([false, true, true])
  })

  test('should let super users do everything, whatever the rules', () => {
    const asked = authorizer([acl({ principal: 'User:*', operation: ALL, permission: Permission.DENY })], { superUsers: ['User:alice'] })
    expect(asked.allows(alice, WRITE, TOPIC, 'wine')).toBe(true)
    expect(asked.allowsSomewhere(alice, WRITE, TOPIC)).toBe(true)
    expect(asked.allows({ ...alice, principal: 'User:bob' }, WRITE, TOPIC, 'wine')).toBe(false)
  })

  test('should let everybody do everything with what no rule is about, if it is to', () => {
    const asked = authorizer([acl({ principal: 'User:bob' })], { allowEveryoneIfNoAclFound: true })
    expect(asked.allows(alice, WRITE, TOPIC, 'beer')).toBe(true)
    expect(asked.allows(alice, WRITE, GROUP, 'wine')).toBe(true)
    expect(asked.allows(alice, READ, TOPIC, 'wine')).toBe(false)
  })
})

const filter = (given: Partial<AclFilter>): AclFilter => ({
  resourceType: ResourceType.ANY, resourceName: undefined, patternType: PatternType.ANY, principal: undefined, host: undefined, operation: Operation.ANY, permission: Permission.ANY, ...given,
})

describe('a filter', () => {
  test.each<[string, Partial<AclFilter>, Partial<Acl>, boolean]>([
    ['anything', {}, {}, true],
    ['a name', { resourceName: 'wine' }, {}, true],
    ['another name', { resourceName: 'win' }, {}, false],
    ['a literal name, not the wildcard', { resourceName: 'wine', patternType: PatternType.LITERAL }, { resourceName: '*' }, false],
    ['all that a name falls under, such as the wildcard', { resourceName: 'wine', patternType: PatternType.MATCH }, { resourceName: '*' }, true],
    ['all that a name falls under, such as a prefix', { resourceName: 'wine', patternType: PatternType.MATCH }, { resourceName: 'wi', patternType: PatternType.PREFIXED }, true],
    ['all that a name falls under, not a longer prefix', { resourceName: 'wine', patternType: PatternType.MATCH }, { resourceName: 'wines', patternType: PatternType.PREFIXED }, false],
    ['a prefix as such', { resourceName: 'wi', patternType: PatternType.PREFIXED }, { resourceName: 'wi', patternType: PatternType.PREFIXED }, true],
    ['another type', { resourceType: GROUP }, {}, false],
    ['another principal', { principal: 'User:bob' }, {}, false],
    ['another host', { host: '10.0.0.1' }, {}, false],
    ['another operation', { operation: WRITE }, {}, false],
    ['another permission', { permission: Permission.DENY }, {}, false],
  ])('for %s should find a rule or not', (_what, wanted, given, expected) => {
    expect(matches(filter(wanted), acl(given))).toBe(expected)
  })

  test('should remove exactly the rules that it finds', () => {
    fc.assert(fc.property(fc.array(anyAcl, { maxLength: 20 }), fc.constantFrom('a', 'ab', 'b', '*'), (acls, resourceName) => {
      const { acls: store } = authorizer(acls)
      const before = store.find(filter({}))
      const removed = store.remove(filter({ resourceName, patternType: PatternType.MATCH }))
      expect([...removed, ...store.find(filter({}))].length).toBe(before.length)
      expect(store.find(filter({ resourceName, patternType: PatternType.MATCH }))).toEqual([])
      for (const name of ALL_NAMES) expect([...store.about(TOPIC, name)].every((one) => !removed.includes(one))).toBe(true)
    }))
  })
})
