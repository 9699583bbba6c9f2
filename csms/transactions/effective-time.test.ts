import assert from 'node:assert/strict';
import { type Instant, instant } from '@voltpile/kernel/clock';
import fc from 'fast-check';
import { effectiveTime } from './effective-time.ts';

const RECEIVED = instant(Date.parse('2026-03-01T12:00:00Z'));
const MINUTE = 60_000;
const unreliable = (at: Instant) => ({ at, flags: ['clock-unreliable'], holds: ['clock-unreliable'] });
const plus = (milliseconds: number): Instant => instant(RECEIVED + milliseconds);

describe('effectiveTime', () => {
  it('takes the receipt when no time was given', () => {
    assert.deepEqual(effectiveTime(null, RECEIVED, 0), { at: RECEIVED, flags: ['time-missing'], holds: [] });
    assert.deepEqual(effectiveTime(null, RECEIVED, null), { at: RECEIVED, flags: ['time-missing'], holds: [] });
  });

  it('believes the claim while the offset is unknown or small', () => {
    for (const offset of [null, 0, 60_000, -60_000]) {
      assert.deepEqual(effectiveTime(plus(-5 * MINUTE), RECEIVED, offset), {
        at: plus(-5 * MINUTE),
        flags: [],
        holds: [],
      });
    }
  });

  it('believes times long past: they were stored while offline', () => {
    const claimed = instant(Date.parse('2020-01-01T00:00:00Z'));
    assert.deepEqual(effectiveTime(claimed, RECEIVED, null), { at: claimed, flags: [], holds: [] });
  });

  it('corrects offsets above a minute up to a quarter of an hour', () => {
    const corrected = (at: Instant) => ({ at, flags: ['clock-corrected'], holds: [] });
    assert.deepEqual(effectiveTime(plus(60_001), RECEIVED, 60_001), corrected(RECEIVED));
    assert.deepEqual(effectiveTime(plus(15 * MINUTE), RECEIVED, 15 * MINUTE), corrected(RECEIVED));
    assert.deepEqual(effectiveTime(plus(-10 * MINUTE), RECEIVED, -10 * MINUTE), corrected(RECEIVED));
    assert.deepEqual(effectiveTime(plus(0), RECEIVED, 90_000.4), corrected(plus(-90_000)));
  });

  it('leaves the claim but holds it when the offset is too large to trust', () => {
    assert.deepEqual(effectiveTime(plus(-20 * MINUTE), RECEIVED, -20 * MINUTE), unreliable(plus(-20 * MINUTE)));
    assert.deepEqual(effectiveTime(plus(-15 * MINUTE), RECEIVED, 15 * MINUTE + 1), unreliable(plus(-15 * MINUTE)));
  });

  it('takes the receipt for absurd times', () => {
    assert.deepEqual(effectiveTime(instant(0), RECEIVED, null), unreliable(RECEIVED));
    assert.deepEqual(effectiveTime(instant(Date.parse('2019-12-31T23:59:59.999Z')), RECEIVED, 0), unreliable(RECEIVED));
    assert.deepEqual(effectiveTime(plus(15 * MINUTE + 1), RECEIVED, null), unreliable(RECEIVED));
    assert.deepEqual(effectiveTime(plus(15 * MINUTE + 1), RECEIVED, 30_000), unreliable(RECEIVED));
    assert.deepEqual(effectiveTime(plus(60 * MINUTE), RECEIVED, 60 * MINUTE), unreliable(RECEIVED));
    assert.deepEqual(effectiveTime(plus(10 * MINUTE), RECEIVED, -10 * MINUTE), unreliable(RECEIVED));
  });

  it('accepts a time exactly a quarter of an hour ahead', () => {
    assert.deepEqual(effectiveTime(plus(15 * MINUTE), RECEIVED, null).flags, []);
  });

  it('never gives a time more than a quarter of an hour ahead, and holds whatever it calls unreliable', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -1e13, max: 1e13 }),
        fc.option(fc.integer({ min: -1e9, max: 1e9 })),
        (claim, offset) => {
          const { at, flags, holds } = effectiveTime(instant(claim), RECEIVED, offset);
          assert.ok(at <= RECEIVED + 15 * MINUTE);
          assert.equal(flags.includes('clock-unreliable'), holds.includes('clock-unreliable'));
        },
      ),
    );
  });
});
