import { FLAT_COMPONENT } from '../contract/station-port.ts';
import { deviceName } from '../device-model/device-name.ts';
import { findActualValues, findMaxLimits } from '../persistence/device-model-repository.ts';
import type { ReadListLimits, ToldListLimits } from './list-limits.ts';

/**
 * Where a station tells the limits of its list: OCPP 1.6 §9.3; OCPP 2.0.1 part 2, LocalAuthListCtrlr, where the length of the list is the largest
 * value that its `Entries` can have.
 */
const ENTRIES_PER_MESSAGE = [
  key('LocalAuthListCtrlr', 'ItemsPerMessage'),
  key(FLAT_COMPONENT, 'SendLocalListMaxLength'),
];
const BYTES_PER_MESSAGE = [key('LocalAuthListCtrlr', 'BytesPerMessage')];
const MAX_ENTRIES = [key(FLAT_COMPONENT, 'LocalAuthListMaxLength')];
const ENTRIES = [key('LocalAuthListCtrlr', 'Entries')];

/** The limits of a station's local list as its device model has them. */
export const readToldLimits: ReadListLimits = async (db, station): Promise<ToldListLimits> => {
  const values = await findActualValues(db, station, [...ENTRIES_PER_MESSAGE, ...BYTES_PER_MESSAGE, ...MAX_ENTRIES]);
  const limits = await findMaxLimits(db, station, ENTRIES);
  return {
    entriesPerMessage: first(values, ENTRIES_PER_MESSAGE),
    bytesPerMessage: first(values, BYTES_PER_MESSAGE),
    maxEntries: first(values, MAX_ENTRIES) ?? first(limits, ENTRIES),
  };
};

function key(component: string, variable: string): string {
  return deviceName({ name: component }, { name: variable }).key;
}

function first(values: ReadonlyMap<string, string>, keys: readonly string[]): number | undefined {
  for (const each of keys) {
    const value = values.get(each);
    // Some stations write whole numbers as decimals.
    if (value !== undefined && /^\s*\d{1,9}(?:\.0*)?\s*$/.test(value)) return Number(value);
  }
  return undefined;
}
