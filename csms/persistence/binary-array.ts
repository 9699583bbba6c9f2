/**
 * PostgreSQL arrays in the binary wire format (array_recv), for the columns of bulk inserts: nothing to escape here, nothing to parse
 * there. A Buffer as a parameter makes the driver send it as binary.
 *
 * Layout: int32 dimensions, int32 has-nulls, int32 element type, int32 length, int32 lower bound; then each element as int32 size (−1 is
 * NULL) and its bytes.
 */

const HEADER_BYTES = 20;
const OID = { smallint: 21, integer: 23, uuid: 2950, timestamptz: 1184 } as const;
/** PostgreSQL counts microseconds from 2000-01-01. */
const POSTGRES_EPOCH_MS = 946_684_800_000;
const TWO_TO_32 = 2 ** 32;

function allocate(oid: number, length: number, elementBytes: number): Buffer {
  const buffer = Buffer.allocUnsafe(HEADER_BYTES + length * (4 + elementBytes));
  buffer.writeInt32BE(length === 0 ? 0 : 1, 0);
  buffer.writeInt32BE(1, 4);
  buffer.writeInt32BE(oid, 8);
  buffer.writeInt32BE(length, 12);
  buffer.writeInt32BE(1, 16);
  // An empty array has no dimension, so it ends after the element type.
  return length === 0 ? buffer.subarray(0, 12) : buffer;
}

/** `uuid[]`. */
export function uuidArray(values: readonly (string | null)[]): Buffer {
  const buffer = allocate(OID.uuid, values.length, 16);
  let offset = HEADER_BYTES;
  let last: string | null = null;
  let lastOffset = 0;
  for (const value of values) {
    if (value === null) {
      offset = buffer.writeInt32BE(-1, offset);
      continue;
    }
    offset = buffer.writeInt32BE(16, offset);
    // The samples of a message share their owner.
    if (value === last) buffer.copyWithin(offset, lastOffset, lastOffset + 16);
    else {
      buffer.write(value.replaceAll('-', ''), offset, 16, 'hex');
      last = value;
      lastOffset = offset;
    }
    offset += 16;
  }
  return buffer.subarray(0, offset > HEADER_BYTES ? offset : buffer.length);
}

/** `timestamptz[]` from epoch milliseconds. */
export function timeArray(values: readonly (number | null)[]): Buffer {
  const buffer = allocate(OID.timestamptz, values.length, 8);
  let offset = HEADER_BYTES;
  for (const value of values) {
    if (value === null) {
      offset = buffer.writeInt32BE(-1, offset);
      continue;
    }
    const microseconds = (value - POSTGRES_EPOCH_MS) * 1000;
    const high = Math.floor(microseconds / TWO_TO_32);
    offset = buffer.writeInt32BE(8, offset);
    offset = buffer.writeInt32BE(high, offset);
    offset = buffer.writeUInt32BE(microseconds - high * TWO_TO_32, offset);
  }
  return buffer.subarray(0, offset > HEADER_BYTES ? offset : buffer.length);
}

/** `integer[]`. */
export function integerArray(values: readonly number[]): Buffer {
  const buffer = allocate(OID.integer, values.length, 4);
  let offset = HEADER_BYTES;
  for (const value of values) {
    offset = buffer.writeInt32BE(4, offset);
    offset = buffer.writeInt32BE(value, offset);
  }
  return buffer;
}

/** `smallint[]`. */
export function smallintArray(values: readonly number[]): Buffer {
  const buffer = allocate(OID.smallint, values.length, 2);
  let offset = HEADER_BYTES;
  for (const value of values) {
    offset = buffer.writeInt32BE(2, offset);
    offset = buffer.writeInt16BE(value, offset);
  }
  return buffer;
}
