import { invalid } from '../../topology/internals/invalid.ts'

/** Prefixes of generated node and store names: part of the contract, since topics and stores are named after them. */
export const prefixes = {
  streamSource: 'KSTREAM-SOURCE-',
  streamSink: 'KSTREAM-SINK-',
  streamFilter: 'KSTREAM-FILTER-',
  streamKeySelect: 'KSTREAM-KEY-SELECT-',
  streamMap: 'KSTREAM-MAP-',
  streamMapValues: 'KSTREAM-MAPVALUES-',
  streamFlatMap: 'KSTREAM-FLATMAP-',
  streamFlatMapValues: 'KSTREAM-FLATMAPVALUES-',
  streamPeek: 'KSTREAM-PEEK-',
  streamFilterAsync: 'KSTREAM-FILTER-ASYNC-',
  streamMapAsync: 'KSTREAM-MAP-ASYNC-',
  streamMapValuesAsync: 'KSTREAM-MAPVALUES-ASYNC-',
  streamFlatMapAsync: 'KSTREAM-FLATMAP-ASYNC-',
  streamFlatMapValuesAsync: 'KSTREAM-FLATMAPVALUES-ASYNC-',
  streamPeekAsync: 'KSTREAM-PEEK-ASYNC-',
  streamForeachAsync: 'KSTREAM-FOREACH-ASYNC-',
  streamForeach: 'KSTREAM-FOREACH-',
  streamPrint: 'KSTREAM-PRINTER-',
  streamMerge: 'KSTREAM-MERGE-',
  streamBranch: 'KSTREAM-BRANCH-',
  streamProcess: 'KSTREAM-PROCESSOR-',
  streamProcessValues: 'KSTREAM-PROCESSVALUES-',
  streamRepartition: 'KSTREAM-REPARTITION-',
  streamToTable: 'KSTREAM-TOTABLE-',
  streamJoin: 'KSTREAM-JOIN-',
  streamLeftJoin: 'KSTREAM-LEFTJOIN-',
  streamWindowed: 'KSTREAM-WINDOWED-',
  streamJoinThis: 'KSTREAM-JOINTHIS-',
  streamJoinOther: 'KSTREAM-JOINOTHER-',
  streamOuterThis: 'KSTREAM-OUTERTHIS-',
  streamOuterOther: 'KSTREAM-OUTEROTHER-',
  streamOuterShared: 'KSTREAM-OUTERSHARED-',
  streamReduce: 'KSTREAM-REDUCE-',
  streamAggregate: 'KSTREAM-AGGREGATE-',
  cogroupAggregate: 'COGROUPKSTREAM-AGGREGATE-',
  cogroupMerge: 'COGROUPKSTREAM-MERGE-',
  tableSource: 'KTABLE-SOURCE-',
  tableFilter: 'KTABLE-FILTER-',
  tableMapValues: 'KTABLE-MAPVALUES-',
  tableTransformValues: 'KTABLE-TRANSFORMVALUES-',
  tableToStream: 'KTABLE-TOSTREAM-',
  tableSelect: 'KTABLE-SELECT-',
  tableSuppress: 'KTABLE-SUPPRESS-',
  tableReduce: 'KTABLE-REDUCE-',
  tableAggregate: 'KTABLE-AGGREGATE-',
  tableJoinThis: 'KTABLE-JOINTHIS-',
  tableJoinOther: 'KTABLE-JOINOTHER-',
  tableMerge: 'KTABLE-MERGE-',
  tableSink: 'KTABLE-SINK-',
  foreignKeySubscription: 'KTABLE-FK-JOIN-SUBSCRIPTION-REGISTRATION-',
  foreignKeyStore: 'KTABLE-FK-JOIN-SUBSCRIPTION-',
  foreignKeyProcessor: 'KTABLE-FK-JOIN-SUBSCRIPTION-PROCESSOR-',
  foreignKeyAnswer: 'KTABLE-FK-JOIN-SUBSCRIPTION-RESPONSE-',
  foreignKeyResolver: 'KTABLE-FK-JOIN-SUBSCRIPTION-RESPONSE-RESOLVER-PROCESSOR-',
  foreignKeyOutput: 'KTABLE-FK-JOIN-OUTPUT-',
} as const

export const REPARTITION_SUFFIX = '-repartition'
export const CHANGELOG_SUFFIX = '-changelog'

const MAX_LENGTH = 249
const LEGAL = /^[a-zA-Z0-9._-]+$/

/** Checks a name given by a user; it may become part of a topic's name, so Kafka's rules for topics hold. */
export const checkName = (name: string): string => {
  if (name.length === 0) throw invalid('Name is illegal, it can\'t be empty')
  if (name === '.' || name === '..') throw invalid('Name cannot be "." or ".."')
  if (name.length > MAX_LENGTH) throw invalid(`Name is illegal, it can't be longer than ${MAX_LENGTH} characters, name: ${name}`)
  if (!LEGAL.test(name)) {
    throw invalid(`Name "${name}" is illegal, it contains a character other than ASCII alphanumerics, '.', '_' and '-'`)
  }
  return name
}

/**
 * Gives out names with a running number. A number is used up even where the user named the node, so that naming one operator
 * does not rename the stores and topics of those after it.
 */
export class NameProvider {
  #next = 0

  newProcessorName(prefix: string): string {
    return prefix + String(this.#next++).padStart(10, '0')
  }

  newStoreName(prefix: string): string {
    return this.newProcessorName(`${prefix}STATE-STORE-`)
  }

  /** The user's name, or a generated one. */
  nameOr(name: string | undefined, prefix: string): string {
    const generated = this.newProcessorName(prefix)
    return name === undefined ? generated : checkName(name)
  }

  /** The user's name with a suffix, or a generated one: for the further nodes of an operator that has several. */
  suffixedOr(name: string | undefined, suffix: string, prefix: string): string {
    const generated = this.newProcessorName(prefix)
    return name === undefined ? generated : checkName(checkName(name) + suffix)
  }
}
