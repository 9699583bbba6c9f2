import type { SampledValue } from '@voltpile/csms/contract/station-port';

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
export const NO_TEMPERATURE = -50;
