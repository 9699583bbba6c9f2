import type { Instant } from '@voltpile/kernel/clock';
import { defineError } from '@voltpile/kernel/errors';
import type { ReservationStatus } from '../contract/reservations-port.ts';
import type { CommandOutcome } from '../contract/station-link.ts';
import type { ReservationEndReport } from '../contract/station-port.ts';

export const badExpiry = defineError(
  'reservation.bad_expiry',
  'InvalidArgument',
  'A reservation ends in the future, and at most {days} days from now.',
);

const MAX_DAYS = 30;
const DAY_MS = 24 * 60 * 60_000;

/** @throws InvalidArgument `reservation.bad_expiry` */
export function checkExpiry(expiresAt: Instant, now: Instant): void {
  if (!(expiresAt > now && expiresAt <= now + MAX_DAYS * DAY_MS)) throw badExpiry({ days: MAX_DAYS });
}

/** What becomes of a reservation. */
export interface ReservationChange {
  readonly status: ReservationStatus;
  readonly refusal?: string | undefined;
  /** To be set. */
  readonly flag?: string | undefined;
}

/** A reservation that may still be used, as far as anybody knows. */
export function isOpen(status: ReservationStatus): boolean {
  return status === 'requested' || status === 'active' || status === 'unknown';
}

/**
 * After the answer to ReserveNow (OCPP 2.0.1 H01; 1.6 §5.13). It may come after what follows from it: a reservation that has been used, or
 * has run out, stays so.
 *
 * @returns undefined: nothing changes
 */
export function afterRequest(status: ReservationStatus, outcome: CommandOutcome): ReservationChange | undefined {
  if (status !== 'requested') return undefined;
  const { facts } = outcome;
  switch (outcome.status) {
    case 'accepted':
      return { status: 'active' };
    case 'rejected':
      return { status: 'refused', refusal: facts?.kind === 'reservation' ? WORDS[facts.status] : 'Rejected' };
    case 'offline':
      return { status: 'refused', refusal: 'Offline' };
    case 'failed':
      return { status: 'refused', refusal: 'Failed' };
    case 'timeout':
    case 'unknown':
      return { status: 'unknown' };
  }
}

/** OCPP 2.0.1 ReserveNowStatusEnumType. */
const WORDS = {
  accepted: 'Rejected',
  faulted: 'Faulted',
  occupied: 'Occupied',
  rejected: 'Rejected',
  unavailable: 'Unavailable',
} as const;

/**
 * After the answer to CancelReservation. Rejected means that the station holds no such reservation (OCPP 2.0.1 H02; 1.6 §5.2): where
 * ours should have been, it is gone.
 */
export function afterCancel(
  status: ReservationStatus,
  outcome: Pick<CommandOutcome, 'status'>,
): ReservationChange | undefined {
  if (!isOpen(status)) return undefined;
  if (outcome.status === 'accepted') return { status: 'cancelled' };
  if (outcome.status === 'rejected') return { status: 'removed', flag: 'unknown-to-station' };
  return undefined;
}

/**
 * After the station's own word that a reservation is over (OCPP 2.0.1 H01, H04). Our timer may have been faster; a word that does not go
 * with what is known is kept as a flag.
 */
export function afterEndReport(
  status: ReservationStatus,
  told: ReservationEndReport['status'],
): ReservationChange | undefined {
  if (isOpen(status)) return { status: told === 'Expired' ? 'expired' : 'removed' };
  if (status === 'used' || status === 'refused') return { status, flag: `told:${told}` };
  return undefined;
}
