import { defineError } from '@voltpile/kernel/errors';
import { type Uuid, uuidv7 } from '@voltpile/kernel/ids';
import type { MigrationSet } from '@voltpile/platform/database/migrations';
import type { Knex } from 'knex';
import type { Ledger, LedgerAccountRef, NewEntry } from '../../ledger/entry.ts';

const keyReused = defineError('ledger.key_reused', 'Conflict', 'Another entry has this key.');
const insufficientFunds = defineError('ledger.insufficient_funds', 'FailedPrecondition', 'The wallet holds less.');

/** A table for the entries of {@link TestLedger}. */
export const testLedgerMigrations: MigrationSet = {
  schema: 'test_ledger',
  migrations: [
    {
      name: '0001-entries',
      up: (knex) =>
        knex.raw(`
          create table test_ledger.entries (id uuid primary key, key text not null unique, content jsonb not null);
          create table test_ledger.postings (entry_id uuid not null, account text not null, currency text not null,
            debit_minor bigint not null)
        `),
      down: (knex) => knex.raw('drop table test_ledger.postings; drop table test_ledger.entries'),
    },
  ],
};

/** As much of a ledger as payments need: balanced entries, each once, in the caller's transaction; no wallet below nothing. */
export class TestLedger implements Ledger {
  async post(transaction: Knex.Transaction, entry: NewEntry): Promise<{ entryId: Uuid; isNew: boolean }> {
    if (entry.postings.reduce((sum, { debitMinor }) => sum + debitMinor, 0n) !== 0n) throw new Error('unbalanced');
    const content = JSON.stringify(entry, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
    const key = `${entry.organizationId}:${entry.idempotencyKey}`;
    const table = () => transaction.withSchema('test_ledger').table('entries');
    const before: { id: Uuid; content: unknown } | undefined = await table().where({ key }).first();
    if (before !== undefined) {
      if (JSON.stringify(before.content) !== JSON.stringify(JSON.parse(content))) throw keyReused();
      return { entryId: before.id, isNew: false };
    }
    const entryId = uuidv7();
    await table().insert({ id: entryId, key, content });
    for (const { account, debitMinor } of entry.postings) {
      await transaction
        .withSchema('test_ledger')
        .table('postings')
        .insert({
          entry_id: entryId,
          account: nameOf(account),
          currency: entry.currency,
          debit_minor: String(debitMinor),
        });
      const isWallet = account.kind === 'wallet';
      if (isWallet && (await balanceOf(transaction, nameOf(account))) > 0n) throw insufficientFunds();
    }
    return { entryId, isNew: true };
  }

  /** Debits less credits of an account: `provider:stripe`, `wallet:<account>`, `receivable:<account>`, `fees`. */
  balance(knex: Knex, account: string): Promise<bigint> {
    return balanceOf(knex, account);
  }

  /** The sum of everything: nothing, always. */
  async total(knex: Knex): Promise<bigint> {
    const row = await knex.withSchema('test_ledger').table('postings').sum('debit_minor as sum').first();
    return BigInt((row as { sum: string | null }).sum ?? 0);
  }

  async keys(knex: Knex): Promise<string[]> {
    const keys: string[] = await knex.withSchema('test_ledger').table('entries').orderBy('id').pluck('key');
    return keys.map((key) => key.slice(key.indexOf(':') + 1));
  }
}

async function balanceOf(knex: Knex, account: string): Promise<bigint> {
  const row = await knex
    .withSchema('test_ledger')
    .table('postings')
    .where({ account })
    .sum('debit_minor as sum')
    .first();
  return BigInt((row as { sum: string | null }).sum ?? 0);
}

function nameOf(account: LedgerAccountRef): string {
  if (account.kind === 'provider') return `provider:${account.provider}`;
  return 'accountId' in account ? `${account.kind}:${account.accountId}` : account.kind;
}
