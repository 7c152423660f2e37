import { attribute, requiredAttribute, unsupportedAttribute } from './elements.ts'
import { numberExpression, objectExpression } from './scope.ts'
import type { Expression, Scope } from './scope.ts'
import type { XmlElement } from './xml.ts'

const reduceNumbers = (members: readonly unknown[], step: (left: number, right: number) => number): number => {
  let result = NaN
  for (const member of members) result = result === result ? step(result, Number(member)) : Number(member)
  return result
}

/** Summarises a field whose values are lists. */
export const compileAggregate = (element: XmlElement, scope: Scope): Expression => {
  if (attribute(element, 'groupField') !== undefined) throw unsupportedAttribute(element, 'groupField')
  const get = scope.field(requiredAttribute(element, 'field')).expression.get as () => readonly unknown[] | undefined
  const summary = (summarise: (members: readonly unknown[]) => number): Expression =>
    numberExpression('double', () => { const members = get(); return members === undefined ? NaN : summarise(members) })
  switch (requiredAttribute(element, 'function')) {
    case 'count': return summary((members) => members.length)
    case 'sum': return summary((members) => reduceNumbers(members, (left, right) => left + right))
    case 'average': return summary((members) => reduceNumbers(members, (left, right) => left + right) / members.length)
    case 'min': return summary((members) => reduceNumbers(members, Math.min))
    case 'max': return summary((members) => reduceNumbers(members, Math.max))
    case 'multiset': return objectExpression('collection', get)
    default: throw unsupportedAttribute(element, 'function')
  }
}
