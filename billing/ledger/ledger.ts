import { defineError } from '@voltpile/kernel/errors';
import { type Uuid, uuidv7 } from '@voltpile/kernel/ids';
import type { Knex } from 'knex';
import { mayBeOverdrawn } from './account-code.ts';
import { badEntry, type CheckedEntry, checkedEntry } from './checked-entry.ts';
import type { Ledger } from './entry.ts';
import {
  findEntryByKey,
  insertEntries,
  type LockedBalance,
  lockBalances,
  type NumberedPosting,
} from './ledger-repository.ts';

export const keyReused = defineError(
  'ledger.key_reused',
  'Conflict',
  'An entry with this key is in the ledger, and it says something else.',
);

export const insufficientFunds = defineError(
  'ledger.insufficient_funds',
  'FailedPrecondition',
  'There is not enough in the {kind} of account {accountId}.',
);

export const unknownParty = defineError(
  'ledger.unknown_account',
  'FailedPrecondition',
  'The organisation has no such account.',
);

const FOREIGN_KEY_VIOLATION = '23503';
const MOST_OF_A_BALANCE = 2n ** 63n - 1n;

/** The books, in PostgreSQL. */
export function createLedger(): Ledger {
  return {
    async post(transaction, entry) {
      const checked = checkedEntry(entry);
      const postings = await prepare(transaction, checked);
      if (!Array.isArray(postings)) return { entryId: postings.entryId, isNew: false };
      const entryId = uuidv7();
      const written = await insertEntries(transaction, [{ id: entryId, entry: checked, postings }]);
      if (written === 1) return { entryId, isNew: true };
      // Written at the same moment, with other accounts: so it says something else.
      throw keyReused();
    },
  };
}

/**
 * Locks the balances, then looks for the same entry: whoever wrote it at the same moment had to have the same locks and has committed by now.
 * Nothing of the entry is written before it is certain that it may be: a refusal leaves the caller with a transaction that may go on.
 */
async function prepare(
  transaction: Knex.Transaction,
  entry: CheckedEntry,
): Promise<NumberedPosting[] | { readonly entryId: Uuid }> {
  const { organizationId, currency, idempotencyKey } = entry;
  const refs = entry.postings.map(({ account }) => account);
  const balances = await lockBalances(transaction, { organizationId, currency }, refs).catch((error: unknown) => {
    throw (error as { code?: unknown }).code === FOREIGN_KEY_VIOLATION ? unknownParty({}, error) : error;
  });
  const known = await findEntryByKey(transaction, organizationId, idempotencyKey);
  if (known !== undefined) {
    if (!known.contentHash.equals(entry.contentHash)) throw keyReused();
    return { entryId: known.id };
  }
  return numberPostings(entry, balances);
}

/**
 * An entry's postings with what they leave in their accounts.
 *
 * @param balances by the codes of their accounts
 * @throws FailedPrecondition `ledger.insufficient_funds`; InvalidArgument `ledger.bad_entry`
 */
export function numberPostings(entry: CheckedEntry, balances: ReadonlyMap<string, LockedBalance>): NumberedPosting[] {
  return entry.postings.map(({ account, code, debitMinor }) => {
    const before = balances.get(code);
    if (before === undefined) throw new Error(`the ledger account ${code} was not opened`);
    const balanceMinor = before.balanceMinor + debitMinor;
    // Only what takes from it is refused.
    if (!mayBeOverdrawn(account) && debitMinor > 0n && balanceMinor > 0n) {
      const { kind } = account;
      throw insufficientFunds({ kind, accountId: 'accountId' in account ? account.accountId : null });
    }
    if (balanceMinor > MOST_OF_A_BALANCE || balanceMinor < -MOST_OF_A_BALANCE) {
      throw badEntry({ problem: 'a balance would be too large' });
    }
    return { ledgerAccountId: before.ledgerAccountId, number: before.lastNumber + 1n, debitMinor, balanceMinor };
  });
}
