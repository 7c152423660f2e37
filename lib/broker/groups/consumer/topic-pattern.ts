import { TimedPattern } from './timed-pattern.ts'
import type { TopicPattern } from './timed-pattern.ts'

/** What is wrong with a pattern, in RE2's words. */
export class PatternError extends Error {}

const POSIX: Readonly<Record<string, string>> = {
  alnum: '0-9A-Za-z', alpha: 'A-Za-z', ascii: '\\x00-\\x7F', blank: '\\t ', cntrl: '\\x00-\\x1F\\x7F', digit: '0-9', graph: '!-~', lower: 'a-z',
  print: ' -~', punct: '!-\\/:-@\\[-`{-~', space: '\\t\\n\\v\\f\\r ', upper: 'A-Z', word: '0-9A-Za-z_', xdigit: '0-9A-Fa-f',
}

/** Escapes that mean the same to JavaScript. */
const SAME_ESCAPES = /^[dDwWsSbBtnrfv]/
/** RE2 repeats nothing more often. */
const MOST_REPEATS = 1000

/** So many repetitions of single characters, one after the other, cannot take long on a topic's name. */
const HARMLESS_REPEATS = 2

/** Rewrites a pattern of RE2's syntax, which brokers speak, as JavaScript's. */
class Translator {
  readonly #pattern: string
  #at = 0
  #out = ''
  #open = 0
  /** Whether something stands before that a repetition can repeat. */
  #repeatable = false
  flags = 'u'
  #repeats = 0
  #repeatsGroup = false

  constructor(pattern: string) {
    this.#pattern = pattern
  }

  /** Whether no name can take JavaScript long; to RE2, which goes through all possibilities at once, none is. */
  get isHarmless(): boolean {
    return !this.#repeatsGroup && this.#repeats <= HARMLESS_REPEATS
  }

