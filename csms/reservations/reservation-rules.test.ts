import assert from 'node:assert/strict';
import { instant } from '@voltpile/kernel/clock';
import { RESERVATION_STATUSES, type ReservationStatus } from '../contract/reservations-port.ts';
import type { CommandOutcome } from '../contract/station-link.ts';
import { afterCancel, afterEndReport, afterRequest, badExpiry, checkExpiry, isOpen } from './reservation-rules.ts';

const OPEN: readonly ReservationStatus[] = ['requested', 'active', 'unknown'];
const DAY_MS = 24 * 60 * 60_000;

describe('what becomes of a reservation', () => {
  it('ends in the future, and not in a far one', () => {
    const now = instant(Date.parse('2026-03-01T00:00:00Z'));
    checkExpiry(instant(now + 1), now);
    checkExpiry(instant(now + 30 * DAY_MS), now);
    for (const expiresAt of [now, now - 1, now + 30 * DAY_MS + 1, Number.NaN]) {
      assert.throws(() => checkExpiry(instant(expiresAt), now), badExpiry.is, String(expiresAt));
    }
  });

  it('follows the answer to its request', () => {
    const answer = (status: CommandOutcome['status'], facts?: CommandOutcome['facts']) =>
      afterRequest('requested', { status, response: null, facts });
    assert.deepEqual(answer('accepted'), { status: 'active' });
    for (const [word, refusal] of [
      ['faulted', 'Faulted'],
      ['occupied', 'Occupied'],
      ['rejected', 'Rejected'],
      ['unavailable', 'Unavailable'],
    ] as const) {
      assert.deepEqual(answer('rejected', { kind: 'reservation', status: word }), { status: 'refused', refusal });
    }
    assert.deepEqual(answer('rejected'), { status: 'refused', refusal: 'Rejected' });
    assert.deepEqual(answer('offline'), { status: 'refused', refusal: 'Offline' });
    assert.deepEqual(answer('failed'), { status: 'refused', refusal: 'Failed' });
    assert.deepEqual(answer('timeout'), { status: 'unknown' });
    assert.deepEqual(answer('unknown'), { status: 'unknown' });
    // Used, or run out, before the answer came.
    for (const status of RESERVATION_STATUSES.filter((each) => each !== 'requested')) {
      assert.equal(afterRequest(status, { status: 'accepted', response: null }), undefined, status);
    }
  });

  it('follows the answer to its cancelling only while it may be used', () => {
    for (const status of RESERVATION_STATUSES) {
      const open = OPEN.includes(status);
      assert.equal(isOpen(status), open);
      assert.deepEqual(afterCancel(status, { status: 'accepted' }), open ? { status: 'cancelled' } : undefined);
      assert.deepEqual(
        afterCancel(status, { status: 'rejected' }),
        open ? { status: 'removed', flag: 'unknown-to-station' } : undefined,
      );
      for (const outcome of ['failed', 'timeout', 'offline', 'unknown'] as const) {
        assert.equal(afterCancel(status, { status: outcome }), undefined);
      }
    }
  });

  it('follows the station’s word, and keeps what does not fit as a flag', () => {
    for (const status of OPEN) {
      assert.deepEqual(afterEndReport(status, 'Expired'), { status: 'expired' });
      assert.deepEqual(afterEndReport(status, 'Removed'), { status: 'removed' });
    }
    assert.deepEqual(afterEndReport('used', 'Removed'), { status: 'used', flag: 'told:Removed' });
    assert.deepEqual(afterEndReport('refused', 'Expired'), { status: 'refused', flag: 'told:Expired' });
    for (const status of ['expired', 'cancelled', 'removed'] as const) {
      assert.equal(afterEndReport(status, 'Expired'), undefined);
    }
  });
});
