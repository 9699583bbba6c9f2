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

/** An account of an organisation's books. */
export interface BooksAccount extends Books {
  readonly ref: LedgerAccountRef;
}

/** @returns by the codes of their accounts. See {@link lockAccounts}. */
export async function lockBalances(
  transaction: Knex.Transaction,
  books: Books,
  refs: readonly LedgerAccountRef[],
): Promise<ReadonlyMap<string, LockedBalance>> {
  const locked = await lockAccounts(
    transaction,
    refs.map((ref) => ({ ...books, ref })),
  );
  return new Map(locked.map((account) => [account.code, account]));
}

/** A locked balance, and whose it is. */
export interface LockedAccount extends LockedBalance, Books {
  readonly code: string;
}

/**
 * Locks the balances of these accounts, and opens accounts that there are none of yet. All callers lock in the same order, and open
 * before they lock anything: so none of them waits for another one that waits for it.
 */
export async function lockAccounts(
  transaction: Knex.Transaction,
  accounts: readonly BooksAccount[],
): Promise<readonly LockedAccount[]> {
  if (accounts.length === 0) return [];
  const named = accounts.map((account) => ({ ...account, code: accountCode(account.ref) }));
  const once = new Map(named.map((account) => [keyOf(account), account]));
  const sorted = [...once].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, account]) => account);
  const known = await lockIfAllKnown(transaction, sorted);
  if (known.length === sorted.length) return known;
  await openAccounts(transaction, sorted);
  return lockIfAllKnown(transaction, sorted);
}

interface NamedAccount extends BooksAccount {
  readonly code: string;
}

function keyOf({ organizationId, currency, code }: NamedAccount): string {
  return `${organizationId} ${currency} ${code}`;
}

/** @returns nothing, with nothing locked, while one of them is not there: whoever opens it may be waiting for the others */
async function lockIfAllKnown(
  transaction: Knex.Transaction,
  accounts: readonly NamedAccount[],
): Promise<readonly LockedAccount[]> {
  const { rows } = await transaction.raw<{
    rows: {
      id: Uuid;
      organization_id: Uuid;
      currency: string;
      code: string;
      balance_minor: string;
      last_number: string;
    }[];
  }>(
    `with wanted as materialized (
       select a.id, a.organization_id, a.currency, a.code
       from unnest(?::uuid[], ?::text[], ?::text[]) as w (organization_id, currency, code)
       join billing.ledger_accounts a using (organization_id, currency, code)
     )
     select wanted.*, b.balance_minor, b.last_number
     from wanted join billing.ledger_balances b on b.ledger_account_id = wanted.id
     where (select count(*) from wanted) = ?
     order by b.ledger_account_id for update of b`,
    [
      accounts.map(({ organizationId }) => organizationId),
      accounts.map(({ currency }) => currency),
      accounts.map(({ code }) => code),
      accounts.length,
    ],
  );
  return rows.map((row) => ({
    ledgerAccountId: row.id,
    organizationId: row.organization_id,
    currency: row.currency,
    code: row.code,
    balanceMinor: BigInt(row.balance_minor),
    lastNumber: BigInt(row.last_number),
  }));
}

/** Opened by several at once, an account is opened once: the others wait for the first. */
async function openAccounts(transaction: Knex.Transaction, sorted: readonly NamedAccount[]): Promise<void> {
  // The driver takes null in lists; knex's types do not know it.
  const accountIds = sorted.map(({ ref }) => ('accountId' in ref ? ref.accountId : null)) as string[];
  const providers = sorted.map(({ ref }) => ('provider' in ref ? ref.provider : null)) as string[];
  await transaction.raw(
    `with opened as (
       insert into billing.ledger_accounts (id, organization_id, currency, kind, account_id, provider)
       select w.id, w.organization_id, w.currency, w.kind, w.account_id, w.provider
       from unnest(?::uuid[], ?::uuid[], ?::text[], ?::text[], ?::uuid[], ?::text[])
         as w (id, organization_id, currency, kind, account_id, provider)
       on conflict (organization_id, currency, code) do nothing returning id, kind
     )
     insert into billing.ledger_balances (ledger_account_id, kind) select id, kind from opened`,
    [
      sorted.map(() => uuidv7()),
      sorted.map(({ organizationId }) => organizationId),
      sorted.map(({ currency }) => currency),
      sorted.map(({ ref }) => ref.kind),
      accountIds,
      providers,
    ],
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
