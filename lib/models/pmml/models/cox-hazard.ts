import { attribute, childrenOf, numberAttribute, requiredAttribute, requiredChild, requiredNumber } from '../elements.ts'
import { numbers, strings } from '../scope.ts'
import type { BodyContext } from '../outcome.ts'
import type { XmlElement } from '../xml.ts'

interface HazardTable {
  readonly maxTime: number
  readonly times: readonly number[]
  readonly hazards: readonly number[]
}

const readTable = (element: XmlElement): HazardTable => {
  const cells = childrenOf(element, 'BaselineCell')
    .map((cell) => ({ time: requiredNumber(cell, 'time'), hazard: requiredNumber(cell, 'cumHazard') }))
    .sort((a, b) => a.time - b.time)
  return { maxTime: numberAttribute(element, 'maxTime', Infinity), times: cells.map(({ time }) => time), hazards: cells.map(({ hazard }) => hazard) }
}

/** Baseline hazard at a time: 0 before the first cell, unknown after the last time of the table. */
const hazardAt = ({ maxTime, times, hazards }: HazardTable, time: number): number => {
  if (!(time <= maxTime)) return NaN
  let i = times.length - 1
  while (i >= 0 && times[i]! > time) i--
  return i < 0 ? 0 : hazards[i]!
}

/** Cumulative hazard of a Cox model: baseline × exp(linear predictor − that of the reference point). */
export const compileCoxHazard = ({ element, scope }: BodyContext, row: () => number): (() => number) => {
  const time = numbers(scope.field(requiredAttribute(element, 'endTimeVariable')).expression)
  const points = new Map(childrenOf(requiredChild(element, 'ParameterList'), 'Parameter')
    .map((parameter) => [requiredAttribute(parameter, 'name'), numberAttribute(parameter, 'referencePoint', 0)]))
  const reference = childrenOf(requiredChild(element, 'ParamMatrix'), 'PCell')
    .reduce((sum, cell) => sum + requiredNumber(cell, 'beta') * (points.get(requiredAttribute(cell, 'parameterName')) ?? 0), 0)
  const tables = requiredChild(element, 'BaseCumHazardTables')
  const stratumField = attribute(element, 'baselineStrataVariable')
  if (stratumField === undefined) {
    const table = readTable(tables)
    return () => hazardAt(table, time()) * Math.exp(row() - reference)
  }
  const strata = new Map(childrenOf(tables, 'BaselineStratum').map((stratum) => [requiredAttribute(stratum, 'value'), readTable(stratum)]))
  const stratum = strings(scope.field(stratumField).expression)
  return () => {
    const name = stratum()
    const table = name === undefined ? undefined : strata.get(name)
    return table === undefined ? NaN : hazardAt(table, time()) * Math.exp(row() - reference)
  }
}
