import assert from 'node:assert/strict';
import fc from 'fast-check';
import { assessEnergy, type EnergyQuestion } from './energy.ts';

const HOUR = 3_600_000;
const wh = (value: number): bigint => BigInt(value) * 1000n;

function ask(start: number | null, samples: number[], stop: number | null, more: Partial<EnergyQuestion> = {}) {
  const endedAt = more.endedAt ?? HOUR;
  const answer = assessEnergy({
    startedAt: 0,
    endedAt,
    startMilliWh: start === null ? null : wh(start),
    stopMilliWh: stop === null ? null : wh(stop),
    samples: samples.map((value, index) => ({
      at: ((index + 1) * endedAt) / (samples.length + 1),
      milliWh: wh(value),
    })),
    ratedPowerW: 22_000,
    ...more,
  });
  return {
    wh: answer.meteredMilliWh === null ? null : Number(answer.meteredMilliWh) / 1000,
    flags: [...answer.flags].sort(),
  };
}

describe('energy of a transaction', () => {
  const table: [string, ReturnType<typeof ask>, { wh: number | null; flags: string[] }][] = [
    ['plain difference', ask(1000, [3000, 6000], 11_000), { wh: 10_000, flags: [] }],
    ['no samples', ask(1000, [], 11_000), { wh: 10_000, flags: [] }],
    ['nothing delivered', ask(1000, [], 1000), { wh: 0, flags: [] }],
    ['a meter that starts at 0', ask(0, [4000, 8000], 12_000), { wh: 12_000, flags: [] }],
    ['restart at 0 on the way', ask(5000, [7000, 0, 1500], 3000), { wh: 5000, flags: ['meter-restarted'] }],
    [
      'samples count from the start, registers for life',
      ask(500_000, [0, 2000], 4000),
      { wh: 4000, flags: ['meter-restarted'] },
    ],
    ['six-digit kWh display runs over', ask(999_999_000, [], 2000), { wh: 3000, flags: ['meter-rollover'] }],
    ['32-bit counter runs over', ask(2 ** 32 - 500, [], 500), { wh: 1000, flags: ['meter-rollover'] }],
    ['a step back of the meter’s noise', ask(10_000, [], 9950), { wh: 0, flags: ['meter-backwards'] }],
    ['one misread sample', ask(10_000, [12_000, 300, 13_000], 14_000), { wh: 4000, flags: ['meter-backwards'] }],
    ['a sample that falls back', ask(5000, [5500, 5000, 5200], 5400), { wh: 400, flags: ['meter-backwards'] }],
    ['one sample far above', ask(1000, [2000, 99_999, 3000], 4000), { wh: 3000, flags: ['meter-backwards'] }],
    ['a sample above the end', ask(1000, [2000, 3500], 3000), { wh: 2000, flags: ['meter-backwards'] }],
    ['samples that fall and go on', ask(500, [1500, 1200, 1300], 1600), { wh: 1100, flags: ['meter-backwards'] }],
    [
      'a restart that the registers hide',
      ask(5000, [7000, 0, 2500], 6000),
      { wh: 1000, flags: ['energy-ambiguous', 'meter-restarted'] },
    ],
    [
      'one sample far above before a restart',
      ask(5000, [6000, 99_999, 7000, 0], 1000),
      { wh: 3000, flags: ['meter-backwards', 'meter-restarted'] },
    ],
    [
      'two restarts',
      ask(5000, [6000, 0, 1000, 2000, 0], 500),
      { wh: 3500, flags: ['energy-ambiguous', 'meter-restarted'] },
    ],
    ['a fall that is neither', ask(900_000, [901_000], 400_000), { wh: 1000, flags: ['energy-ambiguous'] }],
    ['an end below the start, and nothing between', ask(10_000, [], 9000), { wh: 0, flags: ['energy-negative'] }],
    ['no stop register', ask(1000, [3000, 6000], null), { wh: 5000, flags: ['meter-stop-missing'] }],
    ['no start register', ask(null, [3000, 6000], 7000), { wh: 4000, flags: ['meter-start-missing'] }],
    ['only a start', ask(1000, [], null), { wh: 0, flags: ['meter-stop-missing'] }],
    [
      'nothing at all',
      ask(null, [], null),
      { wh: null, flags: ['energy-unknown', 'meter-start-missing', 'meter-stop-missing'] },
    ],
    ['only a stop', ask(null, [], 5000), { wh: null, flags: ['energy-unknown', 'meter-start-missing'] }],
    ['more than the outlet can', ask(0, [], 30_000), { wh: 30_000, flags: ['energy-impossible'] }],
    ['exactly what the outlet can', ask(0, [], 24_200), { wh: 24_200, flags: [] }],
    ['a lifetime total after a false 0', ask(0, [910_000], 910_080), { wh: 80, flags: ['meter-start-ignored'] }],
    ['samples in kWh labelled Wh', ask(1_000_000, [1002, 1004], 1_006_000), { wh: 6000, flags: ['unit-suspect'] }],
    ['samples in Wh labelled kWh', ask(0, [2_000_000, 4_000_000], 6000), { wh: 6000, flags: ['unit-suspect'] }],
  ];
  for (const [name, actual, expected] of table) it(name, () => assert.deepEqual(actual, expected));

  it('allows a megawatt where the rated power is unknown', () => {
    assert.deepEqual(ask(0, [], 1_000_000, { ratedPowerW: null }).flags, []);
    assert.deepEqual(ask(0, [], 1_200_000, { ratedPowerW: null }).flags, ['energy-impossible']);
  });

  it('says impossible when an end before its start delivers energy, and still tells the difference', () => {
    assert.deepEqual(ask(0, [], 10_000, { endedAt: -1000 }), { wh: 10_000, flags: ['energy-impossible'] });
  });

  it('is stop minus start for every rising register, in whatever order the samples come', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 2000 }), { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 1, max: 10 ** 8 }),
        (steps, start) => {
          let register = start;
          const samples = steps.map((increase, index) => {
            register += increase;
            return { at: (index + 1) * 60_000, milliWh: wh(register) };
          });
          const answer = assessEnergy({
            startedAt: 0,
            endedAt: 24 * HOUR,
            startMilliWh: wh(start),
            stopMilliWh: wh(register),
            samples: [...samples].reverse(),
            ratedPowerW: 22_000,
          });
          assert.equal(answer.meteredMilliWh, wh(register - start));
          assert.deepEqual([...answer.flags], []);
        },
      ),
    );
  });

  it('is the difference of whole watt-hours where samples are finer than the registers', () => {
    const milli = (...registers: bigint[]) =>
      registers.map((milliWh, index) => ({ at: (index + 1) * 60_000, milliWh }));
    const samples = milli(999_600n, 1_500_250n, 2_000_750n, 2_000_750n, 2_000_000n);
    assert.deepEqual(ask(1000, [], 2000, { samples }), { wh: 1000, flags: [] });
    // A whole watt-hour is more than rounding.
    assert.deepEqual(ask(1000, [], 2000, { samples: milli(2_001_000n) }), { wh: 1000, flags: ['meter-backwards'] });
  });

  it('is never negative', () => {
    fc.assert(
      fc.property(
        fc.array(fc.bigInt({ min: 0n, max: 10n ** 15n }), { maxLength: 12 }),
        fc.bigInt({ min: 0n, max: 10n ** 15n }),
        fc.bigInt({ min: 0n, max: 10n ** 15n }),
        (samples, start, stop) => {
          const answer = assessEnergy({
            startedAt: 0,
            endedAt: HOUR,
            startMilliWh: start,
            stopMilliWh: stop,
            samples: samples.map((milliWh, index) => ({ at: index, milliWh })),
            ratedPowerW: null,
          });
          assert.ok((answer.meteredMilliWh ?? 0n) >= 0n);
        },
      ),
    );
  });
});
