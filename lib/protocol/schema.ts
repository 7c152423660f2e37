import type { DeferredBytes } from './message-writer.ts'
import type { VersionRange } from './versions.ts'

/**
 * What a message is written down in: plain data, `as const`, from which the encoders, decoders and TypeScript types come.
 * The order of the properties is the order on the wire.
 */
export interface ApiDefinition {
  readonly key: number
  readonly name: string
  readonly versions: VersionRange
  /** Versions with compact lengths and tagged fields; none when left out. */
  readonly flexible?: VersionRange
  /** ApiVersions answers with header 0 whatever the version, so that a client can read it before it knows the broker. */
  readonly plainResponseHeader?: true
  readonly request: Fields
  readonly response: Fields
}

export interface Fields {
  readonly [name: string]: FieldType
}

export type Primitive = 'boolean' | 'int8' | 'int16' | 'int32' | 'int64' | 'float64' | 'string' | 'bytes' | 'uuid' | 'records'

/** A type alone, or a type with what else is to say about it. */
export type FieldType = Primitive | Field

export type Field = FieldOptions & ({ readonly type: Primitive } | { readonly arrayOf: Primitive | Fields } | { readonly struct: Fields })

export interface FieldOptions {
  /** Versions that have the field; all when left out. In others it is ignored when encoding, its default when decoding. */
  readonly versions?: VersionRange
  /** Versions in which it may be null, which is `undefined` in TypeScript. */
  readonly nullable?: VersionRange
  /** Its number in the tagged section: then it is written only when it differs from the default. */
  readonly tag?: number
  /** Instead of 0, '', false, [] or, for nullable fields, `undefined`. */
  readonly default?: number | string | boolean
}

interface PrimitiveTypes {
  boolean: boolean
  int8: number
  int16: number
  int32: number
  /** Exact to 2^53. */
  int64: number
  float64: number
  string: string
  bytes: Buffer
  /** 22 characters of base64url. */
  uuid: string
  records: Buffer
}

type InputPrimitives = Omit<PrimitiveTypes, 'bytes' | 'records'> & {
  bytes: Uint8Array
  /** Written without a copy; several pieces are written one after the other. Only `encodeResponseFrame` takes deferred ones. */
  records: Uint8Array | readonly (Uint8Array | DeferredBytes)[]
}

type TypeOf<T, P> = T extends keyof P
  ? P[T]
  : T extends { readonly type: infer K extends keyof P }
    ? P[K]
    : T extends { readonly arrayOf: infer E }
      ? readonly (E extends keyof P ? P[E] : E extends Fields ? MessageOf<E, P> : never)[]
      : T extends { readonly struct: infer S extends Fields }
        ? MessageOf<S, P>
        : never

type OptionalNames<F> = {
  [N in keyof F]: F[N] extends { readonly versions: string } | { readonly nullable: string } | { readonly default: unknown } | { readonly tag: number }
    ? N
    : never
}[keyof F]

type MessageOf<F extends Fields, P> = P extends PrimitiveTypes ? DecodedOf<F> : InputOf<F>

/** What decoding gives: every field is there, with its default when the version has none; null is `undefined`. */
export type DecodedOf<F extends Fields> = {
  -readonly [N in keyof F]: F[N] extends { readonly nullable: string } ? TypeOf<F[N], PrimitiveTypes> | undefined : TypeOf<F[N], PrimitiveTypes>
}

/** What encoding takes: fields that not every version has, nullable ones and those with a default may be left out. */
export type InputOf<F extends Fields> = {
  readonly [N in Exclude<keyof F, OptionalNames<F>>]: TypeOf<F[N], InputPrimitives>
} & {
  readonly [N in OptionalNames<F>]?: TypeOf<F[N], InputPrimitives> | undefined
}

export type RequestOf<A extends ApiDefinition> = DecodedOf<A['request']>
export type ResponseOf<A extends ApiDefinition> = DecodedOf<A['response']>
export type RequestInput<A extends ApiDefinition> = InputOf<A['request']>
export type ResponseInput<A extends ApiDefinition> = InputOf<A['response']>
