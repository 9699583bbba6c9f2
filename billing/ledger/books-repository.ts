import type { AccessScope } from '@voltpile/csms/contract/access-scope';
import type { Uuid } from '@voltpile/kernel/ids';
import type { Knex } from 'knex';
import type {
  LedgerAccountKind,
  LedgerBalanceFilter,
  LedgerBalanceView,
  LedgerEntryFilter,
  LedgerEntryKind,
  LedgerEntryView,
  LedgerPostingView,
  LedgerReferenceType,
} from '../contract/ledger.ts';
import { toMoney } from '../money/minor-units.ts';
import { ofOrganizations } from '../persistence/of-organizations.ts';

/** What is read of the books. */

interface EntryRow {
  readonly id: Uuid;
  readonly organization_id: Uuid;
  readonly currency: string;
  readonly kind: LedgerEntryKind;
  readonly reference_type: LedgerReferenceType;
  readonly reference_id: Uuid;
  readonly description: string;
  readonly at: Date;
  readonly recorded_at: Date;
}

interface AccountColumns {
  readonly kind: LedgerAccountKind;
  readonly account_id: Uuid | null;
  readonly provider: string | null;
}

interface PostingRow extends AccountColumns {
  readonly entry_id: Uuid;
  readonly debit_minor: string;
}

interface BalanceRow extends AccountColumns {
  readonly id: Uuid;
  readonly organization_id: Uuid;
  readonly currency: string;
  readonly balance_minor: string;
  readonly updated_at: Date;
}

/** Newest first. */
export async function listEntries(
  db: Knex,
  scope: AccessScope,
  filter: LedgerEntryFilter,
  after: Uuid | null,
  count: number,
): Promise<LedgerEntryView[]> {
  const query = entries(db, scope).orderBy('id', 'desc').limit(count);
  const { organizationId, accountId, referenceId, kind } = filter;
  if (organizationId !== undefined) query.where('organization_id', organizationId);
  if (kind !== undefined) query.where('kind', kind);
  if (referenceId !== undefined) query.where('reference_id', referenceId);
  if (accountId !== undefined) {
    query.whereRaw(
      `id in (select p.entry_id from billing.ledger_postings p join billing.ledger_accounts a on a.id = p.ledger_account_id
         where a.account_id = ?::uuid)`,
      [accountId],
    );
  }
  if (after !== null) query.where('id', '<', after);
  return withPostings(db, await query);
}

export async function findEntry(db: Knex, scope: AccessScope, id: Uuid): Promise<LedgerEntryView | undefined> {
  const [view] = await withPostings(db, await entries(db, scope).where({ id }));
  return view;
}

/** Newest account first. */
export async function listBalances(
  db: Knex,
  scope: AccessScope,
  filter: LedgerBalanceFilter,
  after: Uuid | null,
  count: number,
): Promise<LedgerBalanceView[]> {
  const query = db
    .from('billing.ledger_accounts as a')
    .join('billing.ledger_balances as b', 'b.ledger_account_id', 'a.id')
    .modify(ofOrganizations(scope, 'a.organization_id'))
    .orderBy('a.id', 'desc')
    .limit(count)
    .select<BalanceRow[]>(
      'a.id',
      'a.organization_id',
      'a.currency',
      'a.kind',
      'a.account_id',
      'a.provider',
      'b.balance_minor',
      'b.updated_at',
    );
  const { organizationId, accountId, kind, currency } = filter;
  if (organizationId !== undefined) query.where('a.organization_id', organizationId);
  if (accountId !== undefined) query.where('a.account_id', accountId);
  if (kind !== undefined) query.where('a.kind', kind);
  if (currency !== undefined) query.where('a.currency', currency);
  if (after !== null) query.where('a.id', '<', after);
  const rows: readonly BalanceRow[] = await query;
  return rows.map((row) => ({
    id: row.id,
    organizationId: row.organization_id,
    account: accountOf(row),
    ...sided(BigInt(row.balance_minor), row.currency),
    updatedAt: row.updated_at.toISOString(),
  }));
}

function entries(db: Knex, scope: AccessScope): Knex.QueryBuilder {
  return db.withSchema('billing').table('ledger_entries').modify(ofOrganizations(scope));
}

async function withPostings(db: Knex, rows: readonly EntryRow[]): Promise<LedgerEntryView[]> {
  const postings: readonly PostingRow[] =
    rows.length === 0
      ? []
      : await db
          .from('billing.ledger_postings as p')
          .join('billing.ledger_accounts as a', 'a.id', 'p.ledger_account_id')
          .whereRaw('p.entry_id = any(?::uuid[])', [rows.map(({ id }) => id)])
          .orderBy([{ column: 'p.debit_minor', order: 'desc' }, 'a.code'])
          .select('p.entry_id', 'p.debit_minor', 'a.kind', 'a.account_id', 'a.provider');
  const ofEntry = Map.groupBy(postings, ({ entry_id }) => entry_id);
  return rows.map((row) => ({
    id: row.id,
    organizationId: row.organization_id,
    currency: row.currency,
    kind: row.kind,
    reference: { type: row.reference_type, id: row.reference_id },
    description: row.description,
    at: row.at.toISOString(),
    recordedAt: row.recorded_at.toISOString(),
    postings: (ofEntry.get(row.id) ?? []).map((posting): LedgerPostingView => {
      return { account: accountOf(posting), ...sided(BigInt(posting.debit_minor), row.currency) };
    }),
  }));
}

function accountOf({ kind, account_id, provider }: AccountColumns): LedgerPostingView['account'] {
  return { kind, accountId: account_id, provider };
}

/** An amount without a sign, with the side that it stands on. */
function sided(debitMinor: bigint, currency: string): Pick<LedgerPostingView, 'side' | 'amount'> {
  const isCredit = debitMinor < 0n;
  return { side: isCredit ? 'credit' : 'debit', amount: toMoney(isCredit ? -debitMinor : debitMinor, currency) };
}
