import protobuf from 'protobufjs/light.js'
import { ModelError, messageOf } from '../errors.ts'

/** The part of TensorFlow's graph messages that scoring needs; field numbers are those of its published .proto files. */
const messages = {
  nested: {
    GraphDef: { fields: { node: { rule: 'repeated', type: 'NodeDef', id: 1 } } },
    NodeDef: {
      fields: {
        name: { type: 'string', id: 1 },
        op: { type: 'string', id: 2 },
        input: { rule: 'repeated', type: 'string', id: 3 },
        attr: { keyType: 'string', type: 'AttrValue', id: 5 },
      },
    },
    AttrValue: {
      fields: {
        list: { type: 'ListValue', id: 1 },
        s: { type: 'bytes', id: 2 },
        i: { type: 'int64', id: 3 },
        f: { type: 'float', id: 4 },
        b: { type: 'bool', id: 5 },
        type: { type: 'int32', id: 6 },
        shape: { type: 'TensorShape', id: 7 },
        tensor: { type: 'TensorProto', id: 8 },
      },
    },
    ListValue: {
      fields: {
        s: { rule: 'repeated', type: 'bytes', id: 2 },
        i: { rule: 'repeated', type: 'int64', id: 3 },
        f: { rule: 'repeated', type: 'float', id: 4 },
        b: { rule: 'repeated', type: 'bool', id: 5 },
        type: { rule: 'repeated', type: 'int32', id: 6 },
        shape: { rule: 'repeated', type: 'TensorShape', id: 7 },
      },
    },
    TensorShape: {
      fields: { dim: { rule: 'repeated', type: 'Dim', id: 2 }, unknownRank: { type: 'bool', id: 3 } },
      nested: { Dim: { fields: { size: { type: 'int64', id: 1 } } } },
    },
    TensorProto: {
      fields: {
        dtype: { type: 'int32', id: 1 },
        tensorShape: { type: 'TensorShape', id: 2 },
        tensorContent: { type: 'bytes', id: 4 },
        floatVal: { rule: 'repeated', type: 'float', id: 5 },
        doubleVal: { rule: 'repeated', type: 'double', id: 6 },
        intVal: { rule: 'repeated', type: 'int32', id: 7 },
        stringVal: { rule: 'repeated', type: 'bytes', id: 8 },
        int64Val: { rule: 'repeated', type: 'int64', id: 10 },
        boolVal: { rule: 'repeated', type: 'bool', id: 11 },
        halfVal: { rule: 'repeated', type: 'int32', id: 13 },
      },
    },
  },
}

const root = protobuf.Root.fromJSON(messages)

type Int64 = number | { toNumber(): number }

export interface TensorShapeDef { readonly dim?: readonly { readonly size?: Int64 }[], readonly unknownRank?: boolean }

export interface TensorDef {
  readonly dtype: number
  readonly tensorShape?: TensorShapeDef
  readonly tensorContent: Uint8Array
  readonly floatVal: readonly number[]
  readonly doubleVal: readonly number[]
  readonly intVal: readonly number[]
  readonly int64Val: readonly Int64[]
  readonly boolVal: readonly boolean[]
}

export interface AttributeDef {
  readonly list?: { readonly i: readonly Int64[], readonly s: readonly Uint8Array[], readonly type: readonly number[] }
  readonly s?: Uint8Array
  readonly i?: Int64
  readonly f?: number
  readonly b?: boolean
  readonly type?: number
  readonly shape?: TensorShapeDef
  readonly tensor?: TensorDef
}

export interface NodeDef {
  readonly name: string
  readonly op: string
  readonly input: readonly string[]
  readonly attr: Readonly<Record<string, AttributeDef>>
}

const message = root.lookupType('GraphDef')

export const toNumber = (value: Int64 | undefined): number => value === undefined ? 0 : typeof value === 'number' ? value : value.toNumber()

/** Sizes of a shape, -1 for one that is not fixed; `undefined` when not even their number is known. */
export const dimensionsOf = (shape: TensorShapeDef | undefined): number[] | undefined =>
  shape === undefined || shape.unknownRank === true ? undefined : (shape.dim ?? []).map(({ size }) => toNumber(size))

/**
 * The nodes of a frozen graph.
 * @throws {ModelError} `MILLRACE_MODEL_MALFORMED`
 */
export const decodeGraphDef = (bytes: Uint8Array): readonly NodeDef[] => {
  let nodes: readonly NodeDef[]
  try {
    nodes = (message.decode(bytes) as unknown as { node: readonly NodeDef[] }).node
  } catch (cause) {
    throw new ModelError('MILLRACE_MODEL_MALFORMED', `not a TensorFlow GraphDef: ${messageOf(cause)}`, { cause })
  }
  if (nodes.length === 0 || nodes.some(({ name, op }) => name === '' || op === '')) {
    throw new ModelError('MILLRACE_MODEL_MALFORMED', 'not a TensorFlow GraphDef: it has no nodes, or nodes without name and operation')
  }
  return nodes
}

/** Protobuf bytes of a graph, for tools that make one. */
export const encodeGraphDef = (nodes: readonly object[]): Buffer => Buffer.from(message.encode(message.fromObject({ node: nodes })).finish())
