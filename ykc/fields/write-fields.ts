import { defineError } from '@voltpile/kernel/errors';
import { MAX_BODY_BYTES } from '../frames/frame.ts';
import { type Cp56Time, writeCp56 } from './cp56-time.ts';
import { type CellVoltage, type Field, type Fields, type FieldValue, minBytesOf } from './field-types.ts';

export const badValue = defineError('ykc.bad_value', 'InvalidArgument', '{field} must be {expected}');

/**
 * The body of a message.
 *
 * @throws ykc.bad_value when a value does not fit its field
 */
export function writeFields(fields: Fields, values: Readonly<Record<string, FieldValue>>): Buffer {
  const body = Buffer.alloc(bytesOf(fields, values));
  let at = 0;
  for (const [name, field] of Object.entries(fields)) {
    const value = values[name];
    if (value === undefined) throw badValue({ field: name, expected: 'given' });
    at += writeField(name, field, value, body, at);
  }
  return body;
}

function bytesOf(fields: Fields, values: Readonly<Record<string, FieldValue>>): number {
  let bytes = 0;
  for (const [name, field] of Object.entries(fields)) {
    bytes += minBytesOf(field);
    const value = values[name];
    if (field.kind === 'list' && Array.isArray(value)) bytes += value.length * field.itemBytes;
    if (field.kind === 'counted-text' && typeof value === 'string') bytes += value.length;
  }
  if (bytes > MAX_BODY_BYTES) throw badValue({ field: 'the body', expected: `at most ${MAX_BODY_BYTES} bytes` });
  return bytes;
}

function writeField(name: string, field: Field, value: FieldValue, body: Buffer, at: number): number {
  switch (field.kind) {
    case 'uint':
      writeUint(name, value as number, field.offset ?? 0, field.bytes, body, at);
      return field.bytes;
    case 'bits':
      writeUint(name, value as number, 0, field.bytes, body, at);
      return field.bytes;
    case 'bcd':
    case 'bytes':
      writeHex(name, value as string, field.bytes, body, at);
      return field.bytes;
    case 'ascii': {
      const text = value as string;
      checkText(name, text, field.bytes);
      body.write(field.reversed === true ? [...text].reverse().join('') : text, at, 'latin1');
      return field.bytes;
    }
    case 'cp56':
      checkCp56(name, value as Cp56Time);
      writeCp56(value as Cp56Time, body, at);
      return minBytesOf(field);
    case 'slots': {
      const numbers = value as readonly number[];
      if (numbers.length !== field.count) throw badValue({ field: name, expected: `${field.count} numbers` });
      for (const [index, number] of numbers.entries()) writeUint(name, number, 0, 1, body, at + index);
      return field.count;
    }
    case 'cell-voltage': {
      const { voltage, group } = value as CellVoltage;
      if (!isWithin(voltage, 0xfff)) throw badValue({ field: name, expected: 'a voltage of 0 to 4095' });
      if (!isWithin(group, 0xf)) throw badValue({ field: name, expected: 'a group of 0 to 15' });
      body.writeUInt16LE(voltage | (group << 12), at);
      return 2;
    }
    case 'list': {
      const items = value as readonly string[];
      const head = minBytesOf(field);
      if (head === 1) writeUint(name, items.length, 0, 1, body, at);
      for (const [index, item] of items.entries()) {
        writeHex(name, item, field.itemBytes, body, at + head + index * field.itemBytes);
      }
      return head + items.length * field.itemBytes;
    }
    case 'counted-text': {
      const text = value as string;
      checkText(name, text, 255);
      body[at] = text.length;
      body.write(text, at + 1, 'latin1');
      return 1 + text.length;
    }
  }
}

function isWithin(value: unknown, max: number): boolean {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= max;
}

function writeUint(name: string, value: number, offset: number, bytes: number, body: Buffer, at: number): void {
  const max = 2 ** (8 * bytes) - 1;
  if (!isWithin(value - offset, max)) {
    throw badValue({ field: name, expected: `an integer of ${offset} to ${max + offset}` });
  }
  body.writeUIntLE(value - offset, at, bytes);
}

function writeHex(name: string, value: string, bytes: number, body: Buffer, at: number): void {
  if (value.length !== bytes * 2 || !/^[0-9a-f]*$/i.test(value)) {
    throw badValue({ field: name, expected: `${bytes * 2} hex digits` });
  }
  body.write(value, at, bytes, 'hex');
}

function checkText(name: string, text: string, bytes: number): void {
  // Zero bytes at an end would be read as padding.
  const isPadded = text.startsWith('\0') || text.endsWith('\0');
  const isClean = [...text].every((character) => character.charCodeAt(0) <= 0xff) && !isPadded;
  if (text.length > bytes || !isClean) throw badValue({ field: name, expected: `at most ${bytes} Latin characters` });
}

function checkCp56(name: string, time: Cp56Time): void {
  const isFine =
    isWithin(time.millisecond, 0xffff) &&
    isWithin(time.minute, 0x3f) &&
    isWithin(time.hour, 0x1f) &&
    isWithin(time.day, 0x1f) &&
    isWithin(time.weekday, 7) &&
    isWithin(time.month, 0xf) &&
    isWithin(time.year, 0x7f) &&
    isWithin(time.spare, 0x3ff);
  if (!isFine) throw badValue({ field: name, expected: 'a time of the years 2000 to 2127' });
}
