import { type CrcOrder, crc16, crcOrderOf } from './crc16.ts';
import { CRC_BYTES, type Frame, HEAD_BYTES, MAX_FRAME_BYTES, MIN_LENGTH, START_BYTE } from './frame.ts';

/** What was cut from a stream. */
export type Cut =
  | { readonly kind: 'frame'; readonly frame: Frame; readonly bytes: Buffer }
  /** Looked like a frame, and its check does not fit in either order. Its bytes are read again, in case a frame begins among them. */
  | { readonly kind: 'bad-check'; readonly bytes: Buffer };

const NOTHING = Buffer.alloc(0);

/**
 * Cuts a pile's byte stream into frames. Framing is by length; only after trouble is the next start byte searched for, one byte further at a
 * time, so that no whole frame in the stream is ever missed. Holds less than one frame between two reads, and nothing at all while no
 * frame is begun.
 */
export class FrameReader {
  #rest: Buffer = NOTHING;
  #order: CrcOrder = 'low-first';
  #badInARow = 0;
  #garbage = 0;
  /** Bytes of the rest that must be passed before another failure counts as a frame of its own. */
  #suspect = 0;

  /** The order of the check in the last frame. */
  get crcOrder(): CrcOrder {
    return this.#order;
  }

  /** Frames with a wrong check since the last good one. */
  get badInARow(): number {
    return this.#badInARow;
  }

  /** Bytes that belonged to no frame since the last good one. */
  get garbageBytes(): number {
    return this.#garbage;
  }

  /** Bytes of a frame that has begun and not ended. */
  get pendingBytes(): number {
    return this.#rest.length;
  }

  /** Takes what was read from the socket. What it yields refers to the chunk's memory: copy what is kept. */
  *push(chunk: Buffer): Generator<Cut, void, void> {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    try {
      while (at < bytes.length) {
        if (bytes[at] !== START_BYTE) {
          const next = bytes.indexOf(START_BYTE, at);
          const to = next === -1 ? bytes.length : next;
          this.#skip(to - at);
          at = to;
          continue;
        }
        if (bytes.length - at < 2) break;
        const length = bytes[at + 1] as number;
        if (length < MIN_LENGTH) {
          this.#skip(1);
          at += 1;
          continue;
        }
        const end = at + 2 + length + CRC_BYTES;
        if (end > bytes.length) break;
        const crcAt = end - CRC_BYTES;
        const crc = crc16(bytes, at + 2, crcAt);
        const order = crcOrderOf(crc, bytes[crcAt] as number, bytes[crcAt + 1] as number, this.#order);
        if (order === undefined) {
          const isNew = this.#suspect <= 0;
          if (isNew) {
            this.#badInARow += 1;
            this.#suspect = end - at;
          }
          const bad = bytes.subarray(at, end);
          this.#skip(1);
          at += 1;
          if (isNew) yield { kind: 'bad-check', bytes: bad };
          continue;
        }
        const whole = bytes.subarray(at, end);
        at = end;
        this.#order = order;
        this.#badInARow = 0;
        this.#garbage = 0;
        this.#suspect = 0;
        yield {
          kind: 'frame',
          frame: {
            sequence: whole.toString('hex', 2, 4),
            encryption: whole[4] as number,
            type: whole[5] as number,
            body: whole.subarray(HEAD_BYTES, whole.length - CRC_BYTES),
          },
          bytes: whole,
        };
      }
    } finally {
      // Also when the caller has had enough. A copy: the chunk is the socket's.
      const rest = bytes.subarray(at, Math.min(bytes.length, at + MAX_FRAME_BYTES));
      this.#rest = rest.length === 0 ? NOTHING : Buffer.from(rest);
    }
  }

  #skip(bytes: number): void {
    this.#garbage += bytes;
    this.#suspect -= bytes;
  }
}
