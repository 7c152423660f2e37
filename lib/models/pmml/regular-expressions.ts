/** Documents write regular expressions as Java has them; most are the same in JavaScript. */

/** Flags that may stand at the beginning of a pattern: `(?i)`. */
const leadingFlags = /^\(\?([a-zA-Z]+)\)/

/**
 * A pattern of a document as a JavaScript one.
 * @throws {SyntaxError} when it is none, or uses what JavaScript does not have
 */
export const compilePattern = (source: string, flags: string): RegExp => {
  const match = leadingFlags.exec(source)
  const all = new Set(flags)
  for (const flag of match?.[1]?.toLowerCase() ?? '') if ('ims'.includes(flag)) all.add(flag)
  const body = source.slice(match?.[0].length ?? 0)
  try {
    return new RegExp(body, [...all, 'u'].join(''))
  } catch {
    // With `u` JavaScript does not let characters be escaped that need not be.
    return new RegExp(body, [...all].join(''))
  }
}

/** A replacement as Java writes it: `$1` and `${name}` are groups, a backslash takes the next character as it is. */
export const compileReplacement = (text: string): string =>
  text.replace(/\\(.)|\$\{(\w+)\}|\$(?!\d)/gsu, (all, escaped?: string, name?: string) =>
    escaped !== undefined ? escaped.replace('$', '$$$$') : name !== undefined ? `$<${name}>` : all === '$' ? '$$' : all)
