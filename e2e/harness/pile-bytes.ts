/*
 * How YKC puts numbers, digits and times into bytes, written down from the tables of the protocol and from nothing else: this file shares no
 * code with `ykc/`, so that a misreading there is found.
 */

/** CRC-16/MODBUS: reflected 0x8005, from 0xFFFF, bit by bit. */
export function crc16(bytes: Uint8Array): number {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >> 1) ^ 0xa001 : crc >> 1;
  }
  return crc;
}

/** An unsigned number of so many bytes, the lowest first. */
export function number(value: number, bytes: 1 | 2 | 3 | 4 | 5): Buffer {
  if (!Number.isSafeInteger(value) || value < 0 || value >= 256 ** bytes) throw new Error(`${value} in ${bytes} bytes`);
  const buffer = Buffer.alloc(bytes);
  buffer.writeUIntLE(value, 0, bytes);
  return buffer;
}

/** Two decimal digits a byte, zeros in front. */
export function bcd(digits: string, bytes: number): Buffer {
  if (!/^\d*$/.test(digits) || digits.length > bytes * 2) throw new Error(`"${digits}" in ${bytes} bytes`);
  return Buffer.from(digits.padStart(bytes * 2, '0'), 'hex');
}

/** Text with zeros behind it. */
export function ascii(text: string, bytes: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  buffer.write(text, 'latin1');
  return buffer;
}

/** Hex digits at the right end, zeros in front: how most readers tell a card. */
export function rightAligned(hex: string, bytes: number): Buffer {
  return Buffer.from(hex.padStart(bytes * 2, '0'), 'hex');
}

const MINUTE_MS = 60_000;

/**
 * CP56Time2a of the wall clock.
 *
 * @param at milliseconds since 1970, UTC
 * @param offsetMinutes how far the wall clock is ahead of UTC
 */
export function wallTime(at: number, offsetMinutes: number): Buffer {
  const wall = new Date(at + offsetMinutes * MINUTE_MS);
  return Buffer.concat([
    number(wall.getUTCSeconds() * 1000 + wall.getUTCMilliseconds(), 2),
    number(wall.getUTCMinutes(), 1),
    number(wall.getUTCHours(), 1),
    // Sunday is 7.
    number(wall.getUTCDate() | ((wall.getUTCDay() || 7) << 5), 1),
    number(wall.getUTCMonth() + 1, 1),
    number(wall.getUTCFullYear() - 2000, 1),
  ]);
}

/** Milliseconds since 1970, UTC, of a CP56Time2a. */
export function readWallTime(bytes: Buffer, offsetMinutes: number): number {
  const [minute, hour, day, month, year] = [2, 3, 4, 5, 6].map((index) => bytes.readUInt8(index)) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const wall = Date.UTC(2000 + (year & 0x7f), (month & 0x0f) - 1, day & 0x1f, hour & 0x1f, minute & 0x3f);
  return wall + bytes.readUInt16LE(0) - offsetMinutes * MINUTE_MS;
}

export interface FrameOptions {
  /** Two bytes as they go onto the wire; zeros when absent. */
  readonly sequence?: Buffer | undefined;
  /** 0 when absent: none. */
  readonly encryption?: number | undefined;
  /** In place of the true length. */
  readonly length?: number | undefined;
  /** In place of the true checksum, low byte first. */
  readonly crc?: number | undefined;
}

/** One frame: start, length, sequence, encryption, type, body, CRC of sequence … body with its low byte first. */
export function frame(type: number, body: Buffer, options: FrameOptions = {}): Buffer {
  const { sequence = Buffer.alloc(2), encryption = 0, length = body.length + 4 } = options;
  const covered = Buffer.concat([sequence, Buffer.from([encryption, type]), body]);
  return Buffer.concat([Buffer.from([0x68, length]), covered, number(options.crc ?? crc16(covered), 2)]);
}

/** A frame as it was read. */
export interface ReadFrame {
  readonly type: number;
  /** Two bytes, never interpreted. */
  readonly sequence: Buffer;
  readonly body: Buffer;
}

/**
 * Cuts the first frame from what was read.
 *
 * @returns undefined when it is not complete
 * @throws when it is none, by the letter: what a server sends must be exact
 */
export function cutFrame(bytes: Buffer): { readonly frame: ReadFrame; readonly rest: Buffer } | undefined {
  const [start, length] = [bytes[0], bytes[1]];
  if (start !== undefined && start !== 0x68) throw new Error(`no frame begins with ${bytes.toString('hex', 0, 8)}`);
  if (length === undefined || bytes.length < length + 4) return undefined;
  const whole = bytes.subarray(0, length + 4);
  const told = whole.readUInt16LE(length + 2);
  if (length < 4 || crc16(whole.subarray(2, length + 2)) !== told) throw new Error(`broken: ${whole.toString('hex')}`);
  if (whole[4] !== 0) throw new Error(`encrypted: ${whole.toString('hex')}`);
  return {
    frame: {
      type: whole.readUInt8(5),
      sequence: Buffer.from(whole.subarray(2, 4)),
      body: Buffer.from(whole.subarray(6, length + 2)),
    },
    rest: bytes.subarray(length + 4),
  };
}

/** `0x3B` */
export function nameOf(type: number): string {
  return `0x${type.toString(16).toUpperCase().padStart(2, '0')}`;
}
