import { uuidv7 } from '@voltpile/kernel/ids';
import type { Knex } from 'knex';
import { accountCode } from './account-code.ts';
import { checkedEntry } from './checked-entry.ts';
import type { LedgerAccountRef, NewEntry } from './entry.ts';
import { keyReused, numberPostings } from './ledger.ts';
import { type Books, insertEntries, type JournalEntry, type LockedBalance, lockBalances } from './ledger-repository.ts';

/** An account of an organisation's books. */
export interface BooksAccount extends Books {
  readonly ref: LedgerAccountRef;
}

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
    const wanted = new Map<string, { readonly books: Books; readonly refs: Map<string, LedgerAccountRef> }>();
    for (const { organizationId, currency, ref } of accounts) {
      const books = { organizationId, currency };
      const known = wanted.get(keyOf(books)) ?? { books, refs: new Map<string, LedgerAccountRef>() };
      known.refs.set(accountCode(ref), ref);
      wanted.set(keyOf(books), known);
    }
    const opened = new Map<string, Map<string, LockedBalance>>();
    for (const [key, { books, refs }] of [...wanted].sort(([one], [other]) => (one < other ? -1 : 1))) {
      opened.set(key, new Map(await lockBalances(transaction, books, [...refs.values()])));
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
