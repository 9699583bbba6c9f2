import { FakeClock } from '@voltpile/kernel/clock';
import { type Uuid, uuidv7 } from '@voltpile/kernel/ids';
import { createTestDatabase, type TestDatabase } from '@voltpile/platform/testing/test-database';
import { accountCode } from '../ledger/account-code.ts';
import type { Ledger, LedgerAccountRef, NewEntry, Posting } from '../ledger/entry.ts';
import { createLedger } from '../ledger/ledger.ts';
import { billingMigrations } from '../persistence/migrations.ts';

/** The books on a real database, with parties made by hand. */
export interface LedgerBench extends AsyncDisposable {
  readonly test: TestDatabase;
  readonly clock: FakeClock;
  readonly ledger: Ledger;
  readonly organizationId: Uuid;
  addAccount(facts?: {
    organizationId?: Uuid;
    currency?: string;
    status?: 'active' | 'blocked';
    paymentMode?: 'prepaid' | 'postpaid';
  }): Promise<Uuid>;
  /** An entry in euro, with a key of its own unless told otherwise. */
  entry(postings: readonly Posting[], more?: Partial<NewEntry>): NewEntry;
  /** Posts in a transaction of its own. */
  post(entry: NewEntry): Promise<{ readonly entryId: Uuid; readonly isNew: boolean }>;
  /** Puts money into a wallet. */
  fill(accountId: Uuid, minor: bigint, currency?: string): Promise<void>;
  /** Debits less credits; what is in a wallet is below 0. */
  balance(ref: LedgerAccountRef, currency?: string): Promise<bigint>;
}

export async function createLedgerBench(): Promise<LedgerBench> {
  const test = await createTestDatabase({ migrations: [billingMigrations] });
  const { knex } = test;
  const clock = new FakeClock('2026-05-01T12:00:00Z');
  const ledger = createLedger();
  const bench: LedgerBench = {
    test,
    clock,
    ledger,
    organizationId: uuidv7(),
    async addAccount({ organizationId, currency = 'EUR', status = 'active', paymentMode = 'prepaid' } = {}) {
      const id = uuidv7();
      await knex('billing.accounts').insert({
        id,
        organization_id: organizationId ?? bench.organizationId,
        kind: 'driver',
        name: 'Ann',
        language: 'en',
        currency,
        status,
        payment_mode: paymentMode,
        created_at: new Date(clock.now()),
        updated_at: new Date(clock.now()),
      });
      return id;
    },
    entry: (postings, more = {}) => ({
      organizationId: bench.organizationId,
      currency: 'EUR',
      kind: 'adjustment',
      idempotencyKey: uuidv7(),
      reference: { type: 'account', id: bench.organizationId },
      at: clock.now(),
      description: 'Test',
      postings,
      ...more,
    }),
    post: (entry) => knex.transaction((trx) => ledger.post(trx, entry)),
    async fill(accountId, minor, currency = 'EUR') {
      const postings: Posting[] = [
        { account: { kind: 'provider', provider: 'test' }, debitMinor: minor },
        { account: { kind: 'wallet', accountId }, debitMinor: -minor },
      ];
      await bench.post(bench.entry(postings, { kind: 'top-up', currency }));
    },
    async balance(ref, currency = 'EUR') {
      const row = await knex('billing.ledger_accounts as a')
        .join('billing.ledger_balances as b', 'b.ledger_account_id', 'a.id')
        .where({ 'a.code': accountCode(ref), 'a.currency': currency, 'a.organization_id': bench.organizationId })
        .first('b.balance_minor');
      return BigInt(row?.balance_minor ?? 0);
    },
    [Symbol.asyncDispose]: () => test.dispose(),
  };
  return bench;
}
