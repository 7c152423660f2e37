import { boolean } from './boolean.ts'
import { bytes } from './bytes.ts'
import { double, float } from './floats.ts'
import { bigint, int, long, short } from './integers.ts'
import { json } from './json.ts'
import { list } from './list.ts'
import { protobufSerde } from './protobuf.ts'
import { serdeFrom } from './serde-from.ts'
import { string } from './string.ts'
import { uuid } from './uuid.ts'
import { voidSerde } from './void.ts'
import { sessionWindowed, timeWindowed } from './windowed.ts'

/** The built-in serdes. Their bytes are those of Java's serdes of the same name. */
export const Serdes = {
  string,
  long,
  bigint,
  int,
  short,
  double,
  float,
  bytes,
  /** Java's ByteBuffer serde: the same bytes. */
  byteBuffer: bytes,
  /** Java's ByteArray serde: the same bytes. */
  byteArray: bytes,
  uuid,
  boolean,
  void: voidSerde,
  json,
  list,
  timeWindowed,
  sessionWindowed,
  protobuf: protobufSerde,
  from: serdeFrom,
} as const
