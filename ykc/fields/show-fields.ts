import { type Cp56Time, showCp56 } from './cp56-time.ts';
import type { CellVoltage, Field, FieldValue } from './field-types.ts';

/** A value as people read it: scaled numbers with their point, times as text, bits by number. */
export function showField(field: Field, value: FieldValue): unknown {
  switch (field.kind) {
    case 'uint':
      return (value as number) / 10 ** (field.places ?? 0);
    case 'bits':
      return bitNumbers(value as number);
    case 'cp56':
      return showCp56(value as Cp56Time);
    case 'slots':
      // A rate's number is one digit; what is none is odd and shown as such.
      return (value as readonly number[]).map((slot) => (slot <= 9 ? String(slot) : '?')).join('');
    case 'cell-voltage': {
      const { voltage, group } = value as CellVoltage;
      return { voltage: voltage / 100, group };
    }
    default:
      return value;
  }
}

/** Numbers of the bits that are set; 1 is the least significant. */
export function bitNumbers(value: number): number[] {
  const numbers: number[] = [];
  for (let bit = 0; value >> bit > 0; bit++) if (((value >> bit) & 1) === 1) numbers.push(bit + 1);
  return numbers;
}
