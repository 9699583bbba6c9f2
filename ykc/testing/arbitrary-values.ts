import fc from 'fast-check';
import type { Field, Fields, FieldValue } from '../fields/field-types.ts';

/** Any values that a body of these fields can carry. */
export function arbitraryValues(fields: Fields): fc.Arbitrary<Record<string, FieldValue>> {
  const entries = Object.entries(fields);
  const free = 251 - entries.reduce((sum, [, field]) => sum + ('bytes' in field ? field.bytes : 8), 0);
  return fc.record(Object.fromEntries(entries.map(([name, field]) => [name, arbitraryValue(field, free)])), {
    noNullPrototype: true,
  });
}

const hex = (bytes: number): fc.Arbitrary<string> =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((value) => Buffer.from(value).toString('hex'));

const latin = (max: number): fc.Arbitrary<string> =>
  fc.uint8Array({ maxLength: max }).map((value) =>
    Buffer.from(value)
      .toString('latin1')
      .replace(/^\0+|\0+$/g, ''),
  );

function arbitraryValue(field: Field, free: number): fc.Arbitrary<FieldValue> {
  switch (field.kind) {
    case 'uint': {
      const offset = field.offset ?? 0;
      return fc.integer({ min: offset, max: 2 ** (8 * field.bytes) - 1 + offset });
    }
    case 'bits':
      return fc.integer({ min: 0, max: 2 ** (8 * field.bytes) - 1 });
    case 'bcd':
    case 'bytes':
      return hex(field.bytes);
    case 'ascii':
      return latin(field.bytes);
    case 'cp56':
      return fc.record(
        {
          millisecond: fc.nat(0xffff),
          minute: fc.nat(0x3f),
          hour: fc.nat(0x1f),
          day: fc.nat(0x1f),
          weekday: fc.nat(7),
          month: fc.nat(0xf),
          year: fc.nat(0x7f),
          spare: fc.nat(0x3ff),
        },
        { noNullPrototype: true },
      );
    case 'slots':
      return fc.array(fc.nat(255), { minLength: field.count, maxLength: field.count });
    case 'cell-voltage':
      return fc.record({ voltage: fc.nat(0xfff), group: fc.nat(0xf) }, { noNullPrototype: true });
    case 'list':
      return fc.array(hex(field.itemBytes), { maxLength: Math.floor(free / field.itemBytes) });
    case 'counted-text':
      return latin(200);
  }
}
