import type { Knex } from 'knex';
import { appendEvents, type NewEvent } from '../outbox/append-events.ts';

/** Appends events within a knex transaction, together with the facts they tell. */
export async function insertEvents(trx: Knex.Transaction, events: readonly NewEvent[]): Promise<void> {
  if (events.length === 0) return;
  const { statement, values } = appendEvents(events);
  // The statement names its parameters $1, $2 … in order, knex numbers them itself.
  await trx.raw(statement.text.replace(/\$\d+/g, '?'), values as Knex.RawBinding[]);
}
