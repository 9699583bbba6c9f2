import { CP56_BYTES, type Cp56Time } from './cp56-time.ts';

/** An unsigned little-endian integer. Its value stays an integer: `raw + offset`, in units of 10^-places. */
export interface UintField {
  readonly kind: 'uint';
  readonly bytes: 1 | 2 | 3 | 4 | 5;
  /** Decimal places of the unit: 4 with `kWh` means that 1 is 0.0001 kWh. */
  readonly places?: number;
  readonly unit?: string;
  /** Added to what is on the wire, in the same integer steps. */
  readonly offset?: number;
  /** What numbers stand for. Others occur. */
  readonly meanings?: Readonly<Record<number, string>>;
}

/** Two decimal digits a byte. Piles put hex letters there, too (SIM numbers, serials of their own make): read and written as hex text. */
export interface BcdField {
  readonly kind: 'bcd';
  readonly bytes: number;
}

/** Bytes as lower-case hex text. */
export interface BytesField {
  readonly kind: 'bytes';
  readonly bytes: number;
  readonly meanings?: Readonly<Record<string, string>>;
}

/** Text padded with zero bytes on the right. One character a byte, whatever it is: text from a pile is not to be trusted. */
export interface AsciiField {
  readonly kind: 'ascii';
  readonly bytes: number;
  /** The characters travel last first. */
  readonly reversed?: boolean;
}

export interface Cp56Field {
  readonly kind: 'cp56';
}

/** Half hours of a day, a byte each: numbers of rates. */
export interface SlotsField {
  readonly kind: 'slots';
  readonly count: number;
}

/** Single bits, little-endian; bit 1 is the least significant. The value is the whole number. */
export interface BitsField {
  readonly kind: 'bits';
  readonly bytes: 1 | 2;
  readonly meanings: readonly string[];
}

/** Highest cell voltage in 0.01 V (12 bits) and the number of its group (4 bits). */
export interface CellVoltageField {
  readonly kind: 'cell-voltage';
}

/** Entries of equal size up to the end of the body, as hex text each. */
export interface ListField {
  readonly kind: 'list';
  readonly itemBytes: number;
  /** Name of the byte before the list that counts the entries; absent: nothing counts them. */
  readonly countName?: string;
}

/** Text up to the end of the body, after a byte that tells its length. */
export interface CountedTextField {
  readonly kind: 'counted-text';
  readonly lengthName: string;
}

export type Field =
  | UintField
  | BcdField
  | BytesField
  | AsciiField
  | Cp56Field
  | SlotsField
  | BitsField
  | CellVoltageField
  | ListField
  | CountedTextField;

/** A body as data: names and types in the order on the wire. */
export type Fields = Readonly<Record<string, Field>>;

export interface CellVoltage {
  /** 0.01 V */
  readonly voltage: number;
  readonly group: number;
}

/** The type of a field's value. */
export type ValueOf<F extends Field> = F extends UintField | BitsField
  ? number
  : F extends Cp56Field
    ? Cp56Time
    : F extends SlotsField
      ? readonly number[]
      : F extends ListField
        ? readonly string[]
        : F extends CellVoltageField
          ? CellVoltage
          : string;

export type FieldValue = number | string | Cp56Time | CellVoltage | readonly number[] | readonly string[];

/** The values of a body, by the names of its table. */
export type ValuesOf<F extends Fields> = { readonly [Name in keyof F]: ValueOf<F[Name]> };

/** Bytes that a field takes; of one that reaches to the end of the body the least. */
export function minBytesOf(field: Field): number {
  switch (field.kind) {
    case 'cp56':
      return CP56_BYTES;
    case 'slots':
      return field.count;
    case 'cell-voltage':
      return 2;
    case 'list':
      return field.countName === undefined ? 0 : 1;
    case 'counted-text':
      return 1;
    default:
      return field.bytes;
  }
}

/** Whether the body's length depends on this field's content. */
export function isVariable(field: Field): boolean {
  return field.kind === 'list' || field.kind === 'counted-text';
}
