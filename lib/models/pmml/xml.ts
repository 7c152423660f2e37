import { SaxesParser } from 'saxes'
import { ModelError, messageOf } from '../errors.ts'

/** An element of a document with the line it starts in. Text is what stands directly inside of it. */
export class XmlElement {
  readonly name: string
  readonly line: number
  readonly attributes: Map<string, string>
  readonly children: XmlElement[] = []
  text = ''

  constructor(name: string, line: number, attributes: Map<string, string>) {
    this.name = name
    this.line = line
    this.attributes = attributes
  }
}

const namespace = /^http:\/\/www\.dmg\.org\/PMML-(3_[0-2]|4_[0-4])$/
const maxDepth = 2000

const malformed = (why: string, cause?: unknown): ModelError => new ModelError('MILLRACE_MODEL_MALFORMED', why, { cause })

/**
 * Elements of another namespace are refused, as the usual evaluator does, except in tables, where any name may stand.
 * `Extension` elements are left out.
 */
const foreignAllowed = (open: readonly string[]): boolean => open.at(-1) === 'row'

export interface XmlOptions {
  /** Take foreign elements inside `Extension` for what the specification says: content to skip. Default false: refused. */
  readonly foreignExtensions?: boolean
}

/**
 * Reads a PMML document into elements.
 *
 * Documents come from outside, so nothing in them is looked up or expanded: a DOCTYPE is refused (with it go external
 * entities and entity bombs), only the five predefined entities and character references exist, depth is limited.
 * @throws {ModelError} `MILLRACE_MODEL_MALFORMED` with line and column when it is not well-formed XML in a PMML namespace,
 * `MILLRACE_MODEL_FORBIDDEN` when it declares a document type
 */
export const parseXml = (bytes: Uint8Array, options: XmlOptions = {}): XmlElement => {
  let text: string
  try {
    text = new TextDecoder(encodingOf(bytes), { fatal: true }).decode(bytes)
  } catch (cause) {
    throw malformed(`the document is not text in its encoding: ${messageOf(cause)}`, cause)
  }
  const parser = new SaxesParser({ xmlns: true, position: true })
  const stack: XmlElement[] = []
  let root: XmlElement | undefined
  // Names of all open elements, left out or not.
  const open: string[] = []
  let line = 1
  let skipped = 0

  parser.on('error', (error) => { throw malformed(`not well-formed XML at line ${parser.line}, column ${parser.column}: ${error.message.replace(/^\d+:\d+: /, '')}`) })
  parser.on('doctype', () => {
    throw new ModelError('MILLRACE_MODEL_FORBIDDEN', `line ${parser.line}: a DOCTYPE is not allowed in a model; remove it, entities included`)
  })
  parser.on('opentagstart', () => { line = parser.line })
  parser.on('opentag', (tag) => {
    if (skipped > 0 || tag.local === 'Extension') skipped++
    const foreign = !namespace.test(tag.uri)
    if (foreign && root === undefined) throw malformed(`the root element is ${tag.name} of namespace '${tag.uri}', not PMML of http://www.dmg.org/PMML-3_0 to 4_4`)
    if (foreign && !(skipped > 1 && options.foreignExtensions) && !foreignAllowed(open)) {
      throw new ModelError('MILLRACE_MODEL_UNSUPPORTED', `line ${line}: element ${tag.name} is of namespace '${tag.uri}', not of PMML`)
    }
    if (open.push(tag.local) > maxDepth) throw new ModelError('MILLRACE_MODEL_FORBIDDEN', `line ${line}: elements are nested more than ${maxDepth} deep`)
    if (skipped > 0) return
    const attributes = new Map<string, string>()
    for (const name in tag.attributes) {
      const attribute = tag.attributes[name]!
      if (attribute.prefix !== 'xmlns' && attribute.name !== 'xmlns') attributes.set(attribute.prefix === '' ? attribute.local : attribute.name, attribute.value)
    }
    const element = new XmlElement(tag.local, line, attributes)
    stack.at(-1)?.children.push(element)
    root ??= element
    stack.push(element)
  })
  parser.on('closetag', () => {
    open.pop()
    if (skipped > 0) skipped--
    else stack.pop()
  })
  const append = (part: string): void => {
    const current = stack.at(-1)
    if (skipped > 0 || current === undefined) return
    if (current.children.length > 0 && part.trim() === '') return
    current.text += part
  }
  parser.on('text', append)
  parser.on('cdata', append)

  parser.write(text).close()
  if (root?.name !== 'PMML') throw malformed(`the root element is ${root?.name ?? 'missing'}, not PMML`)
  return root
}

/** The encoding a document says it is in; byte order marks go first. Default UTF-8. */
const encodingOf = (bytes: Uint8Array): string => {
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be'
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le'
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 200)).toString('latin1')
  return /^(?:\xef\xbb\xbf)?<\?xml[^>]*encoding\s*=\s*["']([\w.-]+)["']/.exec(head)?.[1] ?? 'utf-8'
}
