import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type CurveQuestion, curveReadings } from './curve-readings.ts';

const HOUR = 3_600_000;

function question(more: Partial<CurveQuestion>): CurveQuestion {
  return {
    startedAt: 0,
    endedAt: HOUR,
    startMilliWh: null,
    stopMilliWh: null,
    samples: [],
    sessions: [],
    ratedPowerW: 22_000,
    meteredMilliWh: null,
    billableMilliWh: null,
    ...more,
  };
}

/** `[minute, Wh]` */
type Reading = readonly [minute: number, wh: number];
const of = (readings: readonly Reading[]) =>
  readings.map(([minute, wh]) => ({ at: minute * 60_000, milliWh: BigInt(wh * 1000) }));
const shown = (more: Partial<CurveQuestion>): Reading[] =>
  curveReadings(question(more)).map(({ at, milliWh }) => [at / 60_000, Number(milliWh) / 1000]);

describe('readings of a charging curve', () => {
  const ends = { startMilliWh: 1_000_000n, stopMilliWh: 11_000_000n, meteredMilliWh: 10_000_000n };

  it('are the registers on the way, and the end', () => {
    const samples = of([
      [0, 1000],
      [20, 4000],
      [40, 9000],
    ]);
    assert.deepEqual(shown({ ...ends, samples }), [
      [20, 3000],
      [40, 8000],
      [60, 10_000],
    ]);
  });

  it('are the end alone where nothing was read on the way', () => {
    assert.deepEqual(shown(ends), [[60, 10_000]]);
    assert.deepEqual(shown({ meteredMilliWh: 0n, startMilliWh: 0n, stopMilliWh: 0n }), [[60, 0]]);
    assert.deepEqual(shown({ ...ends, samples: of([[60, 11_000]]) }), [[60, 10_000]]);
  });

  it('are none where nobody knows what came', () => {
    assert.deepEqual(shown({ samples: of([[20, 4000]]) }), []);
    assert.deepEqual(shown({ endedAt: null }), []);
  });

  it('leave out what contradicts most others, up and down', () => {
    const samples = of([
      [5, 2000],
      [10, 9000],
      [15, 9500],
      [20, 4000],
      [25, 4500],
      [30, 0],
      [35, 5000],
      [40, 400_000],
      [45, 10_000],
    ]);
    assert.deepEqual(shown({ ...ends, samples }), [
      [5, 1000],
      [20, 3000],
      [25, 3500],
      [35, 4000],
      [45, 9000],
      [60, 10_000],
    ]);
  });

  it('take what is a little beyond the ends for their rounding', () => {
    const samples = of([
      [1, 999.6],
      [30, 11_000.4],
    ]);
    assert.deepEqual(shown({ ...ends, samples }), [
      [1, 0],
      [30, 10_000],
      [60, 10_000],
    ]);
  });

  it('go on over a register that ran over or restarted', () => {
    const over = {
      startMilliWh: 999_990_000n * 1000n,
      stopMilliWh: 5_000_000n,
      meteredMilliWh: 15_000_000n,
      samples: of([
        [20, 999_995_000],
        [40, 1000],
      ]),
    };
    assert.deepEqual(shown(over), [
      [20, 5000],
      [40, 11_000],
      [60, 15_000],
    ]);
    const restarted = { startMilliWh: 500_000_000n, stopMilliWh: 2_000_000n, meteredMilliWh: 5_000_000n };
    assert.deepEqual(
      shown({
        ...restarted,
        samples: of([
          [20, 503_000],
          [30, 500],
        ]),
      }),
      [
        [20, 3000],
        [30, 3500],
        [60, 5000],
      ],
    );
  });

  it('are the energy since the start where registers tell of the ends only', () => {
    const sessions = of([
      [20, 2500],
      [10, 1000],
      [59, 9990],
    ]);
    const expected = [
      [10, 1000],
      [20, 2500],
      [59, 9990],
      [60, 10_000],
    ];
    assert.deepEqual(shown({ ...ends, sessions }), expected);
    assert.deepEqual(shown({ meteredMilliWh: 10_000_000n, sessions }), expected);
  });

  it('are in proportion to what may be billed, and exact', () => {
    const sessions = of([[30, 3333.333]]);
    const loss = { ...ends, sessions, billableMilliWh: 10_100_100n };
    assert.deepEqual(shown(loss), [
      [30, 3366.699],
      [60, 10_100.1],
    ]);
  });

  it('go on while the charge does, without what cannot have come', () => {
    const running = { endedAt: null, startMilliWh: 1_000_000n };
    const samples = of([
      [10, 2000],
      [20, 4000],
      [21, 900_000],
    ]);
    assert.deepEqual(shown({ ...running, samples }), [
      [10, 1000],
      [20, 3000],
    ]);
    assert.deepEqual(shown({ endedAt: null, sessions: of([[10, 700]]) }), [[10, 700]]);
    assert.deepEqual(
      shown({
        endedAt: null,
        samples: of([
          [10, 700],
          [20, 900],
        ]),
      }),
      [
        [10, 0],
        [20, 200],
      ],
    );
  });

  it('lie within the charge, once at a time', () => {
    const samples = of([
      [-5, 1000],
      [20, 3000],
      [20, 4000],
      [70, 10_900],
    ]);
    assert.deepEqual(shown({ ...ends, samples }), [
      [20, 3000],
      [60, 10_000],
    ]);
    assert.deepEqual(shown({ ...ends, endedAt: -HOUR, samples }), [[0, 10_000]]);
  });

  it('never descend, whatever was read', () => {
    const reading = fc.record({
      at: fc.integer({ min: -HOUR, max: 2 * HOUR }),
      milliWh: fc.bigInt({ min: 0n, max: 40_000_000n }),
    });
    const energy = fc.option(fc.bigInt({ min: 0n, max: 30_000_000n }));
    const any = fc.record({
      startedAt: fc.constant(0),
      endedAt: fc.option(fc.integer({ min: -10, max: HOUR })),
      startMilliWh: energy,
      stopMilliWh: energy,
      samples: fc.array(reading, { maxLength: 30 }),
      sessions: fc.array(reading, { maxLength: 30 }),
      ratedPowerW: fc.option(fc.constant(50_000)),
      meteredMilliWh: energy,
      billableMilliWh: energy,
    });
    fc.assert(
      fc.property(any, (asked) => {
        const readings = curveReadings(asked);
        readings.forEach(({ at, milliWh }, index) => {
          const before = readings[index - 1];
          assert.ok(at >= 0 && milliWh >= 0n);
          if (before !== undefined) assert.ok(at > before.at && milliWh >= before.milliWh);
          if (asked.endedAt !== null) assert.ok(at <= Math.max(0, asked.endedAt));
        });
        assert.deepEqual(
          curveReadings({ ...asked, samples: [...asked.samples].reverse(), sessions: [...asked.sessions].reverse() }),
          readings,
        );
        if (asked.endedAt === null) return;
        const total = asked.meteredMilliWh === null ? undefined : (asked.billableMilliWh ?? asked.meteredMilliWh);
        // Of nothing there is nothing to tell.
        assert.equal(readings.at(-1)?.milliWh ?? (total === 0n ? total : undefined), total);
      }),
      { numRuns: 2000 },
    );
  });
});
