import { type Instant, instant } from '@voltpile/kernel/clock';
import type { CommandEnd, Delivery, Wanted } from './delivery.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** After so many tries a station that takes no prices is asked once a day: somebody has to look at it. */
const RETRIES_MS = [MINUTE_MS, 5 * MINUTE_MS, 15 * MINUTE_MS, 60 * MINUTE_MS];
/** What is confirmed is looked at again, since stations are removed and replaced. */
const REST_MS = DAY_MS;
/** The end of a charge is told; this is for ends that are not. */
const CHARGING_MS = 5 * MINUTE_MS;

/** How long a station rests that has not taken its prices so often. */
export function retryDelayMs(attempts: number): number {
  return RETRIES_MS[Math.max(attempts, 1) - 1] ?? DAY_MS;
}

/** A station of which nothing is known yet. */
export function newDelivery({ stationId, organizationId, siteId }: Wanted): Delivery {
  return {
    stationId,
    organizationId,
    siteId,
    wantedVersionId: null,
    wantedDigest: null,
    state: 'unsupported',
    confirmedDigest: null,
    confirmedBy: null,
    confirmedAt: null,
    commandId: null,
    sentDigest: null,
    sentAt: null,
    attempts: 0,
    dueAt: null,
    problem: null,
  };
}

/** Other prices are wanted, or the same ones of another version: then nothing has to be told. */
export function wantOther(delivery: Delivery, wanted: Wanted, now: Instant): Delivery {
  const { organizationId, siteId, versionId: wantedVersionId, digest: wantedDigest, problem } = wanted;
  const placed = { ...delivery, organizationId, siteId, wantedVersionId };
  if (wantedDigest !== null && wantedDigest === delivery.wantedDigest) return placed;
  const changed = { ...placed, wantedDigest, attempts: 0, problem };
  // The answer to what was sent tells what the station has; then it is seen whether that is still wanted.
  return delivery.state === 'sent' ? changed : settled(changed, now);
}

/** A station is about to be sent its prices. Stored before it is sent them: after a crash it is known that it may have been. */
export function sending(delivery: Delivery, now: Instant, leaseMs: number): Delivery {
  return {
    ...delivery,
    state: 'sent',
    commandId: null,
    sentDigest: delivery.wantedDigest,
    sentAt: now,
    attempts: delivery.attempts + 1,
    dueAt: instant(now + leaseMs),
    problem: null,
  };
}

/** A command has ended. One that is not ours, or is told again, tells only what the station has. */
export function commandEnded(delivery: Delivery, end: CommandEnd, now: Instant): Delivery {
  const { commandId, status, digest, at, problem } = end;
  const isOurs = delivery.state === 'sent' && delivery.commandId === commandId;
  if (status === 'accepted') {
    // An unnoted command with what was to be sent is the one that was to be noted.
    const isUnnoted = delivery.state === 'sent' && delivery.commandId === null && delivery.sentDigest === digest;
    return told(
      isUnnoted ? { ...delivery, commandId } : delivery,
      { digest, by: 'command', at },
      now,
      isOurs || isUnnoted,
    );
  }
  if (!isOurs) return delivery;
  const hasOthersWanted = delivery.sentDigest !== delivery.wantedDigest;
  switch (status) {
    case 'rejected':
    case 'failed':
      if (hasOthersWanted) return settled(delivery, now);
      return { ...delivery, state: 'refused', dueAt: later(delivery, now), problem };
    case 'offline':
      if (hasOthersWanted) return settled(delivery, now);
      return { ...delivery, state: 'wanted', attempts: Math.max(delivery.attempts - 1, 0), dueAt: null, problem };
    case 'timeout':
    case 'unknown':
      return unanswered(delivery, problem, now);
  }
}

/** Nobody knows whether the station has taken what it was sent, so nothing is known of what it has. */
export function unanswered(delivery: Delivery, problem: string, now: Instant): Delivery {
  const unknown = { ...delivery, confirmedDigest: null, confirmedBy: null, confirmedAt: null };
  if (delivery.sentDigest !== delivery.wantedDigest) return settled(unknown, now);
  return { ...unknown, state: 'wanted', dueAt: later(delivery, now), problem };
}

/** The process that was to send has died before it noted the command: it may have been sent, so it is sent once more. */
export function unnoted(delivery: Delivery, now: Instant): Delivery {
  const problem = 'it is not known whether the station was sent its prices';
  return { ...unanswered(delivery, problem, now), dueAt: now };
}

/**
 * It is known what a station has.
 *
 * @param what.digest null: other prices than ours
 * @param isAnswer to what was sent last: then nothing is under way any more
 */
export function told(
  delivery: Delivery,
  what: { readonly digest: string | null; readonly by: 'command' | 'asking'; readonly at: Instant },
  now: Instant,
  isAnswer = false,
): Delivery {
  const isNews = delivery.confirmedAt === null || what.at >= delivery.confirmedAt;
  const known = isNews
    ? { ...delivery, confirmedDigest: what.digest, confirmedBy: what.by, confirmedAt: what.at }
    : delivery;
  if (isAnswer) return settled(known, now);
  if (delivery.state === 'sent') return known;
  const isPending = delivery.state === 'wanted' || delivery.state === 'refused';
  // What waits for its time still does.
  return isPending && known.confirmedDigest !== known.wantedDigest ? known : settled(known, now);
}

/** It cannot be sent now: the station is away. It is looked at again when it connects. */
export function away(delivery: Delivery): Delivery {
  const problem = delivery.state === 'refused' ? delivery.problem : 'the station is not connected';
  return { ...delivery, dueAt: null, problem };
}

/** It cannot be sent now: prices do not change in the middle of a charge. */
export function charging(delivery: Delivery, now: Instant): Delivery {
  return { ...delivery, dueAt: instant(now + CHARGING_MS), problem: 'somebody charges at the station' };
}

/** It could not be sent, for a reason of ours. */
export function notSent(delivery: Delivery, problem: string, now: Instant): Delivery {
  return { ...delivery, state: 'wanted', dueAt: later(delivery, now), problem };
}

/** Somebody wants the station to be told now, whatever it has. What is under way is waited for. */
export function again(delivery: Delivery, now: Instant): Delivery {
  if (delivery.state === 'sent' || delivery.wantedDigest === null) return delivery;
  return { ...delivery, state: 'wanted', attempts: 0, dueAt: now, problem: null };
}

/** Nothing has to be done for a while. */
export function resting(delivery: Delivery, now: Instant): Delivery {
  return { ...delivery, dueAt: instant(now + REST_MS) };
}

/** The state by what is wanted and what the station has. */
function settled(delivery: Delivery, now: Instant): Delivery {
  const { wantedDigest, confirmedDigest } = delivery;
  const attempts = delivery.sentDigest === wantedDigest ? delivery.attempts : 0;
  if (wantedDigest === null) return resting({ ...delivery, state: 'unsupported', attempts: 0 }, now);
  if (wantedDigest === confirmedDigest) {
    return resting({ ...delivery, state: 'confirmed', attempts: 0, problem: null }, now);
  }
  return { ...delivery, state: 'wanted', attempts, dueAt: now };
}

function later({ attempts }: Delivery, now: Instant): Instant {
  return instant(now + retryDelayMs(attempts));
}
