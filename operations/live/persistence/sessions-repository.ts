import { type Instant, toIso } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import type { Knex } from 'knex';

/** What an event tells of a charge that has ended, or of its price. */
export interface SessionFact {
  readonly transactionId: Uuid;
  readonly organizationId: Uuid;
  readonly siteId: Uuid;
  readonly stationId: string;
  readonly evseId: number | null;
  /** null: not told by this event. */
  readonly endedAt: string | null;
  readonly energyWh: number | null;
  readonly cost: { readonly amount: string; readonly currency: string } | null;
  readonly eventId: bigint;
}

/** Keeps what was told, given in the order of the events. A later end or price takes the place of an earlier one. */
export async function storeSessions(db: Knex, facts: readonly SessionFact[]): Promise<void> {
  if (facts.length === 0) return;
  const known = (column: string) => db.raw(`coalesce(excluded.${column}, sessions.${column})`);
  await db
    .withSchema('operations')
    .table('sessions')
    .insert(together(facts).map(toRow))
    .onConflict('transaction_id')
    .merge({
      evse_id: known('evse_id'),
      ended_at: known('ended_at'),
      // An end that nothing is known of the energy of takes it back.
      energy_wh: db.raw('case when excluded.ended_at is null then sessions.energy_wh else excluded.energy_wh end'),
      cost_amount: known('cost_amount'),
      cost_currency: known('cost_currency'),
      last_event_id: db.raw('excluded.last_event_id'),
    })
    .whereRaw('sessions.last_event_id < excluded.last_event_id');
}

/**
 * Removes charges that ended before then, some at a time.
 *
 * @returns how many
 */
export async function dropSessions(db: Knex, before: Instant, count: number): Promise<number> {
  const { rowCount } = await db.raw<{ rowCount: number }>(
    `delete from operations.sessions where transaction_id in (
       select transaction_id from operations.sessions where ended_at < ?::timestamptz order by ended_at limit ?)`,
    [toIso(before), count],
  );
  return rowCount;
}

/** One row of each charge, in one order, in which rows are locked. */
function together(facts: readonly SessionFact[]): SessionFact[] {
  const merged = new Map<Uuid, SessionFact>();
  for (const fact of facts) {
    const before = merged.get(fact.transactionId);
    merged.set(fact.transactionId, {
      ...fact,
      evseId: fact.evseId ?? before?.evseId ?? null,
      endedAt: fact.endedAt ?? before?.endedAt ?? null,
      energyWh: fact.endedAt === null ? (before?.energyWh ?? null) : fact.energyWh,
      cost: fact.cost ?? before?.cost ?? null,
    });
  }
  return [...merged.values()].sort((one, other) => (one.transactionId < other.transactionId ? -1 : 1));
}

function toRow(fact: SessionFact): object {
  return {
    transaction_id: fact.transactionId,
    organization_id: fact.organizationId,
    site_id: fact.siteId,
    station_id: fact.stationId,
    evse_id: fact.evseId,
    ended_at: fact.endedAt,
    energy_wh: fact.energyWh,
    cost_amount: fact.cost?.amount ?? null,
    cost_currency: fact.cost?.currency ?? null,
    last_event_id: String(fact.eventId),
  };
}
