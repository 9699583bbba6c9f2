import type { Instant } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import type { Knex } from 'knex';
import type { LedgerEntryKind, LedgerReference } from '../contract/ledger.ts';

/**
 * An account of the ledger, by what it is for. Of a party: what it has in its wallet, what of that is held for charges under way, what it owes
 * (`accountId` null: whoever charged without an account). Of the organisation: the rest.
 */
export type LedgerAccountRef =
  | { readonly kind: 'wallet' | 'hold'; readonly accountId: Uuid }
  | { readonly kind: 'receivable'; readonly accountId: Uuid | null }
  /** Money that a payment provider holds for the organisation, or that came to it otherwise: to its bank, in cash, `by-hand`. */
  | { readonly kind: 'provider'; readonly provider: string }
  | { readonly kind: 'revenue' | 'vat' | 'fees' | 'write-off' };

export interface Posting {
  readonly account: LedgerAccountRef;
  /** Above 0 a debit, below 0 a credit, in minor units of the entry's currency. */
  readonly debitMinor: bigint;
}

/** Something that has happened to money. Its postings sum up to nothing. */
export interface NewEntry {
  readonly organizationId: Uuid;
  readonly currency: string;
  readonly kind: LedgerEntryKind;
  /** Once for each organisation: the same key with the same content is the same entry, with another it is refused. */
  readonly idempotencyKey: string;
  /** What it is about. */
  readonly reference: LedgerReference;
  readonly at: Instant;
  readonly description: string;
  /** At least two; at most one for each account. */
  readonly postings: readonly Posting[];
}

export interface Ledger {
  /**
   * Writes an entry within the caller's transaction.
   *
   * @returns `isNew` false when the entry was there already
   * @throws Conflict `ledger.key_reused`; FailedPrecondition `ledger.insufficient_funds` (a wallet or hold would fall below nothing),
   *   `ledger.unknown_account` (the organisation has no such party); InvalidArgument `ledger.bad_entry`. After the first two nothing was written,
   *   and the transaction may go on
   */
  post(transaction: Knex.Transaction, entry: NewEntry): Promise<{ readonly entryId: Uuid; readonly isNew: boolean }>;
}
