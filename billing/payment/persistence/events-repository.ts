import { type Instant, toIso } from '@voltpile/kernel/clock';
import { type Uuid, uuidv7 } from '@voltpile/kernel/ids';
import type { Knex } from 'knex';

/** `stale`: it told nothing new. `not-ours`: of a payment that somebody else has made at the provider. `ignored`: of a kind that says nothing to us. */
export const EVENT_OUTCOMES = ['applied', 'stale', 'not-ours', 'ignored'] as const;
export type EventOutcome = (typeof EVENT_OUTCOMES)[number];

const events = (db: Knex): Knex.QueryBuilder => db.withSchema('billing').table('payment_events');

/** Whether a notification was here before. */
export async function hasEvent(
  db: Knex,
  { provider, eventId }: { readonly provider: string; readonly eventId: string },
): Promise<boolean> {
  return (await events(db).where({ provider, provider_event_id: eventId }).first('id')) !== undefined;
}

/**
 * Takes a notification in. Two processes that get the same one at once wait for each other here.
 *
 * @returns false when it was here before
 */
export async function insertEvent(
  trx: Knex,
  event: {
    readonly provider: string;
    readonly eventId: string;
    readonly type: string;
    readonly occurredAt: Instant;
    readonly receivedAt: Instant;
  },
): Promise<boolean> {
  const inserted: unknown[] = await events(trx)
    .insert({
      id: uuidv7(),
      provider: event.provider,
      provider_event_id: event.eventId,
      type: event.type.slice(0, 100),
      occurred_at: toIso(event.occurredAt),
      received_at: toIso(event.receivedAt),
      outcome: 'ignored',
    })
    .onConflict(['provider', 'provider_event_id'])
    .ignore()
    .returning('id');
  return inserted.length > 0;
}

export async function storeOutcome(
  trx: Knex,
  event: { readonly provider: string; readonly eventId: string },
  outcome: EventOutcome,
  paymentId: Uuid | null,
): Promise<void> {
  await events(trx)
    .where({ provider: event.provider, provider_event_id: event.eventId })
    .update({ outcome, payment_id: paymentId });
}

/** Forgets notifications that came before that time, at most so many. */
export async function purgeEvents(db: Knex, before: Instant, count: number): Promise<number> {
  const { rowCount } = await db.raw<{ rowCount: number }>(
    `delete from billing.payment_events where id in (
       select id from billing.payment_events where received_at < ? order by received_at limit ?)`,
    [toIso(before), count],
  );
  return rowCount;
}
