/** The little of DER (ITU-T X.690) that certificates need: writing values, and walking through them. */

export const DER = {
  integer: 0x02,
  bitString: 0x03,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  sequence: 0x30,
  set: 0x31,
  context0: 0xa0,
} as const;

/** One value: tag, length, content. */
export function writeDer(tag: number, ...content: Buffer[]): Buffer {
  const body = Buffer.concat(content);
  return Buffer.concat([Buffer.from([tag]), lengthBytes(body.length), body]);
}

function lengthBytes(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest >>>= 8) bytes.unshift(rest & 0xff);
  return Buffer.from([0x80 | bytes.length, ...bytes]);
}

/** An object identifier from its dotted form. */
export function objectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second];
  for (const arc of rest) {
    const groups = [arc & 0x7f];
    for (let left = arc >>> 7; left > 0; left >>>= 7) groups.unshift((left & 0x7f) | 0x80);
    bytes.push(...groups);
  }
  return writeDer(DER.objectIdentifier, Buffer.from(bytes));
}

export interface DerValue {
  readonly tag: number;
  readonly content: Buffer;
  /** Tag, length and content. */
  readonly whole: Buffer;
}

/** Splits bytes into the values that they consist of. @throws RangeError when they are no DER */
export function readDer(bytes: Buffer): DerValue[] {
  const values: DerValue[] = [];
  for (let offset = 0; offset < bytes.length; ) {
    const tag = bytes.readUInt8(offset);
    let length = bytes.readUInt8(offset + 1);
    let start = offset + 2;
    if (length >= 0x80) {
      const count = length & 0x7f;
      if (count === 0 || count > 4) throw new RangeError('The length of a DER value is not readable');
      length = bytes.readUIntBE(start, count);
      start += count;
    }
    if (start + length > bytes.length) throw new RangeError('A DER value is longer than its surroundings');
    values.push({ tag, content: bytes.subarray(start, start + length), whole: bytes.subarray(offset, start + length) });
    offset = start + length;
  }
  return values;
}
