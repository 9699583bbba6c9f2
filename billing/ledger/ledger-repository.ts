import { toIso } from '@voltpile/kernel/clock';
import { type Uuid, uuidv7 } from '@voltpile/kernel/ids';
import type { Knex } from 'knex';
import { accountCode } from './account-code.ts';
import type { CheckedEntry } from './checked-entry.ts';
import type { LedgerAccountRef } from './entry.ts';

/** A balance whose row is locked until the end of the transaction. */
export interface LockedBalance {
  readonly ledgerAccountId: Uuid;
  /** Debits less credits. */
  readonly balanceMinor: bigint;
  /** Number of its newest posting. */
  readonly lastNumber: bigint;
}

/** Whose accounts, and in which currency. */
export interface Books {
  readonly organizationId: Uuid;
  readonly currency: string;
}

/**
 * Locks the balances of these accounts, by their codes, and opens accounts that there are none of yet. All callers lock in the same order, so
 * that none of them waits for another one that waits for it.
 */
export async function lockBalances(
  transaction: Knex.Transaction,
  books: Books,
  refs: readonly LedgerAccountRef[],
): Promise<ReadonlyMap<string, LockedBalance>> {
  const found = await lockKnown(transaction, books, refs);
  if (found.size === refs.length) return found;
  await openAccounts(
    transaction,
    books,
    refs.filter((ref) => !found.has(accountCode(ref))),
  );
  return lockKnown(transaction, books, refs);
}

async function lockKnown(
  transaction: Knex.Transaction,
  { organizationId, currency }: Books,
  refs: readonly LedgerAccountRef[],
): Promise<ReadonlyMap<string, LockedBalance>> {
  const { rows } = await transaction.raw<{
    rows: { id: Uuid; code: string; balance_minor: string; last_number: string }[];
  }>(
    `select a.id, a.code, b.balance_minor, b.last_number
     from billing.ledger_accounts a join billing.ledger_balances b on b.ledger_account_id = a.id
     where a.organization_id = ?::uuid and a.currency = ? and a.code = any(?::text[])
     order by b.ledger_account_id for update of b`,
    [organizationId, currency, refs.map(accountCode)],
  );
  return new Map(
    rows.map((row) => [
      row.code,
      {
        ledgerAccountId: row.id,
        balanceMinor: BigInt(row.balance_minor),
        lastNumber: BigInt(row.last_number),
      },
    ]),
  );
}

/** Opened by several at once, an account is opened once: the others wait for the first. */
async function openAccounts(
  transaction: Knex.Transaction,
  { organizationId, currency }: Books,
  refs: readonly LedgerAccountRef[],
): Promise<void> {
  const sorted = [...refs].sort((one, other) => (accountCode(one) < accountCode(other) ? -1 : 1));
  // The driver takes null in lists; knex's types do not know it.
  const accountIds = sorted.map((ref) => ('accountId' in ref ? ref.accountId : null)) as string[];
  const providers = sorted.map((ref) => ('provider' in ref ? ref.provider : null)) as string[];
  await transaction.raw(
    `with opened as (
       insert into billing.ledger_accounts (id, organization_id, currency, kind, account_id, provider)
       select w.id, ?::uuid, ?, w.kind, w.account_id, w.provider
       from unnest(?::uuid[], ?::text[], ?::uuid[], ?::text[]) as w (id, kind, account_id, provider)
       on conflict (organization_id, currency, code) do nothing returning id, kind
     )
     insert into billing.ledger_balances (ledger_account_id, kind) select id, kind from opened`,
    [organizationId, currency, sorted.map(() => uuidv7()), sorted.map(({ kind }) => kind), accountIds, providers],
  );
}

export interface KnownEntry {
  readonly id: Uuid;
  readonly contentHash: Buffer;
}

export async function findEntryByKey(db: Knex, organizationId: Uuid, key: string): Promise<KnownEntry | undefined> {
  const row: { id: Uuid; content_hash: Buffer } | undefined = await db
    .withSchema('billing')
    .table('ledger_entries')
    .where({ organization_id: organizationId, idempotency_key: key })
    .first('id', 'content_hash');
  return row === undefined ? undefined : { id: row.id, contentHash: row.content_hash };
}

