import type { Instant } from '@voltpile/kernel/clock';

/** Differences up to this are delay and sampling, not a wrong clock. */
const TOLERANCE_MS = 60_000;
/** Being behind is believed only when it has lasted so long, in at least so many messages. */
const MIN_SPAN_MS = 30_000;
const MIN_OBSERVATIONS = 3;
const WINDOW = 8;

/** What a connection has seen of its station's clock. Oldest first, at most eight. */
export interface ClockObservations {
  readonly receivedAt: readonly number[];
  /** Receipt minus claim: positive when the message is late or the clock behind. */
  readonly lagMs: readonly number[];
}

/**
 * Adds what one message claimed. A claim within a minute of our time shows a clock that is right now; what was seen before (a clock
 * not yet set after a cold start) no longer counts.
 */
export function observeClock(
  seen: ClockObservations | null,
  claimedAt: Instant,
  receivedAt: Instant,
): ClockObservations | null {
  const lag = receivedAt - claimedAt;
  if (!Number.isFinite(lag)) return seen;
  if (seen === null || Math.abs(lag) <= TOLERANCE_MS) return { receivedAt: [receivedAt], lagMs: [lag] };
  const from = Math.max(0, seen.lagMs.length + 1 - WINDOW);
  return {
    receivedAt: [...seen.receivedAt.slice(from), receivedAt],
    lagMs: [...seen.lagMs.slice(from), lag],
  };
}

/**
 * How far the station's clock is ahead of ours in milliseconds (negative: behind), or null when it cannot be told.
 *
 * A time in the future cannot come from delay: one such claim proves a clock that is ahead. A time in the past may also be an
 * offline queue being replayed, whose delays differ from message to message. So a clock is believed to be behind only when the
 * smallest lag is at least a minute and three messages over half a minute agree on it.
 */
export function clockOffsetMs(seen: ClockObservations | null): number | null {
  if (seen === null) return null;
  const least = Math.min(...seen.lagMs);
  if (least <= TOLERANCE_MS) return 0 - least;
  let agreeing = 0;
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const [index, lag] of seen.lagMs.entries()) {
    if (lag - least > TOLERANCE_MS) continue;
    const at = seen.receivedAt[index] ?? 0;
    agreeing += 1;
    first = Math.min(first, at);
    last = Math.max(last, at);
  }
  return agreeing >= MIN_OBSERVATIONS && last - first >= MIN_SPAN_MS ? 0 - least : null;
}
