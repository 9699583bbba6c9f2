import { type AccessScope, EVERYTHING } from '@voltpile/csms/contract/access-scope';
import type { Uuid } from '@voltpile/kernel/ids';
import { withinScope } from '@voltpile/platform/database/within-scope';
import type { Knex } from 'knex';
import type { CdrFilter, CdrView } from '../contract/cdr.ts';
import type { UninvoicedFilter } from '../invoice/sources.ts';
import { fromMoney } from '../money/minor-units.ts';
import type { NewCdr } from './charge-record.ts';

interface CdrRow {
  readonly content: NewCdr;
  readonly credited_by: Uuid | null;
}

const COLUMNS = ['c.content', 'k.id as credited_by'];

/**
 * Stores records with the transactions that they charge.
 *
 * @param generation 1 for the record of a charge that has just ended; each correction is the next one. A transaction has one record in each.
 */
export async function insertCdrs(
  transaction: Knex.Transaction,
  cdrs: readonly NewCdr[],
  generation: number,
): Promise<void> {
  await transaction
    .withSchema('billing')
    .table('cdrs')
    .insert(
      cdrs.map((cdr) => ({
        id: cdr.id,
        organization_id: cdr.organizationId,
        site_id: cdr.siteId,
        station_id: cdr.stationId,
        kind: cdr.kind,
        account_id: cdr.accountId,
        currency: cdr.currency,
        incl_vat_minor: String(fromMoney(cdr.inclVat)),
        ended_at: cdr.endedAt,
        credits_cdr_id: cdr.creditsCdrId,
        content: JSON.stringify(cdr),
        created_at: cdr.createdAt,
      })),
    );
  const charged = cdrs.filter(({ kind }) => kind === 'charge');
  if (charged.length === 0) return;
  await transaction
    .withSchema('billing')
    .table('cdr_transactions')
    .insert(
      charged.flatMap(({ id, transactionIds }) =>
        transactionIds.map((transaction_id) => ({ transaction_id, generation, cdr_id: id })),
      ),
    );
}

/** How often a transaction has been charged so far, taken back or not. */
export async function lastGeneration(db: Knex, transactionId: Uuid): Promise<number> {
  const row = await db
    .withSchema('billing')
    .table('cdr_transactions')
    .where({ transaction_id: transactionId })
    .max('generation as last')
    .first();
  return row?.last ?? 0;
}

export async function findCdr(db: Knex, scope: AccessScope, id: Uuid): Promise<CdrView | undefined> {
  const row: CdrRow | undefined = await records(db, scope).where('c.id', id).first(COLUMNS);
  return row === undefined ? undefined : viewOf(row);
}

/** Those that there are, in any order. */
export async function findCdrs(db: Knex, ids: readonly Uuid[]): Promise<CdrView[]> {
  const rows: CdrRow[] = await records(db, EVERYTHING)
    .whereRaw('c.id = any(?::uuid[])', [[...ids]])
    .select(COLUMNS);
  return rows.map(viewOf);
}

/** What no invoice of an account names yet, by the end of the charge, oldest first. */
export async function listUninvoiced(db: Knex, filter: UninvoicedFilter): Promise<CdrView[]> {
  const { organizationId, accountId, from, to, currency, limit } = filter;
  const rows: CdrRow[] = await records(db, EVERYTHING)
    .where({ 'c.organization_id': organizationId, 'c.account_id': accountId })
    .where('c.ended_at', '>=', from)
    .where('c.ended_at', '<', to)
    .modify((query) => {
      if (currency !== undefined) query.where('c.currency', currency);
    })
    .whereRaw('not exists (select from billing.invoice_cdrs i where i.cdr_id = c.id and not i.is_reversal)')
    .orderBy(['c.ended_at', 'c.id'])
    .limit(limit)
    .select(COLUMNS);
  return rows.map(viewOf);
}

/** Newest first. */
export async function listCdrs(
  db: Knex,
  scope: AccessScope,
  filter: CdrFilter,
  after: Uuid | null,
  count: number,
): Promise<CdrView[]> {
  const rows: CdrRow[] = await records(db, scope)
    .modify((query) => {
      const { transactionId, stationId, accountId, from, to } = filter;
      if (transactionId !== undefined) {
        query.whereRaw(
          `coalesce(c.credits_cdr_id, c.id) in (select cdr_id from billing.cdr_transactions where transaction_id = ?)`,
          [transactionId],
        );
      }
      if (stationId !== undefined) query.where('c.station_id', stationId);
      if (accountId !== undefined) query.where('c.account_id', accountId);
      if (from !== undefined) query.where('c.ended_at', '>=', from);
      if (to !== undefined) query.where('c.ended_at', '<', to);
      if (after !== null) query.where('c.id', '<', after);
    })
    .orderBy('c.id', 'desc')
    .limit(count)
    .select(COLUMNS);
  return rows.map(viewOf);
}

function records(db: Knex, scope: AccessScope): Knex.QueryBuilder {
  return db
    .from(db.withSchema('billing').table('cdrs').modify(withinScope(scope)).as('c'))
    .leftJoin('billing.cdrs as k', 'k.credits_cdr_id', 'c.id');
}

function viewOf({ content, credited_by }: CdrRow): CdrView {
  // The oldest records do not say where they were.
  return { ...content, site: content.site ?? null, creditedByCdrId: credited_by };
}
