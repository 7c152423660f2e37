/** Attributes that Java writes otherwise than OpenSSL. */
const NAMES: Readonly<Record<string, string>> = { street: 'STREET' }
/** An e-mail address has no short name in RFC 2253: it is written by its number, with the bytes of its encoding. */
const EMAIL = 'emailAddress'

const emailOf = (value: string): string => {
  const bytes = Buffer.from(value.replace(/\\(.)/g, '$1'), 'latin1')
  return bytes.length > 127 ? `${EMAIL}=${value}` : `1.2.840.113549.1.9.1=#16${Buffer.from([bytes.length]).toString('hex')}${bytes.toString('hex')}`
}

const attributeOf = (attribute: string): string => {
  const equals = attribute.indexOf('=')
  const name = attribute.slice(0, equals)
  const value = attribute.slice(equals + 1)
  return name === EMAIL ? emailOf(value) : `${NAMES[name] ?? name}=${value.replaceAll('=', '\\=')}`
}

/**
 * Who the owner of a certificate is, by its subject, as Kafka writes it (RFC 2253: the last part first). The subject is
 * Node's: a line for each part, escaped as it is to be.
 */
export const principalOf = (subject: string): string =>
  `User:${subject.split('\n').reverse().map((part) => part.split(' + ').map(attributeOf).join('+')).join(',')}`
