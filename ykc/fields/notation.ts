import type {
  AsciiField,
  BcdField,
  BitsField,
  BytesField,
  CellVoltageField,
  CountedTextField,
  Cp56Field,
  Field,
  ListField,
  SlotsField,
  UintField,
} from './field-types.ts';

/** The words in which the tables of messages are written. */

interface UintOptions {
  readonly offset?: number;
  readonly meanings?: Readonly<Record<number, string>>;
}

const uint =
  <B extends UintField['bytes']>(bytes: B) =>
  (options: UintOptions = {}): UintField => ({ kind: 'uint', bytes, ...options });

export const u8 = uint(1);
export const u16 = uint(2);
export const u24 = uint(3);
export const u32 = uint(4);
export const u40 = uint(5);

/** An integer in steps of 10^-places of a unit. @param offset added to the wire's number, in those steps */
export function scaled(bytes: UintField['bytes'], places: number, unit: string, offset?: number): UintField {
  return { kind: 'uint', bytes, places, unit, ...(offset === undefined ? {} : { offset }) };
}

export const volts = scaled(2, 1, 'V');
export const cellVolts = scaled(2, 2, 'V');
export const amperes = scaled(2, 1, 'A');
/** Currents of GB/T 27930 count from -400 A. */
export const offsetAmperes = scaled(2, 1, 'A', -4000);
export const celsius = scaled(1, 0, '°C', -50);
export const percent = scaled(1, 0, '%');
export const minutes = scaled(2, 0, 'min');
export const tenThousandthKwh = scaled(4, 4, 'kWh');
export const meterKwh = scaled(5, 4, 'kWh');
export const tenthKwh = scaled(2, 1, 'kWh');
export const yuanPerKwh = scaled(4, 5, 'yuan/kWh');
export const tenThousandthYuan = scaled(4, 4, 'yuan');
export const balanceYuan = scaled(4, 2, 'yuan');

export const bcd = (bytes: number): BcdField => ({ kind: 'bcd', bytes });
export const bytes = (count: number, meanings?: Readonly<Record<string, string>>): BytesField => ({
  kind: 'bytes',
  bytes: count,
  ...(meanings === undefined ? {} : { meanings }),
});
export const ascii = (count: number): AsciiField => ({ kind: 'ascii', bytes: count });
export const reversedAscii = (count: number): AsciiField => ({ kind: 'ascii', bytes: count, reversed: true });
export const cp56: Cp56Field = { kind: 'cp56' };
export const slots = (count: number): SlotsField => ({ kind: 'slots', count });
export const bits = (count: BitsField['bytes'], meanings: readonly string[]): BitsField => ({
  kind: 'bits',
  bytes: count,
  meanings,
});
export const cellVoltage: CellVoltageField = { kind: 'cell-voltage' };
export const list = (itemBytes: number): ListField => ({ kind: 'list', itemBytes });
export const countedList = (countName: string, itemBytes: number): ListField => ({
  kind: 'list',
  itemBytes,
  countName,
});
export const countedText = (lengthName: string): CountedTextField => ({ kind: 'counted-text', lengthName });

/** Number of a pile, issued by the platform: 14 digits. */
export const pileNo = bcd(7);
/** Gun of a pile: `01`… */
export const gun = bcd(1);
/** Serial of a charge: 32 digits. */
export const txSerial = bcd(16);

/** What the frames about a charge begin with. */
export const CHARGE_HEAD = { txSerial, pileNo, gun } as const satisfies Record<string, Field>;
/** What the frames about a gun begin with. */
export const GUN_HEAD = { pileNo, gun } as const satisfies Record<string, Field>;
