import type { Instant } from '@voltpile/kernel/clock';
import type { ChargingState, ConnectorStatus } from '../contract/station-port.ts';

/** What a status of a connector can change of a transaction. Nothing else writes these. */
export interface TransactionCourse {
  readonly pluggedInAt: Instant | null;
  readonly unpluggedAt: Instant | null;
  readonly chargingState: string | null;
}

/** A transaction of the status's EVSE: the last one that began at or before the status, or the first one after it. */
export interface NeighbouringTransaction extends TransactionCourse {
  readonly id: string;
  readonly status: 'active' | 'ended';
  readonly startedAt: Instant;
  readonly energyEndedAt: Instant | null;
  /**
   * Since when the connector was occupied without a break when the transaction started, by all statuses known now; null when it was
   * not. Looked up only when it can matter: for a transaction after the status, and for one that has no `pluggedInAt` yet.
   */
  readonly occupiedSince: Instant | null;
}

export interface FollowedStatus {
  readonly status: ConnectorStatus;
  readonly chargingState: ChargingState | null;
  readonly effectiveAt: Instant;
  /** Whether the connector has no newer status. */
  readonly current: boolean;
}

/** States that a car can only be in while it is plugged in and authorised: a charge goes on. */
const GOING_ON: ReadonlySet<ChargingState> = new Set(['Charging', 'SuspendedEV', 'SuspendedEVSE']);

/**
 * What a connector's status says about a transaction beside it.
 *
 * - A status before the start only tells since when the car is there, however late it comes.
 * - The newest status of the connector is the state of a charge that is under way; one that says nothing about it (a fault) leaves it.
 * - The first time after the energy's end that the connector was free is when the car left. While the transaction runs, its energy's end
 *   is not known: a free connector counts then as well, and is taken back when the charge turns out to go on (a station that restarts
 *   may say `Available` first).
 */
export function followStatus(transaction: NeighbouringTransaction, status: FollowedStatus): TransactionCourse {
  const { pluggedInAt, unpluggedAt, chargingState, occupiedSince, startedAt } = transaction;
  if (status.effectiveAt < startedAt) return { pluggedInAt: occupiedSince, unpluggedAt, chargingState };
  const isUnderWay = transaction.status === 'active';
  return {
    pluggedInAt: pluggedInAt ?? occupiedSince,
    unpluggedAt: leftAt(transaction, status),
    chargingState: isUnderWay && status.current ? (status.chargingState ?? chargingState) : chargingState,
  };
}

function leftAt(transaction: NeighbouringTransaction, status: FollowedStatus): Instant | null {
  const { unpluggedAt, energyEndedAt, startedAt } = transaction;
  const { effectiveAt } = status;
  if (status.status === 'Available') {
    const isAfterEnergy = energyEndedAt === null ? effectiveAt > startedAt : effectiveAt >= energyEndedAt;
    if (!isAfterEnergy || (unpluggedAt !== null && unpluggedAt <= effectiveAt)) return unpluggedAt;
    return effectiveAt;
  }
  const goesOn =
    transaction.status === 'active' &&
    status.current &&
    status.chargingState !== null &&
    GOING_ON.has(status.chargingState);
  return goesOn ? null : unpluggedAt;
}

/** Whether two courses are the same, so that nothing needs to be written. */
export function isSameCourse(one: TransactionCourse, other: TransactionCourse): boolean {
  return (
    one.pluggedInAt === other.pluggedInAt &&
    one.unpluggedAt === other.unpluggedAt &&
    one.chargingState === other.chargingState
  );
}
