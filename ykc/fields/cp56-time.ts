/**
 * CP56Time2a, seven bytes: wall time at the pile without a zone. Holds every bit of the seven, so that what was read can be written again; piles
 * leave the day of the week 0 or one off, and nobody reads it.
 */
export interface Cp56Time {
  /** Within the minute, 0…65535 on the wire, 0…59999 when valid. */
  readonly millisecond: number;
  readonly minute: number;
  readonly hour: number;
  readonly day: number;
  /** 1 Monday … 7 Sunday, 0 not used. */
  readonly weekday: number;
  readonly month: number;
  /** Since 2000. */
  readonly year: number;
  /** The ten bits that have no use here (invalid, summer time, reserved), in the order of the bytes; 0 when none is set. */
  readonly spare: number;
}

export const CP56_BYTES = 7;

export function readCp56(bytes: Buffer, at: number): Cp56Time {
  const byte = (offset: number): number => bytes[at + offset] as number;
  return {
    millisecond: byte(0) | (byte(1) << 8),
    minute: byte(2) & 0x3f,
    hour: byte(3) & 0x1f,
    day: byte(4) & 0x1f,
    weekday: byte(4) >> 5,
    month: byte(5) & 0x0f,
    year: byte(6) & 0x7f,
    spare: (byte(2) >> 6) | ((byte(3) >> 5) << 2) | ((byte(5) >> 4) << 5) | ((byte(6) >> 7) << 9),
  };
}

export function writeCp56(time: Cp56Time, bytes: Buffer, at: number): void {
  const { spare } = time;
  bytes.writeUInt16LE(time.millisecond, at);
  bytes[at + 2] = time.minute | ((spare & 0x3) << 6);
  bytes[at + 3] = time.hour | (((spare >> 2) & 0x7) << 5);
  bytes[at + 4] = time.day | (time.weekday << 5);
  bytes[at + 5] = time.month | (((spare >> 5) & 0xf) << 4);
  bytes[at + 6] = time.year | (((spare >> 9) & 0x1) << 7);
}

/** `2020-03-16T17:14:47.000`, also for a time that does not exist (`2000-00-00T…`): what is written, for people. */
export function showCp56(time: Cp56Time): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const second = Math.floor(time.millisecond / 1000);
  const rest = String(time.millisecond % 1000).padStart(3, '0');
  return `${2000 + time.year}-${two(time.month)}-${two(time.day)}T${two(time.hour)}:${two(time.minute)}:${two(second)}.${rest}`;
}

/** Wall time as milliseconds that a UTC clock would show so; null for a time that does not exist. */
export function wallMsOfCp56(time: Cp56Time): number | null {
  const { year, month, day, hour, minute, millisecond } = time;
  if (month < 1 || month > 12 || hour > 23 || minute > 59 || millisecond > 59_999) return null;
  const at = Date.UTC(2000 + year, month - 1, day, hour, minute, 0, millisecond);
  const date = new Date(at);
  return date.getUTCDate() === day && date.getUTCMonth() === month - 1 ? at : null;
}

/** The inverse of {@link wallMsOfCp56}, with the day of the week. Years 2000…2127. */
export function cp56OfWallMs(wallMs: number): Cp56Time {
  const date = new Date(wallMs);
  return {
    millisecond: date.getUTCSeconds() * 1000 + date.getUTCMilliseconds(),
    minute: date.getUTCMinutes(),
    hour: date.getUTCHours(),
    day: date.getUTCDate(),
    weekday: date.getUTCDay() === 0 ? 7 : date.getUTCDay(),
    month: date.getUTCMonth() + 1,
    year: date.getUTCFullYear() - 2000,
    spare: 0,
  };
}

const WALL_TIME = /^(?<second>\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(?<fraction>\d{1,3}))?$/;

/** Reads what {@link showCp56} writes, the fraction of the second as wanted; null for what is no time from 2000 to 2127. */
export function cp56OfWallTime(text: string): Cp56Time | null {
  const { second, fraction = '' } = WALL_TIME.exec(text)?.groups ?? {};
  if (second === undefined) return null;
  const wallMs = Date.parse(`${second}.${fraction.padEnd(3, '0')}Z`);
  if (Number.isNaN(wallMs)) return null;
  const time = cp56OfWallMs(wallMs);
  const isThere = time.year >= 0 && time.year <= 127 && showCp56(time).startsWith(second);
  return isThere ? time : null;
}
