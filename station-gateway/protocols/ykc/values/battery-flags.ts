/** Two-bit fields of GB/T 27930, from the low bits on; null: reserved. */
export type FlagNames = readonly (readonly (string | null)[])[];

/** 0x1B (V1.6 §7.5): what did not come in time (1), or is not to be trusted (2), by byte. */
export const MESSAGE_ERRORS: FlagNames = [
  ['charger-recognition-00', 'charger-recognition-aa'],
  ['charger-time-and-limits', 'charger-ready'],
  ['charger-status', 'charger-stop'],
  ['charger-statistics'],
  ['bms-recognition'],
  ['battery-parameters', 'bms-ready'],
  ['battery-status', 'battery-demand', 'bms-stop'],
  ['bms-statistics'],
];

/** 0x1D (V1.6 §7.6): reason, fault (two bytes), error. */
export const BMS_ABORT: FlagNames = [
  ['soc-reached', 'voltage-reached', 'cell-voltage-reached', 'charger-stopped'],
  ['insulation', 'output-connector-temperature', 'bms-temperature', 'connector'],
  ['pack-temperature', 'relay', 'check-point-2', 'other'],
  ['over-current', 'voltage-abnormal'],
];

/** 0x21 (V1.6 §7.6). */
export const CHARGER_ABORT: FlagNames = [
  ['condition-reached', 'manual', 'abnormal', 'bms-stopped'],
  ['charger-temperature', 'connector', 'internal-temperature', 'energy-not-deliverable'],
  ['emergency-stop', 'other'],
  ['current-mismatch', 'voltage-abnormal'],
];

const WORDS: Readonly<Record<number, string>> = { 1: 'yes', 2: 'not-to-be-trusted', 3: 'invalid' };

/** The flags that are set, by name. `3` is nothing that the standard knows. */
export function readFlags(hex: string, names: FlagNames): Record<string, string> {
  const flags: Record<string, string> = {};
  const bytes = Buffer.from(hex, 'hex');
  names.forEach((ofByte, index) => {
    ofByte.forEach((name, position) => {
      const word = WORDS[((bytes[index] ?? 0) >> (position * 2)) & 0x3];
      if (name !== null && word !== undefined) flags[name] = word;
    });
  });
  return flags;
}
