import type { SampledValue } from '@voltpile/csms/contract/station-port';
import { decimal } from './decimals.ts';

export interface SampleFacts {
  readonly measurand: string;
  readonly value: string;
  readonly unit: string;
  readonly location?: 'Outlet' | 'EV' | 'Cable' | undefined;
  readonly context?: string | undefined;
  readonly basis?: 'register' | 'session' | undefined;
}

export function sample({ measurand, value, unit, location, context, basis }: SampleFacts): SampledValue {
  return {
    measurand,
    phase: null,
    location: location ?? null,
    context: context ?? 'Sample.Periodic',
    format: null,
    unit,
    value,
    basis: basis ?? 'register',
  };
}

/** 0 on the wire, which stands for 50 °C below zero, is a sensor that does not tell. */
const NO_TEMPERATURE = -50;
/** More is no state of charge: GB/T 27930 fills with ones what a battery does not tell. */
const FULL_TENTHS = 1000;

/** A temperature, when the sensor tells one. */
export function celsius(facts: Omit<SampleFacts, 'value' | 'unit'>, degrees: number): SampledValue[] {
  return degrees === NO_TEMPERATURE ? [] : [sample({ ...facts, value: String(degrees), unit: 'Celsius' })];
}

/** A state of charge, when the battery tells one. @param places decimal places of `percent`, 0 or 1 */
export function stateOfCharge(
  facts: Omit<SampleFacts, 'measurand' | 'value' | 'unit'>,
  percent: number,
  places = 0,
): SampledValue[] {
  if (percent * 10 ** (1 - places) > FULL_TENTHS) return [];
  return [sample({ ...facts, measurand: 'SoC', value: decimal(percent, places), unit: 'Percent' })];
}
