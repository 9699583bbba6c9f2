import { type Instant, toIso } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import type { Knex } from 'knex';

/** A record that counts, as far as it can be compared with what it was made from. */
export interface RecordToCompare {
  readonly id: Uuid;
  readonly transactionIds: readonly Uuid[];
  readonly energyWh: number;
  readonly currency: string;
  readonly dueMinor: bigint;
  readonly flags: readonly string[];
  /** A person has decided about the charge: what it says then is what was decided. */
  readonly isDecided: boolean;
}

interface Row {
  readonly id: Uuid;
  readonly transaction_ids: Uuid[];
  readonly energy_wh: number;
  readonly currency: string;
  readonly due: string;
  readonly flags: string[];
  readonly is_decided: boolean;
}

const IS_SETTLED = `s.state = 'settled' and not s.is_touched`;

/** Those that were never compared first, then those that it is the longest ago for. */
export async function listToCompare(db: Knex, before: Instant, count: number): Promise<RecordToCompare[]> {
  const { rows } = await db.raw<{ rows: Row[] }>(
    `select c.id, d.transaction_ids, r."energyWh" as energy_wh, c.currency, c.incl_vat_minor::text as due, coalesce(r.flags, '{}') as flags,
       exists (select from billing.settlement_decisions j where j.transaction_id = any(d.transaction_ids)) as is_decided
     from (
       select cdr_id, array_agg(transaction_id) as transaction_ids, min(place) as place from (
         select s.cdr_id, s.transaction_id, row_number() over (order by s.compared_at nulls first, s.transaction_id) as place
         from billing.settlements s
         where ${IS_SETTLED} and s.cdr_id is not null and (s.compared_at is null or s.compared_at < :before::timestamptz)
         order by s.compared_at nulls first, s.transaction_id limit :count
       ) oldest group by cdr_id
     ) due
       join billing.cdrs c on c.id = due.cdr_id and c.kind = 'charge'
       cross join lateral jsonb_to_record(c.content) as r ("energyWh" float8, flags text[])
       cross join lateral (select array_agg(m.transaction_id) as transaction_ids from billing.cdr_transactions m where m.cdr_id = c.id) d
     where d.transaction_ids is not null
     order by due.place`,
    { before: toIso(before), count },
  );
  return rows.map((row) => ({
    id: row.id,
    transactionIds: row.transaction_ids,
    energyWh: row.energy_wh,
    currency: row.currency,
    dueMinor: BigInt(row.due),
    flags: row.flags,
    isDecided: row.is_decided,
  }));
}

/** How many charges were never compared. */
export async function countNeverCompared(db: Knex): Promise<number> {
  const { rows } = await db.raw<{ rows: { count: number }[] }>(
    `select count(*)::int as count from billing.settlements s where ${IS_SETTLED} and s.cdr_id is not null and s.compared_at is null`,
  );
  return rows[0]?.count ?? 0;
}

export async function noteCompared(db: Knex, cdrIds: readonly Uuid[], at: Instant): Promise<void> {
  if (cdrIds.length === 0) return;
  await db.raw(
    `update billing.settlements set compared_at = ? where transaction_id in (
       select transaction_id from billing.cdr_transactions where cdr_id = any(?::uuid[]) order by transaction_id)`,
    [toIso(at), [...cdrIds]],
  );
}

/** Whether that record is what its charge is settled by, and nothing was told of it since. */
export async function isStillSettled(db: Knex, cdrId: Uuid): Promise<boolean> {
  const { rows } = await db.raw<{ rows: { is: boolean | null }[] }>(
    `select bool_and(${IS_SETTLED} and s.cdr_id = m.cdr_id) as is
     from billing.cdr_transactions m join billing.settlements s on s.transaction_id = m.transaction_id where m.cdr_id = ?`,
    [cdrId],
  );
  return rows[0]?.is === true;
}
