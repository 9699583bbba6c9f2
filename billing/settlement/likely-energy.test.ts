import assert from 'node:assert/strict';
import { type CurveStory, curveOf } from '../testing/curves.ts';
import { mostEnergyOf } from './likely-energy.ts';

const HOUR: CurveStory = { start: '2026-03-01T10:00:00Z', end: '2026-03-01T11:00:00Z' };

function most(...stories: Partial<CurveStory>[]): [wh: number, why: string] {
  const { milliWh, why } = mostEnergyOf(stories.map((story) => curveOf({ ...HOUR, ...story })));
  return [Number(milliWh) / 1000, why];
}

const measured = (wh: number) => ({ readings: [['2026-03-01T11:00:00Z', wh]] }) as const;

describe('the most energy that a charge is thought to have had', () => {
  it('is what the rated power gives in its time, with some tolerance, whatever was measured', () => {
    // 11 kWh and a tenth are 12.1 kWh; 0.5 kWh on top.
    assert.deepEqual(most({ ratedPowerW: 11_000, ...measured(10) }), [12_600, '11000 W for 3600 s']);
    assert.deepEqual(most({ ratedPowerW: 11_000, end: HOUR.start }), [500, '11000 W for 0 s']);
    assert.deepEqual(most({ ratedPowerW: 3_000_000 })[0], 3_300_500);
  });

  it('is a megawatt for its time where nobody knows the power and nothing was measured', () => {
    assert.deepEqual(most({ ratedPowerW: null }), [1_100_500, '1000000 W, as no rated power is known, for 3600 s']);
    assert.equal(most({ end: '2026-03-01T10:00:01Z', ...measured(10) })[0], 805.556);
  });

  it('is ten times what was measured where nobody knows the power, at least 100 kWh', () => {
    assert.deepEqual(most(measured(10_000)), [100_000, 'for 10000 Wh that were measured']);
    assert.deepEqual(most(measured(30_000)), [300_000, '10 times what was measured']);
    assert.equal(most(measured(200_000))[0], 1_100_500);
  });

  it('is the sum of the EVSEs that feed the vehicle', () => {
    assert.deepEqual(most({ ratedPowerW: 11_000 }, { ratedPowerW: 22_000 }), [
      37_300,
      '11000 W for 3600 s, 22000 W for 3600 s',
    ]);
  });
});
