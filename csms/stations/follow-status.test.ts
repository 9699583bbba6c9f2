import assert from 'node:assert/strict';
import { type Instant, instant } from '@voltpile/kernel/clock';
import { type FollowedStatus, followStatus, isSameCourse, type NeighbouringTransaction } from './follow-status.ts';

const at = (minute: number): Instant => instant(Date.parse('2026-03-01T12:00:00Z') + minute * 60_000);

/** Started at minute 10. */
const transaction = (more: Partial<NeighbouringTransaction> = {}): NeighbouringTransaction => ({
  id: 'T',
  status: 'active',
  startedAt: at(10),
  energyEndedAt: null,
  pluggedInAt: null,
  unpluggedAt: null,
  chargingState: null,
  occupiedSince: null,
  ...more,
});
const charging = (minute: number, more: Partial<FollowedStatus> = {}): FollowedStatus => ({
  status: 'Occupied',
  chargingState: 'Charging',
  effectiveAt: at(minute),
  current: true,
  ...more,
});
const free = (minute: number, more: Partial<FollowedStatus> = {}): FollowedStatus =>
  charging(minute, { status: 'Available', chargingState: 'Idle', ...more });
const ended = (more: Partial<NeighbouringTransaction> = {}): NeighbouringTransaction =>
  transaction({ status: 'ended', energyEndedAt: at(30), chargingState: 'Charging', ...more });

describe('what a status says about a transaction', () => {
  describe('charging state', () => {
    it('is that of the newest status while the charge is under way', () => {
      assert.equal(followStatus(transaction(), charging(10)).chargingState, 'Charging');
      const suspended = charging(11, { chargingState: 'SuspendedEV' });
      assert.equal(followStatus(transaction({ chargingState: 'Charging' }), suspended).chargingState, 'SuspendedEV');
      assert.equal(followStatus(transaction(), free(12)).chargingState, 'Idle');
    });

    it('stays with a status that is late, before the start, after the end, or says nothing about it', () => {
      const running = transaction({ chargingState: 'SuspendedEV' });
      for (const status of [
        charging(11, { current: false }),
        charging(9),
        charging(11, { status: 'Faulted', chargingState: null }),
      ]) {
        assert.equal(followStatus(running, status).chargingState, 'SuspendedEV');
      }
      assert.equal(followStatus(ended(), free(31)).chargingState, 'Charging');
    });
  });

  describe('plugged in', () => {
    it('is known from the next status on, and then kept', () => {
      assert.equal(followStatus(transaction({ occupiedSince: at(7) }), charging(10)).pluggedInAt, at(7));
      assert.equal(followStatus(transaction({ pluggedInAt: at(7) }), charging(11)).pluggedInAt, at(7));
      assert.equal(followStatus(ended({ occupiedSince: at(7) }), free(31)).pluggedInAt, at(7));
      assert.equal(followStatus(transaction(), charging(10)).pluggedInAt, null);
    });

    it('is corrected by a late status from before the start, which changes nothing else', () => {
      const known = transaction({ pluggedInAt: at(7), occupiedSince: at(5), unpluggedAt: at(12) });
      const course = { pluggedInAt: at(5), unpluggedAt: at(12), chargingState: null };
      assert.deepEqual(followStatus(known, charging(5)), course);
      assert.deepEqual(followStatus({ ...known, occupiedSince: null }, free(9)), { ...course, pluggedInAt: null });
    });
  });

  describe('unplugged', () => {
    it('is the first free time after the energy’s end, whatever the order of arrival', () => {
      assert.equal(followStatus(ended(), free(31)).unpluggedAt, at(31));
      assert.equal(followStatus(ended(), free(30)).unpluggedAt, at(30));
      assert.equal(followStatus(ended(), free(29)).unpluggedAt, null);
      assert.equal(followStatus(ended({ unpluggedAt: at(31) }), free(40)).unpluggedAt, at(31));
      assert.equal(followStatus(ended({ unpluggedAt: at(40) }), free(31, { current: false })).unpluggedAt, at(31));
    });

    it('is told before the end, unless the charge goes on', () => {
      assert.equal(followStatus(transaction(), free(10)).unpluggedAt, null);
      assert.equal(followStatus(transaction(), free(11)).unpluggedAt, at(11));
      const left = transaction({ unpluggedAt: at(11) });
      assert.equal(followStatus(left, charging(12)).unpluggedAt, null);
      for (const status of [
        charging(12, { chargingState: 'EVConnected' }),
        charging(10, { current: false }),
        charging(12, { status: 'Faulted', chargingState: null }),
      ]) {
        assert.equal(followStatus(left, status).unpluggedAt, at(11));
      }
    });

    it('stays when the next car comes', () => {
      assert.equal(followStatus(ended({ unpluggedAt: at(31) }), charging(40)).unpluggedAt, at(31));
    });
  });

  it('is written only when it changes something', () => {
    const course = { pluggedInAt: at(1), unpluggedAt: null, chargingState: 'Idle' };
    assert.equal(isSameCourse(course, { ...course }), true);
    for (const other of [{ pluggedInAt: null }, { unpluggedAt: at(2) }, { chargingState: null }]) {
      assert.equal(isSameCourse(course, { ...course, ...other }), false);
    }
  });
});