  translate(): string {
    while (this.#at < this.#pattern.length) this.#next()
    if (this.#open > 0) throw new PatternError('missing closing )')
    return this.#out
  }

  #next(): void {
    const char = this.#pattern[this.#at]!
    switch (char) {
      case '(':
        return this.#group()
      case ')':
        if (this.#open-- === 0) throw new PatternError('unexpected )')
        return this.#emit(')', 1, true)
      case '|':
        return this.#emit('|', 1, false)
      case '[':
        return this.#class()
      case '\\':
        return this.#escape()
      case '*':
      case '+':
      case '?':
        return this.#repeat(char)
      case '{': {
        const counted = /^\{(\d+)(,(\d*))?\}/.exec(this.#pattern.slice(this.#at))
        return counted === null ? this.#emit('\\{', 1, true) : this.#counted(counted)
      }
      case '}':
      case ']':
      case '/':
        return this.#emit(`\\${char}`, 1, true)
      default: {
        const whole = String.fromCodePoint(this.#pattern.codePointAt(this.#at)!)
        return this.#emit(whole, whole.length, char !== '^' && char !== '$')
      }
    }
  }

  #emit(text: string, length: number, repeatable: boolean): void {
    this.#out += text
    this.#at += length
    this.#repeatable = repeatable
  }

  #counted([text, least, rest, most]: RegExpExecArray): void {
    if (Number(least) > MOST_REPEATS || Number(most ?? 0) > MOST_REPEATS || (rest !== undefined && most !== '' && Number(most) < Number(least))) throw new PatternError('invalid repeat count')
    this.#repeat(text)
  }

  #repeat(text: string): void {
    if (!this.#repeatable) throw new PatternError(/[*+?}]$/.test(this.#out) ? 'invalid nested repetition operator' : 'missing argument to repetition operator')
    this.#repeats++
    this.#repeatsGroup ||= this.#out.endsWith(')')
    const lazy = this.#pattern[this.#at + text.length] === '?' ? '?' : ''
    this.#emit(text + lazy, text.length + lazy.length, false)
  }

  #group(): void {
    const rest = this.#pattern.slice(this.#at)
    const named = /^\(\?P?<([A-Za-z_]\w*)>/.exec(rest)
    const flags = /^\(\?([imsU]*)(-[imsU]+)?([:)])/.exec(rest)
    if (named !== null) {
      this.#open++
      this.#emit(`(?<${named[1]}>`, named[0].length, false)
    } else if (flags !== null) {
      this.#flags(flags)
    } else if (rest.startsWith('(?')) {
      throw new PatternError('invalid or unsupported Perl syntax')
    } else {
      this.#open++
      this.#emit('(', 1, false)
    }
  }

  /** Flags count for the whole pattern when it begins with them; elsewhere JavaScript cannot have them. */
  #flags([text, set = '', cleared, end]: RegExpExecArray): void {
    if (cleared !== undefined || set.includes('U') || (set !== '' && (end === ':' || this.#at > 0))) throw new PatternError('invalid or unsupported Perl syntax')
    this.flags = [...new Set([...this.flags, ...set])].join('')
    if (end === ':') this.#open++
    this.#emit(end === ':' ? '(?:' : '', text.length, false)
  }

  #escape(): void {
    const rest = this.#pattern.slice(this.#at + 1)
    if (rest === '') throw new PatternError('trailing backslash at end of expression')
    if (rest.startsWith('Q')) {
      const end = rest.indexOf('\\E')
      const literal = rest.slice(1, end < 0 ? undefined : end)
      return this.#emit(literal.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'), 2 + literal.length + (end < 0 ? 0 : 2), literal !== '')
    }
    if (rest.startsWith('A')) return this.#emit('^', 2, false)
    if (rest.startsWith('z')) return this.#emit('$', 2, false)
    const [text, length] = this.#escapedIn(rest)
    this.#emit(text, length, !/^[bB]/.test(rest))
  }

  /** What an escape means inside and outside of classes, and how long it is with its backslash. */
  #escapedIn(rest: string): readonly [text: string, length: number] {
    const property = /^[pP](\{\^?([A-Za-z_]+)\}|[A-Za-z])/.exec(rest)
    if (property !== null) {
      const name = property[2] ?? property[1]!
      return [`\\${rest[0]}{${name.length <= 2 ? name : `Script=${name}`}}`, property[0].length + 1]
    }
    const hex = /^x(?:\{([0-9A-Fa-f]{1,6})\}|([0-9A-Fa-f]{2}))/.exec(rest)
    if (hex !== null) return [`\\u{${hex[1] ?? hex[2]}}`, hex[0].length + 1]
    if (SAME_ESCAPES.test(rest)) return [`\\${rest[0]}`, 2]
    if (rest.startsWith('a')) return ['\\x07', 2]
    if (/^[A-Za-z0-9]/.test(rest)) throw new PatternError('invalid escape sequence')
    return [/^[\\^$.*+?()[\]{}|/-]/.test(rest) ? `\\${rest[0]}` : rest[0]!, 2]
  }

  #class(): void {
    let at = this.#at + 1
    let text = '['
    if (this.#pattern[at] === '^') {
      text += '^'
      at++
    }
    for (let first = true; first || this.#pattern[at] !== ']'; first = false) {
      const char = this.#pattern[at]
      if (char === undefined) throw new PatternError('missing closing ]')
      const posix = /^\[:(\^?)(\w+):\]/.exec(this.#pattern.slice(at))
      if (posix !== null) {
        const range = POSIX[posix[2]!]
        if (range === undefined || posix[1] !== '') throw new PatternError('invalid character class range')
        text += range
        at += posix[0].length
      } else if (char === '\\') {
        const [escaped, length] = this.#escapedIn(this.#pattern.slice(at + 1))
        text += escaped
        at += length
      } else {
        // In JavaScript's classes a few more characters need a backslash.
        text += '[]/'.includes(char) || (char === '-' && (first || this.#pattern[at + 1] === ']')) ? `\\${char}` : char
        at++
      }
    }
    this.#emit(`${text}]`, at + 1 - this.#at, true)
  }
}

/**
 * The topics a pattern of RE2's syntax means: it must match the whole of a name.
 * @throws {PatternError}
 */
export const topicPattern = (pattern: string): TopicPattern => {
  const translator = new Translator(pattern)
  const source = translator.translate()
  try {
    const regex = new RegExp(`^(?:${source})$`, translator.flags)
    return translator.isHarmless ? regex : new TimedPattern(regex)
  } catch (error) {
    throw new PatternError('invalid character class range', { cause: error })
  }
}
