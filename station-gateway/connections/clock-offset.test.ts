import assert from 'node:assert/strict';
import { instant } from '@voltpile/kernel/clock';
import fc from 'fast-check';
import { type ClockObservations, clockOffsetMs, observeClock } from './clock-offset.ts';

const T0 = Date.parse('2026-06-01T12:00:00Z');
const SECOND = 1000;

/** Runs [received at, lag] pairs in seconds and returns the offset in seconds. */
function offsetAfter(...observations: [number, number][]): number | null {
  let seen: ClockObservations | null = null;
  for (const [at, lag] of observations) {
    seen = observeClock(seen, instant(T0 + (at - lag) * SECOND), instant(T0 + at * SECOND));
  }
  const offset = clockOffsetMs(seen);
  return offset === null ? null : offset / SECOND;
}

describe('the clock offset of a connection', () => {
  it('is unknown at first', () => assert.equal(clockOffsetMs(null), null));

  it('is what a claim near our time shows', () => {
    assert.equal(offsetAfter([0, 2]), -2);
    assert.equal(offsetAfter([0, -3]), 3);
  });

  it('is certain at the first claim from the future', () => assert.equal(offsetAfter([0, -3600]), 3600));

  it('is the largest lead seen when messages come late by differing times', () => {
    assert.equal(offsetAfter([0, -3000], [5, -3600], [9, 4000]), 3600);
  });

  it('stays unknown while an offline queue is replayed', () => {
    assert.equal(offsetAfter([0, 7200], [1, 7000], [40, 3000], [41, 2000], [80, 900]), null);
  });

  it('is behind when three messages over half a minute agree', () => {
    assert.equal(offsetAfter([0, 3600], [10, 3602], [20, 3601]), null, 'too short');
    assert.equal(offsetAfter([0, 3600], [40, 3602]), null, 'too few');
    assert.equal(offsetAfter([0, 3602], [20, 3600], [40, 3601]), -3600);
  });

  it('is found behind the replay of an offline queue, too', () => {
    assert.equal(offsetAfter([0, 9000], [1, 8000], [2, 7000], [10, 3600], [30, 3600], [50, 3601]), -3600);
  });

  it('forgets a wrong clock when the station has set it right', () => {
    assert.equal(offsetAfter([0, -7200], [1, 1]), -1);
    assert.equal(offsetAfter([0, 3600], [20, 3600], [40, 3600], [41, 0.5]), -0.5);
  });

  it('ignores what is no time', () =>
    assert.equal(clockOffsetMs(observeClock(null, instant(Number.NaN), instant(T0))), null));

  it('never remembers more than eight observations, and never invents a lag smaller than one seen', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(1000), fc.integer({ min: -1e6, max: 1e6 })), { minLength: 1 }), (pairs) => {
        let seen: ClockObservations | null = null;
        let at = 0;
        for (const [step, lag] of pairs) {
          at += step;
          seen = observeClock(seen, instant(T0 + at - lag), instant(T0 + at));
        }
        assert.ok((seen?.lagMs.length ?? 9) <= 8);
        const offset = clockOffsetMs(seen);
        assert.ok(offset === null || pairs.some(([, lag]) => lag === -offset || lag === 0));
      }),
    );
  });
});
