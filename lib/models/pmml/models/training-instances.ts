import { attribute, childOf, childrenOf, invalid, requiredAttribute, requiredChild, unsupportedElement } from '../elements.ts'
import { declareDerivedFields } from '../expressions.ts'
import { columnName, inlineRows } from '../mappings.ts'
import { NumberCell, numberExpression, ObjectCell, objectExpression, Scope } from '../scope.ts'
import { castText, isNumberKind } from '../values.ts'
import type { BodyContext } from '../outcome.ts'
import type { XmlElement } from '../xml.ts'

/** The table of examples a model was made from, row by row. */
export interface TrainingRows {
  readonly count: number
  /** Names as evaluators see them while a row is current: the fields of the table and what is derived from them. */
  readonly scope: Scope
  /** Makes a row current. */
  readonly select: (row: number) => void
  /** The text of a field in a row. */
  readonly text: (row: number, field: string) => string | undefined
}

/**
 * Reads `TrainingInstances`. The table holds values of fields, transformed already or not; a scope of its own lets the
 * expressions of the model be computed for its rows too.
 */
export const readTrainingInstances = ({ element, scope }: BodyContext, transformations: XmlElement | undefined): TrainingRows => {
  const instances = requiredChild(element, 'TrainingInstances')
  const locator = childOf(instances, 'TableLocator')
  if (locator !== undefined) throw unsupportedElement(locator, instances)
  const rows = inlineRows(requiredChild(instances, 'InlineTable'))
  const columns = new Map(childrenOf(requiredChild(instances, 'InstanceFields'), 'InstanceField').map((field) => {
    const name = requiredAttribute(field, 'field')
    return [name, columnName(attribute(field, 'column') ?? name)]
  }))
  const inner = new Scope(scope.environment)
  declareDerivedFields(transformations, inner)
  declareDerivedFields(childOf(element, 'LocalTransformations'), inner)
  const setters: ((row: ReadonlyMap<string, string>) => void)[] = []
  for (const [name, column] of columns) {
    const known = scope.find(name)
    const type = known?.type ?? scope.environment.dictionary.get(name)?.type ?? 'string'
    if (isNumberKind(type)) {
      const cell = new NumberCell()
      setters.push((row) => { const text = row.get(column); cell.value = text === undefined || text === '' ? NaN : castText(type, text) })
      inner.declare(name, { name, type, optype: known?.optype, expression: numberExpression(type, () => cell.value) })
    } else {
      const cell = new ObjectCell()
      setters.push((row) => { cell.value = row.get(column) })
      inner.declare(name, { name, type: 'string', optype: known?.optype, expression: objectExpression('string', () => cell.value) })
    }
  }
  if (rows.length === 0) throw invalid(instances, 'TrainingInstances has no rows', 'missing-element')
  return {
    count: rows.length,
    scope: inner,
    select: (row) => {
      scope.environment.clock.row++
      for (const set of setters) set(rows[row]!)
    },
    text: (row, field) => { const column = columns.get(field); return column === undefined ? undefined : rows[row]!.get(column) },
  }
}
