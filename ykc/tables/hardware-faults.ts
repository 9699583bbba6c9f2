import { bitNumbers } from '../fields/show-fields.ts';

/** Bits of 0x13 `faults` from the least significant (V1.6, hardware faults). */
export const HARDWARE_FAULTS: readonly string[] = [
  'emergency stop',
  'no rectifier available',
  'outlet air too hot',
  'AC surge protection',
  'DC20 module communication',
  'FC08 insulation monitor communication',
  'meter communication',
  'card reader communication',
  'RC10 communication',
  'fan board',
  'DC fuse',
  'HV contactor',
  'door open',
];

/** Names of the faults that are set; bits without a name by their number. */
export function hardwareFaults(faults: number): string[] {
  return bitNumbers(faults).map((bit) => HARDWARE_FAULTS[bit - 1] ?? `bit ${bit}`);
}
