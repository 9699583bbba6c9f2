import { randomFillSync } from 'node:crypto';

/** UUIDv7 text (RFC 9562): sorts by time of making, so that indexes grow at one end. */
export type Uuid = string;

const POOL_BYTES = 16 * 256;
const pool = Buffer.allocUnsafe(POOL_BYTES);
let poolOffset = POOL_BYTES;
let lastMilliseconds = 0;
let sequence = 0;

/**
 * A new UUIDv7. Ids made in one process within one millisecond keep their order (12-bit counter in `rand_a`, RFC 9562 §6.2
 * method 1); when the counter runs over, the time field borrows the next millisecond.
 */
export function uuidv7(now: number = Date.now()): Uuid {
  if (poolOffset === POOL_BYTES) {
    randomFillSync(pool);
    poolOffset = 0;
  }
  const random = pool.subarray(poolOffset, poolOffset + 16);
  poolOffset += 16;
  if (now > lastMilliseconds) {
    lastMilliseconds = now;
    sequence = random.readUInt16BE(0) & 0x7ff;
  } else if (++sequence > 0xfff) {
    lastMilliseconds += 1;
    sequence = 0;
  }
  const time = lastMilliseconds.toString(16).padStart(12, '0');
  const tail = random.toString('hex', 8, 16);
  const variant = ((Number.parseInt(tail[0] as string, 16) & 0x3) | 0x8).toString(16);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${sequence.toString(16).padStart(3, '0')}-${variant}${tail.slice(1, 4)}-${tail.slice(4)}`;
}

/** Whether the text is a UUID in canonical form. */
export function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(text);
}
