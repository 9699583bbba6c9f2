import type { SampledValue } from '@voltpile/csms/contract/station-port';
import type { ValuesOf } from '@voltpile/ykc/fields/field-types';
import type { bmsDemand, bmsParameters, chargingEnd } from '@voltpile/ykc/messages/battery';
import { decimal } from './decimals.ts';
import { celsius, sample, stateOfCharge } from './samples.ts';

/**
 * Measurands for which OCPP has no name begin with `BMS.`. Currents of GB/T 27930 count from -400 A, and makers disagree on their sign: the size
 * counts.
 */
const amperes = (tenths: number): string => decimal(Math.abs(tenths), 1);

/** 0x23: what the car wants and measures. What the pile puts out stands in 0x13 as well. */
export function readDemandSamples(values: ValuesOf<typeof bmsDemand.fields>): SampledValue[] {
  const { demandV, demandI, measV, measI, cellMax, soc, remainMin } = values;
  return [
    sample({ measurand: 'BMS.DemandVoltage', value: decimal(demandV, 1), unit: 'V', location: 'EV' }),
    sample({ measurand: 'BMS.DemandCurrent', value: amperes(demandI), unit: 'A', location: 'EV' }),
    sample({ measurand: 'Voltage', value: decimal(measV, 1), unit: 'V', location: 'EV' }),
    sample({ measurand: 'Current.Import', value: amperes(measI), unit: 'A', location: 'EV' }),
    sample({ measurand: 'BMS.MaxCellVoltage', value: decimal(cellMax.voltage, 2), unit: 'V', location: 'EV' }),
    ...stateOfCharge({ location: 'EV' }, soc),
    sample({ measurand: 'BMS.RemainingTime', value: String(remainMin), unit: 'min', location: 'EV' }),
  ];
}

/** 0x25: temperatures of the pack. */
export function readTemperatureSamples(values: { readonly tMax: number; readonly tMin: number }): SampledValue[] {
  return [
    ...celsius({ measurand: 'BMS.MaxTemperature', location: 'EV' }, values.tMax),
    ...celsius({ measurand: 'BMS.MinTemperature', location: 'EV' }, values.tMin),
  ];
}

/** 0x17: how the pack is when the charge is configured, and the limits of both sides. */
export function readParameterSamples(values: ValuesOf<typeof bmsParameters.fields>): SampledValue[] {
  const { soc, packV, cellVmax, iMax, nominalEnergy, packVmax, tMax, pileVmax, pileVmin, pileImax, pileImin } = values;
  const at = { location: 'EV', context: 'Transaction.Begin' } as const;
  const pile = { location: 'Outlet', context: 'Transaction.Begin' } as const;
  return [
    ...stateOfCharge(at, soc, 1),
    sample({ measurand: 'Voltage', value: decimal(packV, 1), unit: 'V', ...at }),
    sample({ measurand: 'BMS.LimitCellVoltage', value: decimal(cellVmax, 2), unit: 'V', ...at }),
    sample({ measurand: 'BMS.LimitCurrent', value: amperes(iMax), unit: 'A', ...at }),
    sample({ measurand: 'BMS.NominalEnergy', value: decimal(nominalEnergy, 1), unit: 'kWh', ...at }),
    sample({ measurand: 'BMS.LimitVoltage', value: decimal(packVmax, 1), unit: 'V', ...at }),
    ...celsius({ measurand: 'BMS.LimitTemperature', ...at }, tMax),
    sample({ measurand: 'Pile.MaxVoltage', value: decimal(pileVmax, 1), unit: 'V', ...pile }),
    sample({ measurand: 'Pile.MinVoltage', value: decimal(pileVmin, 1), unit: 'V', ...pile }),
    sample({ measurand: 'Pile.MaxCurrent', value: amperes(pileImax), unit: 'A', ...pile }),
    sample({ measurand: 'Pile.MinCurrent', value: amperes(pileImin), unit: 'A', ...pile }),
  ];
}

/** 0x19: how the pack was left. */
export function readEndSamples(values: ValuesOf<typeof chargingEnd.fields>): SampledValue[] {
  const { soc, cellVmin, cellVmax, tMin, tMax } = values;
  const at = { location: 'EV', context: 'Transaction.End' } as const;
  return [
    ...stateOfCharge(at, soc),
    sample({ measurand: 'BMS.MinCellVoltage', value: decimal(cellVmin, 2), unit: 'V', ...at }),
    sample({ measurand: 'BMS.MaxCellVoltage', value: decimal(cellVmax, 2), unit: 'V', ...at }),
    ...celsius({ measurand: 'BMS.MinTemperature', ...at }, tMin),
    ...celsius({ measurand: 'BMS.MaxTemperature', ...at }, tMax),
  ];
}
