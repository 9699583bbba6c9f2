import { defineError } from '@voltpile/kernel/errors';
import { readCp56 } from './cp56-time.ts';
import {
  type AsciiField,
  type Field,
  type Fields,
  type FieldValue,
  type ListField,
  minBytesOf,
} from './field-types.ts';

export const bodyTooShort = defineError(
  'ykc.body_too_short',
  'InvalidArgument',
  'the body ends before {field}: {bytes} bytes, and {needed} are needed',
);
export const badCount = defineError(
  'ykc.bad_count',
  'InvalidArgument',
  '{field} tells of {told}, and {found} bytes are there',
);

/** Values, and how many bytes of the body they took. */
export interface ReadFields {
  readonly values: Readonly<Record<string, FieldValue>>;
  readonly bytes: number;
}

/**
 * Reads a body by its table. What follows the last field of the table is left alone: makers append.
 *
 * @throws ykc.body_too_short, ykc.bad_count
 */
export function readFields(fields: Fields, body: Buffer): ReadFields {
  const values: Record<string, FieldValue> = {};
  let at = 0;
  for (const [name, field] of Object.entries(fields)) {
    const needed = minBytesOf(field);
    if (at + needed > body.length) throw bodyTooShort({ field: name, bytes: body.length, needed: at + needed });
    if (field.kind === 'list') {
      const items = readList(name, field, body, at);
      values[name] = items;
      at += needed + items.length * field.itemBytes;
    } else if (field.kind === 'counted-text') {
      const told = body[at] as number;
      const found = body.length - at - 1;
      if (told > found) throw badCount({ field: field.lengthName, told, found });
      values[name] = body.toString('latin1', at + 1, at + 1 + told);
      at += 1 + told;
    } else {
      values[name] = readField(field, body, at);
      at += needed;
    }
  }
  return { values, bytes: at };
}

/** Reads one field of a fixed size; the bytes must be there. */
export function readField(
  field: Exclude<Field, { kind: 'list' | 'counted-text' }>,
  body: Buffer,
  at: number,
): FieldValue {
  switch (field.kind) {
    case 'uint':
      return body.readUIntLE(at, field.bytes) + (field.offset ?? 0);
    case 'bits':
      return body.readUIntLE(at, field.bytes);
    case 'bcd':
    case 'bytes':
      return body.toString('hex', at, at + field.bytes);
    case 'ascii':
      return readAscii(field, body, at);
    case 'cp56':
      return readCp56(body, at);
    case 'slots':
      return [...body.subarray(at, at + field.count)];
    case 'cell-voltage': {
      const raw = body.readUInt16LE(at);
      return { voltage: raw & 0x0fff, group: raw >> 12 };
    }
  }
}

function readAscii(field: AsciiField, body: Buffer, at: number): string {
  let start = at;
  let end = at + field.bytes;
  while (end > start && body[end - 1] === 0) end -= 1;
  if (field.reversed !== true) return body.toString('latin1', start, end);
  // Nobody says whether the padding is turned round with the text.
  while (start < end && body[start] === 0) start += 1;
  return [...body.toString('latin1', start, end)].reverse().join('');
}

function readList(name: string, field: ListField, body: Buffer, from: number): string[] {
  const isCounted = field.countName !== undefined;
  const at = isCounted ? from + 1 : from;
  const found = body.length - at;
  const count = isCounted ? (body[from] as number) : found / field.itemBytes;
  const isWhole = isCounted ? count * field.itemBytes <= found : Number.isInteger(count);
  if (!isWhole)
    throw badCount({
      field: field.countName ?? name,
      told: isCounted ? count : `${field.itemBytes} bytes each`,
      found,
    });
  return Array.from({ length: count }, (_, index) => {
    const start = at + index * field.itemBytes;
    return body.toString('hex', start, start + field.itemBytes);
  });
}
