import { uuidv7 } from '@voltpile/kernel/ids';
import type { Knex } from 'knex';
import { accountCode } from './account-code.ts';
import { checkedEntry } from './checked-entry.ts';
import type { NewEntry } from './entry.ts';
import { keyReused, numberPostings } from './ledger.ts';
import {
  type Books,
  type BooksAccount,
  insertEntries,
  type JournalEntry,
  type LockedBalance,
  lockAccounts,
} from './ledger-repository.ts';

/**
 * Several entries that are written together: their accounts are locked once, in the order that everybody keeps, and what an entry leaves in an account
 * is what the next one finds there. For entries of which nobody can have written one before.
 */
export class Journal {
  readonly #books: ReadonlyMap<string, Map<string, LockedBalance>>;
  readonly #entries: JournalEntry[] = [];

  private constructor(books: ReadonlyMap<string, Map<string, LockedBalance>>) {
    this.#books = books;
  }

  /** Locks the accounts until the end of the transaction. */
  static async open(transaction: Knex.Transaction, accounts: readonly BooksAccount[]): Promise<Journal> {
    const opened = new Map<string, Map<string, LockedBalance>>();
    for (const account of accounts) opened.set(keyOf(account), new Map());
    for (const locked of await lockAccounts(transaction, accounts)) {
      opened.get(keyOf(locked))?.set(locked.code, locked);
    }
    return new Journal(opened);
  }

  /** Debits less credits, with the entries that were added so far. */
  balanceOf({ organizationId, currency, ref }: BooksAccount): bigint {
    return this.#balances({ organizationId, currency }).get(accountCode(ref))?.balanceMinor ?? 0n;
  }

  /** @throws FailedPrecondition `ledger.insufficient_funds`; InvalidArgument `ledger.bad_entry` */
  add(entry: NewEntry): void {
    const checked = checkedEntry(entry);
    const balances = this.#balances(entry);
    const postings = numberPostings(checked, balances);
    postings.forEach(({ ledgerAccountId, number: lastNumber, balanceMinor }, index) => {
      const { code } = checked.postings[index] as (typeof checked.postings)[number];
      balances.set(code, { ledgerAccountId, lastNumber, balanceMinor });
    });
    this.#entries.push({ id: uuidv7(), entry: checked, postings });
  }

  /** @throws Conflict `ledger.key_reused` when there is an entry with the key of one of them */
  async write(transaction: Knex.Transaction): Promise<void> {
    if (this.#entries.length === 0) return;
    const written = await insertEntries(transaction, this.#entries);
    if (written !== this.#entries.length) throw keyReused();
  }

  #balances(books: Books): Map<string, LockedBalance> {
    const balances = this.#books.get(keyOf(books));
    if (balances === undefined) throw new Error(`the books ${keyOf(books)} were not opened`);
    return balances;
  }
}

function keyOf({ organizationId, currency }: Books): string {
  return `${organizationId} ${currency}`;
}
