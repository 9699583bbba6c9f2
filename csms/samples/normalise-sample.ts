import { shiftDecimal } from '@voltpile/kernel/units';
import type { SampledValue } from '../contract/station-port.ts';

/** What a sample measures. Interned in `csms.sample_kinds`. */
export interface SampleKind {
  readonly measurand: string;
  readonly phase: string | null;
  readonly location: string | null;
  readonly context: string | null;
  readonly format: string | null;
  /** Base unit; null when the measurand has none and none was given. */
  readonly unit: string | null;
  readonly basis: 'register' | 'session';
}

export interface NormalisedSample {
  readonly kind: SampleKind;
  /** Decimal text in the kind's unit; null when the value is no number. */
  readonly value: string | null;
  /** The value as it came, when it is no number. */
  readonly text: string | null;
}

/** Units as stations write them (folded to lower case) → base unit and how far the decimal point moves. */
const UNITS: Readonly<Record<string, readonly [unit: string, power: number]>> = {
  wh: ['Wh', 0],
  kwh: ['Wh', 3],
  mwh: ['Wh', 6],
  varh: ['varh', 0],
  kvarh: ['varh', 3],
  vah: ['VAh', 0],
  kvah: ['VAh', 3],
  w: ['W', 0],
  kw: ['W', 3],
  mw: ['W', 6],
  va: ['VA', 0],
  kva: ['VA', 3],
  var: ['var', 0],
  kvar: ['var', 3],
  a: ['A', 0],
  ma: ['A', -3],
  v: ['V', 0],
  kv: ['V', 3],
  hz: ['Hz', 0],
  k: ['K', 0],
  celsius: ['Celsius', 0],
  // the misspelling is OCPP 1.6's own
  celcius: ['Celsius', 0],
  fahrenheit: ['Fahrenheit', 0],
  percent: ['Percent', 0],
  '%': ['Percent', 0],
  rpm: ['RPM', 0],
};

/** What a value without a unit is in. OCPP 1.6 §7.45 and 2.0.1 §2.41: energy defaults to Wh; the rest is what stations mean. */
const DEFAULT_UNITS: readonly [prefix: string, unit: string][] = [
  ['Energy.Reactive', 'varh'],
  ['Energy.Apparent', 'VAh'],
  ['Energy', 'Wh'],
  ['Power.Reactive', 'var'],
  ['Power.Factor', ''],
  ['Power', 'W'],
  ['Current', 'A'],
  ['Voltage', 'V'],
  ['Frequency', 'Hz'],
  ['SoC', 'Percent'],
  ['Temperature', 'Celsius'],
  ['RPM', 'RPM'],
];

/** Text fields longer than this are no OCPP words; the sample is then kept as text under the measurand `Other`. */
const MAX_WORD = 64;

/**
 * Brings a sampled value to its base unit, exactly. Nothing is thrown away: what is no number stays as text, an unknown unit stays as it
 * is.
 */
export function normaliseSample(sample: SampledValue): NormalisedSample {
  const { measurand, phase, location, context, format, basis } = sample;
  if (
    tooLong(measurand) ||
    tooLong(phase) ||
    tooLong(location) ||
    tooLong(context) ||
    tooLong(format) ||
    tooLong(sample.unit)
  ) {
    const kind = { measurand: 'Other', phase: null, location: null, context: null, format: null, unit: null, basis };
    return { kind, value: null, text: JSON.stringify(sample) };
  }
  const [unit, power] = baseUnit(measurand, sample.unit);
  const kind = { measurand, phase, location, context, format, unit, basis };
  const value = format === null || format === 'Raw' ? shiftDecimal(sample.value, power) : undefined;
  return value === undefined ? { kind, value: null, text: sample.value } : { kind, value, text: null };
}

function tooLong(word: string | null): boolean {
  return word !== null && word.length > MAX_WORD;
}

function baseUnit(measurand: string, given: string | null): readonly [unit: string | null, power: number] {
  const word = given?.trim() ?? '';
  if (word === '') {
    const known = DEFAULT_UNITS.find(([prefix]) => measurand.startsWith(prefix));
    return [known === undefined || known[1] === '' ? null : known[1], 0];
  }
  // a megawatt is no milliwatt, but no pile measures in milliwatts: upper and lower case mean the same
  return UNITS[word.toLowerCase()] ?? [word, 0];
}

/** The register that energy is billed by: imported, of the outlet as a whole, counting up from the meter's first day. */
export function isBillingRegister(kind: SampleKind): boolean {
  return kind.basis === 'register' && isImportedEnergy(kind);
}

/** The same energy, counting from the start of the charge. */
export function isSessionEnergy(kind: SampleKind): boolean {
  return kind.basis === 'session' && isImportedEnergy(kind);
}

function isImportedEnergy(kind: SampleKind): boolean {
  return (
    kind.measurand === 'Energy.Active.Import.Register' &&
    kind.phase === null &&
    (kind.location === null || kind.location === 'Outlet') &&
    (kind.format === null || kind.format === 'Raw') &&
    kind.unit === 'Wh'
  );
}
