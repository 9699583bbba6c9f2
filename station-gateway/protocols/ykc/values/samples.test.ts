import assert from 'node:assert/strict';
import type { SampledValue } from '@voltpile/csms/contract/station-port';
import { readDemandSamples, readEndSamples, readParameterSamples, readTemperatureSamples } from './battery-samples.ts';
import { decimal } from './decimals.ts';
import { readRealtimeSamples } from './realtime-samples.ts';

const short = (samples: readonly SampledValue[]) =>
  samples.map(({ measurand, value, unit, location }) => `${measurand} ${value} ${unit} ${location}`);

const HEAD = { txSerial: '0'.repeat(32), pileNo: '32010600019236', gun: '01' };
const REALTIME = {
  ...HEAD,
  status: 3,
  homed: 0,
  plugged: 1,
  voltage: 3732,
  current: 1012,
  cableTemp: 34,
  cableCode: '0'.repeat(16),
  soc: 78,
  battTempMax: 35,
  chargedMin: 16,
  remainMin: 32,
  energy: 88_000,
  lossEnergy: 0,
  amount: 93_280,
  faults: 0,
};

describe('what frames measure', () => {
  it('decimals are exact', () => {
    assert.equal(decimal(12_345, 4), '1.2345');
    assert.equal(decimal(5, 4), '0.0005');
    assert.equal(decimal(0, 1), '0.0');
    assert.equal(decimal(-5, 1), '-0.5');
    assert.equal(decimal(7, 0), '7');
    assert.equal(decimal(1_099_511_627_775, 1), '109951162777.5');
  });

  it('0x13: the energy of the charge so far, and what car and cable tell', () => {
    const samples = readRealtimeSamples(REALTIME);
    assert.deepEqual(short(samples), [
      'Energy.Active.Import.Register 8800.0 Wh Outlet',
      'Voltage 373.2 V Outlet',
      'Current.Import 101.2 A Outlet',
      'SoC 78 Percent EV',
      'Temperature 34 Celsius Cable',
      'Temperature 35 Celsius EV',
    ]);
    assert.deepEqual(
      samples.map(({ basis }) => basis),
      ['session', ...Array(5).fill('register')],
    );
  });

  it('0x13: what is not known is left out: no sensor, AC, more than full', () => {
    const none = { ...REALTIME, soc: 0, cableTemp: -50, battTempMax: -50 };
    assert.equal(readRealtimeSamples(none).length, 3);
    assert.equal(readRealtimeSamples({ ...none, soc: 255 }).length, 3);
    assert.equal(readRealtimeSamples({ ...none, soc: 100 }).length, 4);
  });

  it('0x23: currents by their size, whichever sign the maker uses', () => {
    const demand = {
      ...HEAD,
      demandV: 4000,
      demandI: -1500,
      mode: 2,
      measV: 3987,
      measI: 1499,
      cellMax: { voltage: 345, group: 3 },
      soc: 0,
      remainMin: 30,
      outV: 3990,
      outI: 1500,
      chargedMin: 10,
    };
    assert.deepEqual(short(readDemandSamples(demand)), [
      'BMS.DemandVoltage 400.0 V EV',
      'BMS.DemandCurrent 150.0 A EV',
      'Voltage 398.7 V EV',
      'Current.Import 149.9 A EV',
      'BMS.MaxCellVoltage 3.45 V EV',
      'SoC 0 Percent EV',
      'BMS.RemainingTime 30 min EV',
    ]);
    assert.ok(!short(readDemandSamples({ ...demand, soc: 0xff })).some((text) => text.startsWith('SoC')));
  });

  it('0x25: temperatures that are told', () => {
    assert.deepEqual(short(readTemperatureSamples({ tMax: 31, tMin: 22 })), [
      'BMS.MaxTemperature 31 Celsius EV',
      'BMS.MinTemperature 22 Celsius EV',
    ]);
    assert.deepEqual(readTemperatureSamples({ tMax: -50, tMin: -50 }), []);
  });

  it('0x17 and 0x19: at the begin and at the end', () => {
    const parameters = {
      ...HEAD,
      cellVmax: 365,
      iMax: -2500,
      nominalEnergy: 605,
      packVmax: 4200,
      tMax: 55,
      soc: 385,
      packV: 3650,
      pileVmax: 7500,
      pileVmin: 2000,
      pileImax: -2500,
      pileImin: 10,
    };
    const begin = readParameterSamples(parameters);
    assert.deepEqual(short(begin), [
      'SoC 38.5 Percent EV',
      'Voltage 365.0 V EV',
      'BMS.LimitCellVoltage 3.65 V EV',
      'BMS.LimitCurrent 250.0 A EV',
      'BMS.NominalEnergy 60.5 kWh EV',
      'BMS.LimitVoltage 420.0 V EV',
      'BMS.LimitTemperature 55 Celsius EV',
      'Pile.MaxVoltage 750.0 V Outlet',
      'Pile.MinVoltage 200.0 V Outlet',
      'Pile.MaxCurrent 250.0 A Outlet',
      'Pile.MinCurrent 1.0 A Outlet',
    ]);
    assert.ok(begin.every(({ context }) => context === 'Transaction.Begin'));
    assert.ok(!short(readParameterSamples({ ...parameters, soc: 0xffff })).some((text) => text.startsWith('SoC')));
    const end = readEndSamples({
      ...HEAD,
      soc: 90,
      cellVmin: 339,
      cellVmax: 342,
      tMin: 25,
      tMax: -50,
      chargedMin: 40,
      energy: 305,
      chargerNo: 1,
    });
    assert.deepEqual(short(end), [
      'SoC 90 Percent EV',
      'BMS.MinCellVoltage 3.39 V EV',
      'BMS.MaxCellVoltage 3.42 V EV',
      'BMS.MinTemperature 25 Celsius EV',
    ]);
    assert.ok(end.every(({ context }) => context === 'Transaction.End'));
  });
});
