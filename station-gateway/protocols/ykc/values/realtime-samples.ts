import type { SampledValue } from '@voltpile/csms/contract/station-port';
import type { ValuesOf } from '@voltpile/ykc/fields/field-types';
import type { realtimeData } from '@voltpile/ykc/messages/realtime-data';
import { decimal } from './decimals.ts';
import { celsius, sample, stateOfCharge } from './samples.ts';

/** What 0x13 measures. Its energy counts from the start of the charge; what a pile does not know (0 %, 50 °C below zero) is left out. */
export function readRealtimeSamples(values: ValuesOf<typeof realtimeData.fields>): SampledValue[] {
  const { voltage, current, soc, cableTemp, battTempMax, energy } = values;
  const samples = [
    sample({
      measurand: 'Energy.Active.Import.Register',
      value: decimal(energy, 1),
      unit: 'Wh',
      location: 'Outlet',
      basis: 'session',
    }),
    sample({ measurand: 'Voltage', value: decimal(voltage, 1), unit: 'V', location: 'Outlet' }),
    sample({ measurand: 'Current.Import', value: decimal(current, 1), unit: 'A', location: 'Outlet' }),
  ];
  if (soc > 0) samples.push(...stateOfCharge({ location: 'EV' }, soc));
  samples.push(...celsius({ measurand: 'Temperature', location: 'Cable' }, cableTemp));
  samples.push(...celsius({ measurand: 'Temperature', location: 'EV' }, battTempMax));
  return samples;
}
