import assert from 'node:assert/strict';
import type { SampledValue } from '../contract/station-port.ts';
import { isBillingRegister, normaliseSample } from './normalise-sample.ts';

const sample = (more: Partial<SampledValue>): SampledValue => ({
  measurand: 'Energy.Active.Import.Register',
  phase: null,
  location: 'Outlet',
  context: 'Sample.Periodic',
  format: 'Raw',
  unit: null,
  value: '1',
  basis: 'register',
  ...more,
});

describe('sample normalisation', () => {
  const table: [Partial<SampledValue>, unit: string | null, value: string | null, text: string | null][] = [
    [{ value: '12.5', unit: 'kWh' }, 'Wh', '12500', null],
    [{ value: '0.0001', unit: 'kWh' }, 'Wh', '0.1', null],
    [{ value: '7' }, 'Wh', '7', null],
    [{ value: '7', unit: '' }, 'Wh', '7', null],
    [{ value: '7', unit: 'wh' }, 'Wh', '7', null],
    [{ value: '1.10', unit: 'MWh' }, 'Wh', '1100000', null],
    [{ value: '1e3', unit: 'Wh' }, 'Wh', '1000', null],
    [{ value: '-3', unit: 'Wh' }, 'Wh', '-3', null],
    [{ measurand: 'Power.Active.Import', value: '11.04', unit: 'kW' }, 'W', '11040', null],
    [{ measurand: 'Power.Factor', value: '0.98' }, null, '0.98', null],
    [{ measurand: 'Current.Import', value: '16000', unit: 'mA' }, 'A', '16', null],
    [{ measurand: 'Temperature', value: '21', unit: 'Celcius' }, 'Celsius', '21', null],
    [{ measurand: 'SoC', value: '57', unit: '%' }, 'Percent', '57', null],
    [{ measurand: 'Vendor.Thing', value: '5', unit: 'Furlong' }, 'Furlong', '5', null],
    [{ measurand: 'Vendor.Thing', value: '5' }, null, '5', null],
    [{ value: 'OCMF|{}', format: 'SignedData' }, 'Wh', null, 'OCMF|{}'],
    [{ value: 'NaN' }, 'Wh', null, 'NaN'],
    [{ value: '' }, 'Wh', null, ''],
  ];
  for (const [given, unit, value, text] of table) {
    it(`reads ${JSON.stringify(given)}`, () => {
      const result = normaliseSample(sample(given));
      assert.deepEqual([result.kind.unit, result.value, result.text], [unit, value, text]);
    });
  }

  it('keeps what has absurd words as text of another kind', () => {
    const odd = sample({ measurand: 'x'.repeat(65), value: '5' });
    const result = normaliseSample(odd);
    assert.equal(result.kind.measurand, 'Other');
    assert.deepEqual(JSON.parse(result.text as string), odd);
  });

  it('bills by the imported register of the whole outlet only', () => {
    const bills = (more: Partial<SampledValue>): boolean => isBillingRegister(normaliseSample(sample(more)).kind);
    assert.ok(bills({}));
    assert.ok(bills({ unit: 'kWh' }));
    for (const more of [
      { phase: 'L1' },
      { location: 'Inlet' },
      { measurand: 'Energy.Active.Export.Register' },
      { measurand: 'Energy.Active.Import.Interval' },
      { format: 'SignedData' },
      { basis: 'session' as const },
      { unit: 'Furlong' },
    ]) {
      assert.ok(!bills(more), JSON.stringify(more));
    }
  });
});
