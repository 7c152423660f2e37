import { principalOf } from '../../../lib/broker/security/certificate-principal.ts'

// As Java's X500Principal, and so Kafka, writes them.
test.each([
  ['CN=alice', 'User:CN=alice'],
  ['C=DE\nO=Wine\\, red\nCN=alice', 'User:CN=alice,O=Wine\\, red,C=DE'],
  ['CN=multi + UID=7\nO=o', 'User:O=o,CN=multi+UID=7'],
  ['DC=org\nCN=x=y', 'User:CN=x\\=y,DC=org'],
  ['CN=x\nemailAddress=a@b.c', 'User:1.2.840.113549.1.9.1=#16056140622e63,CN=x'],
  ['street=Main\nCN=s', 'User:CN=s,STREET=Main'],
])('the owner of a certificate for %j should be %s', (subject, principal) => {
  expect(principalOf(subject)).toBe(principal)
})
