import { javaHashOrder } from '../../../topology/internals/java-hash.ts'

const number = (i: number): string => String(i).padStart(10, '0')
const KINDS = ['SOURCE', 'MAPVALUES', 'SINK']
const NODES = Array.from({ length: 30 }, (_, i) => `KSTREAM-${KINDS[i % 3]}-${number(i)}`)

// what java.util.HashSet (Java 17) gave for NODES and the words below, added in this order
const JAVA_ORDER = `
  KSTREAM-SOURCE-0000000027 Aa BB KSTREAM-MAPVALUES-0000000001 KSTREAM-MAPVALUES-0000000022 KSTREAM-SOURCE-0000000006
  KSTREAM-MAPVALUES-0000000028 KSTREAM-SOURCE-0000000000 KSTREAM-SOURCE-0000000003 KSTREAM-MAPVALUES-0000000004
  KSTREAM-SOURCE-0000000024 KSTREAM-MAPVALUES-0000000025 KSTREAM-MAPVALUES-0000000007 KSTREAM-SINK-0000000008
  KSTREAM-SOURCE-0000000009 KSTREAM-SINK-0000000014 KSTREAM-SINK-0000000011 KSTREAM-SINK-0000000017
  KSTREAM-SOURCE-0000000021 AaAa BBBB AaBB BBAa KSTREAM-MAPVALUES-0000000013 zeta KSTREAM-SOURCE-0000000015
  KSTREAM-SOURCE-0000000018 KSTREAM-MAPVALUES-0000000010 KSTREAM-SOURCE-0000000012 ä KSTREAM-MAPVALUES-0000000016
  KSTREAM-MAPVALUES-0000000019 语 KSTREAM-SINK-0000000002 KSTREAM-SINK-0000000023 KSTREAM-SINK-0000000029
  KSTREAM-SINK-0000000005 KSTREAM-SINK-0000000026 KSTREAM-SINK-0000000020`

test('javaHashOrder should give the order of a Java hash set when some names share a hash', () => {
  const names = [...NODES, 'Aa', 'BB', 'AaAa', 'BBBB', 'AaBB', 'BBAa', 'zeta', 'ä', '语']
  expect(javaHashOrder(names)).toEqual(JAVA_ORDER.trim().split(/\s+/))
})

test('javaHashOrder should keep each name once when names repeat', () => {
  expect(javaHashOrder(['c', 'b', 'c', 'a', 'b'])).toEqual(['a', 'b', 'c'])
})