/** What the entry of this key posted to the account: a debit above 0; null when there is no such entry. */
export async function findPosted(
  db: Knex,
  organizationId: Uuid,
  key: string,
  account: LedgerAccountRef,
): Promise<bigint | null> {
  const { rows } = await db.raw<{ rows: { debit_minor: string | null }[] }>(
    `select (
       select p.debit_minor from billing.ledger_postings p join billing.ledger_accounts a on a.id = p.ledger_account_id
       where p.entry_id = e.id and a.code = ?
     ) as debit_minor
     from billing.ledger_entries e where e.organization_id = ?::uuid and e.idempotency_key = ?`,
    [accountCode(account), organizationId, key],
  );
  const [row] = rows;
  return row === undefined ? null : BigInt(row.debit_minor ?? 0);
}

/** A posting with the balance that it leads to. */
export interface NumberedPosting {
  readonly ledgerAccountId: Uuid;
  readonly number: bigint;
  readonly debitMinor: bigint;
  readonly balanceMinor: bigint;
}

/** An entry as it is written. */
export interface JournalEntry {
  readonly id: Uuid;
  readonly entry: CheckedEntry;
  readonly postings: readonly NumberedPosting[];
}

/**
 * Writes entries, their postings and the new balances, which are those behind the last posting of each account.
 *
 * @returns how many: there is an entry of its key already for each one that is missing
 */
export async function insertEntries(transaction: Knex.Transaction, entries: readonly JournalEntry[]): Promise<number> {
  const postings = entries.flatMap(({ id, entry, postings: own }) =>
    own.map((posting) => ({ ...posting, entryId: id, organizationId: entry.organizationId, currency: entry.currency })),
  );
  const { rows } = await transaction.raw<{ rows: unknown[] }>(
    `with entry as (
       insert into billing.ledger_entries (id, organization_id, currency, kind, idempotency_key, content_hash, reference_type, reference_id,
         description, posting_count, at)
       select * from unnest(?::uuid[], ?::uuid[], ?::text[], ?::text[], ?::text[], ?::bytea[], ?::text[], ?::uuid[], ?::text[], ?::smallint[],
         ?::timestamptz[])
       on conflict (organization_id, idempotency_key) do nothing returning id
     ), posting as (
       select w.* from unnest(?::uuid[], ?::uuid[], ?::text[], ?::uuid[], ?::bigint[], ?::bigint[], ?::bigint[])
         as w (entry_id, organization_id, currency, ledger_account_id, number, debit_minor, balance_minor)
       join entry on entry.id = w.entry_id
     ), posted as (
       insert into billing.ledger_postings (entry_id, ledger_account_id, organization_id, currency, number, debit_minor, balance_minor)
       select entry_id, ledger_account_id, organization_id, currency, number, debit_minor, balance_minor from posting
     ), changed as (
       update billing.ledger_balances b set balance_minor = w.balance_minor, last_number = w.number, updated_at = now()
       from (select distinct on (ledger_account_id) ledger_account_id, number, balance_minor from posting
         order by ledger_account_id, number desc) w
       where b.ledger_account_id = w.ledger_account_id
     )
     select id from entry`,
    [
      entries.map(({ id }) => id),
      entries.map(({ entry }) => entry.organizationId),
      entries.map(({ entry }) => entry.currency),
      entries.map(({ entry }) => entry.kind),
      entries.map(({ entry }) => entry.idempotencyKey),
      // The driver writes lists of buffers as text: in the form that bytea reads.
      entries.map(({ entry }) => `\\x${entry.contentHash.toString('hex')}`),
      entries.map(({ entry }) => entry.reference.type),
      entries.map(({ entry }) => entry.reference.id),
      entries.map(({ entry }) => entry.description),
      entries.map(({ postings: own }) => own.length),
      entries.map(({ entry }) => toIso(entry.at)),
      postings.map(({ entryId }) => entryId),
      postings.map(({ organizationId }) => organizationId),
      postings.map(({ currency }) => currency),
      postings.map(({ ledgerAccountId }) => ledgerAccountId),
      postings.map(({ number }) => String(number)),
      postings.map(({ debitMinor }) => String(debitMinor)),
      postings.map(({ balanceMinor }) => String(balanceMinor)),
    ],
  );
  return rows.length;
}
