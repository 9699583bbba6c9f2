import { type Instant, instant } from '@voltpile/kernel/clock';
import type { MessageOrigin } from '../contract/station-port.ts';

/** Offsets up to this are ordinary drift and network delay. */
const IGNORED_OFFSET_MS = 60_000;
/** Offsets up to this are trusted enough to correct a time with; also how far ahead of us a time may lie. */
const CORRECTED_OFFSET_MS = 15 * 60_000;
/** What arrives this long after it happened was stored by the station while offline. */
const OFFLINE_AFTER_MS = 60_000;
/** No station of ours charged before; clocks that lost their battery start at 1970 or 2000. */
const FIRST_CREDIBLE = Date.UTC(2020, 0, 1);

/** When something happened by our reckoning, and what we think of the station's own word. */
export interface EffectiveTime {
  readonly at: Instant;
  /** `clock-corrected`, `clock-unreliable`, `time-missing`. */
  readonly flags: string[];
  /** `clock-unreliable`: not to be billed without a look by a person. */
  readonly holds: string[];
}

/**
 * Works out when something happened from the station's claim. The claim itself is kept elsewhere, unchanged.
 *
 * - A measured clock offset of up to 60 s is ignored; up to 15 min it is taken off and flagged `clock-corrected`.
 * - With a larger offset the claim stands, flagged and held as `clock-unreliable`: a fast correction of hours is as likely to be wrong.
 * - A claim before 2020, or (after correction) more than 15 min ahead of its receipt, is no time at all: the receipt counts, flagged
 *   and held as `clock-unreliable`. The past is not limited, because stations deliver late what they stored while offline.
 *
 * @param claimed what the station said; null when it gave no readable time (flag `time-missing`)
 * @param receivedAt when the message was read, by our clock
 * @param clockOffsetMs how far the station's clock is ahead of ours (negative: behind); null while unknown
 */
export function effectiveTime(
  claimed: Instant | null,
  receivedAt: Instant,
  clockOffsetMs: number | null,
): EffectiveTime {
  if (claimed === null) return { at: receivedAt, flags: ['time-missing'], holds: [] };
  const distance = Math.abs(clockOffsetMs ?? 0);
  const correctable = clockOffsetMs !== null && distance > IGNORED_OFFSET_MS && distance <= CORRECTED_OFFSET_MS;
  const at = correctable ? instant(Math.round(claimed - clockOffsetMs)) : claimed;
  if (claimed < FIRST_CREDIBLE || at > receivedAt + CORRECTED_OFFSET_MS) return unreliable(receivedAt);
  if (distance > CORRECTED_OFFSET_MS) return unreliable(at);
  return { at, flags: correctable ? ['clock-corrected'] : [], holds: [] };
}

function unreliable(at: Instant): EffectiveTime {
  return { at, flags: ['clock-unreliable'], holds: ['clock-unreliable'] };
}

/** What is known of a clock when a message comes. */
type Measured = Pick<MessageOrigin, 'receivedAt' | 'clockOffsetMs'>;

/**
 * When something happened if the station's clock is off by what was measured, however much that is. Good enough to tell before from after, not to bill
 * by: {@link effectiveTime} does not correct hours.
 */
export function measuredTime(claimed: Instant | null, { receivedAt, clockOffsetMs }: Measured): Instant {
  if (claimed === null || claimed < FIRST_CREDIBLE) return receivedAt;
  const isOff = clockOffsetMs !== null && Math.abs(clockOffsetMs) > IGNORED_OFFSET_MS;
  return isOff ? instant(Math.round(claimed - clockOffsetMs)) : claimed;
}

/**
 * Whether the station must have been offline when it happened: what it has let happen cannot be refused any more. A clock that is behind, and that
 * nobody has measured yet, looks the same.
 */
export function isToldLate(claimed: Instant | null, origin: Measured): boolean {
  return origin.receivedAt - measuredTime(claimed, origin) > OFFLINE_AFTER_MS;
}
