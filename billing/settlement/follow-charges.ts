import type { DomainEvent, DomainEventType } from '@voltpile/csms/contract/events';
import type { Clock } from '@voltpile/kernel/clock';
import { isUuid, type Uuid } from '@voltpile/kernel/ids';
import type { Knex } from 'knex';
import { type EndedCharge, noteEnded, touch } from './settlements-repository.ts';

/** What is to be heard of the stations' domain. */
export const FOLLOWED_EVENTS: readonly DomainEventType[] = [
  'transaction.started',
  'transaction.updated',
  'transaction.metered',
  'transaction.ended',
  'station.connected',
];

export interface FollowedCharges {
  readonly ended: readonly Uuid[];
  /** Others of which something new was told, and whose they are. */
  readonly running: readonly { readonly transactionId: Uuid; readonly organizationId: Uuid }[];
  /** How many charges are to be looked at. */
  readonly due: number;
}

/**
 * Notes what is to be settled. An event that comes again changes nothing but that a charge is looked at once more. Whether a charge has ended is asked of
 * the table, whatever is known of it here: another process may have noted its end.
 *
 * @returns transactions that have ended, and others of which something new was told
 */
export async function followCharges(
  knex: Knex,
  clock: Clock,
  events: readonly DomainEvent[],
): Promise<FollowedCharges> {
  const ended = new Map<Uuid, EndedCharge>();
  const told = new Map<Uuid, Uuid>();
  for (const { type, data, organizationId, siteId, stationId } of events) {
    const { transactionId } = data;
    if (typeof transactionId !== 'string' || !isUuid(transactionId)) continue;
    if (type !== 'transaction.ended') told.set(transactionId, organizationId);
    else if (siteId !== null && stationId !== null) {
      ended.set(transactionId, { transactionId, organizationId, siteId, stationId });
    }
  }
  const at = clock.now();
  // Before the ends are noted: what was told before an end is no news about it.
  for (const id of ended.keys()) told.delete(id);
  const touched = await touch(knex, [...told.keys()], at);
  await noteEnded(knex, [...ended.values()], at);
  return {
    ended: [...ended.keys()],
    running: [...told].map(([transactionId, organization]) => ({ transactionId, organizationId: organization })),
    due: ended.size + touched,
  };
}
