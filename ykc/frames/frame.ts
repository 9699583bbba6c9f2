import { defineError } from '@voltpile/kernel/errors';
import { type CrcOrder, crc16 } from './crc16.ts';

export const START_BYTE = 0x68;
/** Start, length, sequence, encryption, type. */
export const HEAD_BYTES = 6;
export const CRC_BYTES = 2;
/** The length byte counts from the sequence to the end of the body: never less than these four. */
export const MIN_LENGTH = 4;
export const MAX_BODY_BYTES = 255 - MIN_LENGTH;
export const MAX_FRAME_BYTES = 255 + 4;

/** A frame as it travels: everything but start, length and check. */
export interface Frame {
  /** The two raw bytes as four hex digits. Piles count in either byte order or not at all: copied into the reply, never read. */
  readonly sequence: string;
  /** 0 none, 1 3DES of the body (undefined in every public text: not supported). */
  readonly encryption: number;
  /** Odd: from the pile. Even: from us. */
  readonly type: number;
  readonly body: Buffer;
}

export const bodyTooLong = defineError(
  'ykc.body_too_long',
  'InvalidArgument',
  'a body of {bytes} bytes does not fit a frame ({limit} at most)',
);

/**
 * The bytes of a frame.
 *
 * @param order of the check; piles that turn it round may want it turned round as well
 * @throws ykc.body_too_long
 */
export function encodeFrame(frame: Frame, order: CrcOrder = 'low-first'): Buffer {
  const { body } = frame;
  if (body.length > MAX_BODY_BYTES) throw bodyTooLong({ bytes: body.length, limit: MAX_BODY_BYTES });
  const bytes = Buffer.allocUnsafe(HEAD_BYTES + body.length + CRC_BYTES);
  bytes[0] = START_BYTE;
  bytes[1] = body.length + MIN_LENGTH;
  bytes.write(frame.sequence, 2, 2, 'hex');
  bytes[4] = frame.encryption;
  bytes[5] = frame.type;
  body.copy(bytes, HEAD_BYTES);
  const end = HEAD_BYTES + body.length;
  const crc = crc16(bytes, 2, end);
  if (order === 'low-first') bytes.writeUInt16LE(crc, end);
  else bytes.writeUInt16BE(crc, end);
  return bytes;
}
