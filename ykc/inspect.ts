import { defineError } from '@voltpile/kernel/errors';
import { type Field, type Fields, minBytesOf } from './fields/field-types.ts';
import { readField } from './fields/read-fields.ts';
import { showField } from './fields/show-fields.ts';
import { type CrcOrder, crc16, crcOrderOf } from './frames/crc16.ts';
import { CRC_BYTES, HEAD_BYTES, MIN_LENGTH, START_BYTE } from './frames/frame.ts';
import { codeText, type MessageTable } from './messages/message.ts';
import { messageOf } from './messages/table.ts';

export const notAFrame = defineError('ykc.not_a_frame', 'InvalidArgument', 'not a frame: {reason}');
export const encryptedFrame = defineError(
  'ykc.encrypted',
  'InvalidArgument',
  'the body is encrypted ({encryption}): no public text says how',
);
export const unknownType = defineError('ykc.unknown_type', 'InvalidArgument', 'no table for frames of type {type}');

/** A frame for people at a pile. */
export interface InspectedFrame {
  readonly protocol: 'ykc';
  readonly type: string;
  readonly name: string;
  readonly seqBytes: string;
  readonly encrypt: number;
  readonly crcOk: boolean;
  readonly crcOrder: CrcOrder | null;
  /** Whether the length byte tells how many bytes there are. */
  readonly lenOk: boolean;
  /** Whether the body is what the table says. */
  readonly structOk: boolean;
  readonly decoded: Readonly<Record<string, unknown>>;
  readonly warnings: readonly string[];
}

/**
 * Reads one frame as far as it can be read, whatever is wrong with it: wrong checks, lengths and counts are told, not refused.
 *
 * @throws ykc.not_a_frame, ykc.encrypted, ykc.unknown_type
 */
export function inspectFrame(bytes: Buffer): InspectedFrame {
  if (bytes[0] !== START_BYTE) throw notAFrame({ reason: 'it does not begin with 68' });
  if (bytes.length < HEAD_BYTES + CRC_BYTES)
    throw notAFrame({ reason: `${bytes.length} bytes, and the shortest has 8` });
  const encrypt = bytes[4] as number;
  if (encrypt !== 0) throw encryptedFrame({ encryption: encrypt });
  const message = messageOf(bytes[5] as number);
  if (message === undefined) throw unknownType({ type: codeText(bytes[5] as number) });

  const warnings: string[] = [];
  const crcAt = bytes.length - CRC_BYTES;
  const crc = crc16(bytes, 2, crcAt);
  const crcOrder = crcOrderOf(crc, bytes[crcAt] as number, bytes[crcAt + 1] as number) ?? null;
  if (crcOrder === null) {
    const expected = Buffer.of(crc & 0xff, crc >> 8).toString('hex');
    warnings.push(`the check is ${bytes.toString('hex', crcAt)}, it should be ${expected}`);
  }
  const told = bytes[1] as number;
  const found = bytes.length - MIN_LENGTH;
  if (told !== found) warnings.push(`the length byte says ${told}, there are ${found} bytes`);

  const { decoded, structOk } = showBody(message, bytes.subarray(HEAD_BYTES, crcAt), warnings);
  return {
    protocol: 'ykc',
    type: codeText(message.code),
    name: message.name,
    seqBytes: bytes.toString('hex', 2, 4),
    encrypt,
    crcOk: crcOrder !== null,
    crcOrder,
    lenOk: told === found,
    structOk,
    decoded,
    warnings,
  };
}

function showBody(
  message: MessageTable,
  body: Buffer,
  warnings: string[],
): { decoded: Record<string, unknown>; structOk: boolean } {
  const { decoded, bytes, problems } = showFields(message.fields, body);
  const { variant } = message;
  if (variant?.bodyBytes === body.length) {
    warnings.push(`a body of ${body.length} bytes is known of some piles: ${variant.seen}`);
    if (problems.length > 0) return { decoded: showFields(variant.fields, body).decoded, structOk: false };
  } else if (bytes < body.length) {
    problems.push(`${body.length - bytes} bytes more than the table has`);
  }
  warnings.push(...problems);
  return { decoded, structOk: problems.length === 0 && bytes === body.length };
}

interface Shown {
  readonly decoded: Record<string, unknown>;
  /** How much of the body was read. */
  readonly bytes: number;
  readonly problems: string[];
}

function showFields(fields: Fields, body: Buffer): Shown {
  const decoded: Record<string, unknown> = {};
  const problems: string[] = [];
  let at = 0;
  for (const [name, field] of Object.entries(fields)) {
    const needed = minBytesOf(field);
    if (at + needed > body.length) {
      problems.push(`the body ends before or in ${name}`);
      return { decoded, bytes: body.length, problems };
    }
    if (field.kind === 'list') {
      const items = chunksOf(body.subarray(at + needed), field.itemBytes);
      if (field.countName !== undefined) {
        const count = body[at] as number;
        decoded[field.countName] = count;
        const found = body.length - at - needed;
        if (count * field.itemBytes !== found) {
          problems.push(`${field.countName} tells of ${count * field.itemBytes} bytes, there are ${found}`);
        }
      } else if (items.some((item) => item.length !== field.itemBytes * 2)) {
        problems.push(`the last of ${name} is not whole`);
      }
      decoded[name] = items;
      at = body.length;
    } else if (field.kind === 'counted-text') {
      const told = body[at] as number;
      decoded[field.lengthName] = told;
      decoded[name] = body.toString('latin1', at + 1, at + 1 + told);
      if (told > body.length - at - 1)
        problems.push(`${field.lengthName} tells of ${told} characters, there are fewer`);
      at = Math.min(body.length, at + 1 + told);
    } else {
      const value = readField(field, body, at);
      decoded[name] = showField(field, value);
      const oddity = oddityOf(name, field, body, at, value);
      if (oddity !== undefined) problems.push(oddity);
      at += needed;
    }
  }
  return { decoded, bytes: at, problems };
}

function chunksOf(body: Buffer, bytes: number): string[] {
  const chunks: string[] = [];
  for (let at = 0; at < body.length; at += bytes) chunks.push(body.toString('hex', at, at + bytes));
  return chunks;
}

/** What cannot be meant as it stands. */
function oddityOf(name: string, field: Field, body: Buffer, at: number, value: unknown): string | undefined {
  if (field.kind === 'slots' && body.subarray(at, at + field.count).some((slot) => slot > 3)) {
    return `${name} holds a rate above 3`;
  }
  // 0.01 to 2.55 yuan with its bytes turned round are multiples of 167,772.16 yuan.
  if (name === 'balance' && field.kind === 'uint' && (value as number) > 0 && (value as number) % 0x1000000 === 0) {
    return `${name} seems to be written with its high byte first`;
  }
  return undefined;
}
