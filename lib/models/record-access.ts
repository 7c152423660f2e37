/**
 * Access to records by names that are constants of the code, which engines turn into a load at a fixed offset; a loop over
 * names costs ten times as much. This is the only place where code is made from text: names enter it as JSON strings and
 * never as identifiers, so a document cannot bring in code of its own. Where an environment forbids making code the
 * loop does the same.
 */

type Reader = (record: object) => void

/** A string literal; U+2028 and U+2029 are legal in literals since ES2019. */
const literal = (name: string): string => JSON.stringify(name)

/** Calls `accept[i]` with the record's property `names[i]`, in order. */
export const compileReader = (names: readonly string[], accept: readonly ((raw: unknown) => void)[]): Reader => {
  try {
    const parameters = accept.map((_, i) => `a${i}`)
    const statements = names.map((name, i) => `a${i}(record[${literal(name)}])`)
    const make = new Function(...parameters, `return (record) => { ${statements.join('; ')} }`) as (...accept: unknown[]) => Reader
    return make(...accept)
  } catch (error) {
    if (!(error instanceof EvalError)) throw error
    return (record) => {
      for (let i = 0; i < names.length; i++) accept[i]!((record as Record<string, unknown>)[names[i]!])
    }
  }
}

/** Makes an object with property `names[i]` = `values[i]()`. */
export const compileWriter = (names: readonly string[], values: readonly (() => unknown)[]): (() => Record<string, unknown>) => {
  try {
    const parameters = values.map((_, i) => `v${i}`)
    // A plain "__proto__" in an object literal would set the prototype; a computed one is a property like any other.
    const properties = names.map((name, i) => `${name === '__proto__' ? `[${literal(name)}]` : literal(name)}: v${i}()`)
    const make = new Function(...parameters, `return () => ({ ${properties.join(', ')} })`) as (...values: unknown[]) => () => Record<string, unknown>
    return make(...values)
  } catch (error) {
    if (!(error instanceof EvalError)) throw error
    return () => Object.fromEntries(names.map((name, i) => [name, values[i]!()]))
  }
}
