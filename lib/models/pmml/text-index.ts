import { attribute, booleanAttribute, childrenOf, invalid, numberAttribute, requiredAttribute, unsupportedAttribute, unsupportedElement, wordAttribute } from './elements.ts'
import { messageOf } from '../errors.ts'
import { compilePattern, compileReplacement } from './regular-expressions.ts'
import { columnName, inlineRows } from './mappings.ts'
import { numberExpression, strings } from './scope.ts'
import type { Expression, NumberExpression, Scope } from './scope.ts'
import type { XmlElement } from './xml.ts'

/** Edit distance of two words, or more than `limit` as soon as that is certain. */
const levenshtein = (left: string, right: string, limit: number): number => {
  if (Math.abs(left.length - right.length) > limit) return limit + 1
  let previous = Array.from({ length: right.length + 1 }, (_, i) => i)
  for (let i = 1; i <= left.length; i++) {
    const current = [i]
    for (let j = 1; j <= right.length; j++) {
      current[j] = Math.min(previous[j]! + 1, current[j - 1]! + 1, previous[j - 1]! + (left[i - 1] === right[j - 1] ? 0 : 1))
    }
    if (Math.min(...current) > limit) return limit + 1
    previous = current
  }
  return previous[right.length]!
}

const pattern = (element: XmlElement, source: string, flags: string): RegExp => {
  try {
    return compilePattern(source, flags)
  } catch (error) {
    throw invalid(element, messageOf(error), 'invalid-attribute')
  }
}

/** Replaces what the tables of TextIndexNormalization elements say, in their order. */
const compileNormalization = (element: XmlElement, isCaseSensitive: boolean): ((text: string) => string) => {
  const [inField, outField, regexField] = [['inField', 'string'], ['outField', 'stem'], ['regexField', 'regex']]
    .map(([name, fallback]) => columnName(attribute(element, name!) ?? fallback!)) as [string, string, string]
  const caseSensitive = booleanAttribute(element, 'isCaseSensitive', isCaseSensitive)
  const flags = caseSensitive ? 'g' : 'gi'
  const rows = childrenOf(element, 'InlineTable').flatMap(inlineRows).map((row) => {
    const source = row.get(inField) ?? ''
    const isRegex = row.get(regexField) === 'true'
    const quoted = source.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
    return { regex: pattern(element, isRegex ? source : `(?<![\\p{L}\\p{N}_])${quoted}(?![\\p{L}\\p{N}_])`, flags), replacement: isRegex ? compileReplacement(row.get(outField) ?? '') : (row.get(outField) ?? '').replace(/\$/g, '$$$$') }
  })
  const recursive = booleanAttribute(element, 'recursive', false)
  const pass = (text: string): string => rows.reduce((result, { regex, replacement }) => result.replace(regex, replacement), text)
  return (text) => {
    let result = pass(text)
    for (let i = 0; recursive && i < 100; i++) {
      const next = pass(result)
      if (next === result) break
      result = next
    }
    return result
  }
}

/** How often a term occurs in a text. */
export const compileTextIndex = (element: XmlElement, scope: Scope, compileChild: (child: XmlElement) => Expression): NumberExpression => {
  const text = strings(scope.field(requiredAttribute(element, 'textField')).expression)
  const termElement = element.children.find(({ name }) => name !== 'TextIndexNormalization')
  if (termElement === undefined) throw unsupportedElement(element)
  const term = strings(compileChild(termElement))
  const isCaseSensitive = booleanAttribute(element, 'isCaseSensitive', false)
  const limit = numberAttribute(element, 'maxLevenshteinDistance', 0)
  const weights = wordAttribute(element, 'localTermWeights', ['termFrequency', 'binary', 'logarithmic', 'augmentedNormalizedTermFrequency'])
  if (weights === 'augmentedNormalizedTermFrequency') throw unsupportedAttribute(element, 'localTermWeights')
  const bestOnly = wordAttribute(element, 'countHits', ['allHits', 'bestHits']) === 'bestHits'
  const separators = pattern(element, attribute(element, 'wordSeparatorCharacterRE') ?? '\\s+', '')
  const tokenize = booleanAttribute(element, 'tokenize', true)
  if (!tokenize && scope.environment.semantics === 'default') throw unsupportedAttribute(element, 'tokenize')
  const normalizations = childrenOf(element, 'TextIndexNormalization').map((child) => compileNormalization(child, isCaseSensitive))
  const trimPunctuation = (word: string): string => word.replace(/^\p{P}+|\p{P}+$/gu, '')

  const words = (source: string): string[] => {
    const normalized = normalizations.reduce((result, normalize) => normalize(result), source)
    const cased = isCaseSensitive ? normalized : normalized.toLowerCase()
    return tokenize ? cased.split(separators).map(trimPunctuation).filter((word) => word !== '') : [cased]
  }

  const count = (content: readonly string[], wanted: readonly string[]): number => {
    let best = limit
    let hits = 0
    for (let i = 0; i + wanted.length <= content.length; i++) {
      let distance = 0
      for (let j = 0; j < wanted.length && distance <= best; j++) distance += levenshtein(content[i + j]!, wanted[j]!, best - distance)
      if (distance > best) continue
      if (bestOnly && distance < best) {
        best = distance
        hits = 0
      }
      hits++
    }
    return hits
  }

  return numberExpression('double', () => {
    const source = text()
    const wanted = term()
    if (source === undefined || wanted === undefined) return NaN
    const hits = wanted === '' ? 0 : count(words(source), words(wanted))
    if (weights === 'binary') return hits > 0 ? 1 : 0
    return weights === 'logarithmic' ? Math.log10(1 + hits) : hits
  })
}
