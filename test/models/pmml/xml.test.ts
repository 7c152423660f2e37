import fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { ModelError } from '../../../lib/models/index.ts'
import { parseXml } from '../../../lib/models/pmml/xml.ts'
import { thrownBy } from './documents.ts'

const wrap = (content: string, namespace = 'http://www.dmg.org/PMML-4_4'): Buffer => Buffer.from(`<PMML xmlns="${namespace}">\n${content}</PMML>`)

test('elements should know their line, attributes and text', () => {
  const root = parseXml(wrap('<A x="1"\n y="&lt;&#65;">\n <B>te<![CDATA[<x>]]>xt</B></A>'))
  const [a] = root.children
  expect([a!.name, a!.line, a!.attributes.get('y'), a!.children[0]!.line, a!.children[0]!.text]).toEqual(['A', 2, '<A', 4, 'te<x>xt'])
})

test.each(['3_0', '3_2', '4_0', '4_1', '4_2', '4_3', '4_4'])('namespace PMML-%s should be accepted', (version) => {
  expect(parseXml(wrap('', `http://www.dmg.org/PMML-${version}`)).name).toBe('PMML')
})

test('a prefix should be as good as a default namespace', () => {
  const root = parseXml(Buffer.from('<p:PMML xmlns:p="http://www.dmg.org/PMML-4_4"><p:Header copyright="c"/></p:PMML>'))
  expect(root.children[0]!.attributes.get('copyright')).toBe('c')
})

test('content of Extension elements should be left out', () => {
  expect(parseXml(wrap('<Extension name="x"><Header/></Extension><Header/>')).children).toHaveLength(1)
})

test('elements of a foreign namespace should be refused in Extension by default and skipped by the specification', () => {
  const document = wrap('<Extension><x:a xmlns:x="http://example.com"/></Extension>')
  expect(thrownBy(() => parseXml(document)).code).toBe('MILLRACE_MODEL_UNSUPPORTED')
  expect(parseXml(document, { foreignExtensions: true }).children).toHaveLength(0)
})

test('cells of inline tables may be of any namespace', () => {
  expect(parseXml(wrap('<row><d:x xmlns:d="http://example.com/table">1</d:x></row>')).children[0]!.children[0]!.text).toBe('1')
})

test('tables within Extension may have cells of any namespace too', () => {
  const table = '<Extension><InlineTable><row><d:x xmlns:d="http://example.com/table">1</d:x></row></InlineTable></Extension><Header/>'
  expect(parseXml(wrap(table)).children.map(({ name }) => name)).toEqual(['Header'])
})

test('other encodings should be read as the document declares them', () => {
  const latin = Buffer.from('<?xml version="1.0" encoding="ISO-8859-1"?><PMML xmlns="http://www.dmg.org/PMML-4_4"><A v="\xe9"/></PMML>', 'latin1')
  expect(parseXml(latin).children[0]!.attributes.get('v')).toBe('é')
  const wide = Buffer.from('\ufeff<PMML xmlns="http://www.dmg.org/PMML-4_4"><A v="é"/></PMML>', 'utf16le')
  expect(parseXml(wide).children[0]!.attributes.get('v')).toBe('é')
})

const bomb = `<?xml version="1.0"?><!DOCTYPE PMML [<!ENTITY a "lol">${Array.from({ length: 9 }, (_, i) => `<!ENTITY a${i} "${`&a${i === 0 ? '' : i - 1};`.repeat(10)}">`).join('')}]><PMML>&a8;</PMML>`

test.each([
  ['an entity bomb', Buffer.from(bomb), 'MILLRACE_MODEL_FORBIDDEN', /DOCTYPE/],
  ['an external entity', Buffer.from('<!DOCTYPE PMML [<!ENTITY x SYSTEM "file:///etc/passwd">]><PMML>&x;</PMML>'), 'MILLRACE_MODEL_FORBIDDEN', /DOCTYPE/],
  ['an external subset', Buffer.from('<!DOCTYPE PMML SYSTEM "http://127.0.0.1/x.dtd"><PMML/>'), 'MILLRACE_MODEL_FORBIDDEN', /DOCTYPE/],
  ['an undeclared entity', wrap('&bogus;'), 'MILLRACE_MODEL_MALFORMED', /line 2/],
  ['endless nesting', wrap('<A>'.repeat(5000)), 'MILLRACE_MODEL_FORBIDDEN', /deep/],
  ['a tag that is not closed', wrap('<A><B></A>'), 'MILLRACE_MODEL_MALFORMED', /line 2/],
  ['nothing', Buffer.alloc(0), 'MILLRACE_MODEL_MALFORMED', /root/],
  ['another root', Buffer.from('<html/>'), 'MILLRACE_MODEL_MALFORMED', /html/],
  ['another root of PMML', Buffer.from('<TreeModel xmlns="http://www.dmg.org/PMML-4_4"/>'), 'MILLRACE_MODEL_MALFORMED', /TreeModel/],
  ['a namespace of the future', wrap('', 'http://www.dmg.org/PMML-9_9'), 'MILLRACE_MODEL_MALFORMED', /9_9/],
  ['bytes that are no text', Buffer.from([0x3c, 0xff, 0xff, 0x3e]), 'MILLRACE_MODEL_MALFORMED', /encoding/],
  ['an unknown encoding', Buffer.from('<?xml version="1.0" encoding="nonsense"?><PMML/>'), 'MILLRACE_MODEL_MALFORMED', /encoding/],
])('%s should be refused with its reason', (_what, document, code, message) => {
  const error = thrownBy(() => parseXml(document))
  expect(error.code).toBe(code)
  expect(error.message).toMatch(message)
})

test('a document cut anywhere should be refused, never half read', () => {
  const whole = readFileSync('data/linear-regression.pmml')
  fc.assert(fc.property(fc.integer({ min: 0, max: whole.byteLength - 4 }), (length) => {
    expect(() => parseXml(whole.subarray(0, length))).toThrow(ModelError)
  }))
})
