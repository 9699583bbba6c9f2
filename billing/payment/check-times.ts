import { type Instant, instant } from '@voltpile/kernel/clock';
import type { Payment } from './payment-state.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** How long whoever asks the provider is left alone: longer than any request may take. */
export const BUSY_MS = 2 * MINUTE_MS;
/**
 * A request that the provider has not heard of by then never reached it: none takes longer, and a driver waits for the end. Should one arrive later
 * after all, its notification or the daily proof tells.
 */
export const LOST_AFTER_MS = 2 * MINUTE_MS;
/** For so long somebody may wait for what becomes of a payment: the provider is asked once a minute, also when it has been away. */
const WAITED_FOR_MS = HOUR_MS;
/** How long a driver may take with what there is to do. */
export const ACTION_MS = DAY_MS;
/** Providers tell their fee a moment after the payment, or never. */
const FEE_CHECKS = 10;
/** By then people should hear of it. */
export const WORRYING_CHECKS = 8;

/** When a payment is to be looked at again, should nobody tell us anything; null: never. */
export function nextCheck(payment: Payment, checks: number, now: Instant): Instant | null {
  switch (payment.state) {
    case 'authorizing':
    case 'unknown':
      return later(now, 10 * SECOND_MS, checks, now - payment.createdAt < WAITED_FOR_MS ? MINUTE_MS : HOUR_MS);
    case 'capturing':
    case 'cancelling':
      return later(now, 10 * SECOND_MS, checks);
    case 'needs-action':
      return later(now, MINUTE_MS, checks);
    case 'authorized':
      // Held money is let go after some days, and the notification of that may be lost.
      return instant(now + DAY_MS);
    case 'captured':
      return payment.feeMinor === null && checks < FEE_CHECKS ? later(now, MINUTE_MS, checks) : null;
    case 'failed':
    case 'declined':
    case 'cancelled':
      return null;
  }
}

export function nextRefundCheck(
  state: 'pending' | 'succeeded' | 'failed',
  checks: number,
  now: Instant,
): Instant | null {
  return state === 'pending' ? later(now, 10 * SECOND_MS, checks) : null;
}

/** From when on somebody looks at what was begun, should nobody carry it out at once. */
export function soon(now: Instant): Instant {
  return instant(now + 10 * SECOND_MS);
}

/** Twice as long each time, an hour at most where nothing else is said. */
function later(now: Instant, firstMs: number, checks: number, mostMs = HOUR_MS): Instant {
  return instant(now + Math.min(firstMs * 2 ** Math.min(checks, 20), mostMs));
}
