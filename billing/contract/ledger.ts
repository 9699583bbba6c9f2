import type { AccessScope, Page, PageRequest } from '@voltpile/csms/contract/access-scope';
import type { Uuid } from '@voltpile/kernel/ids';
import type { Money } from './money.ts';

/** The books, for people: what has happened to money, what stands where, and whether all of it fits together. Nothing in them ever changes. */

export const LEDGER_ACCOUNT_KINDS = [
  'wallet',
  'hold',
  'receivable',
  'provider',
  'revenue',
  'vat',
  'fees',
  'write-off',
] as const;
export type LedgerAccountKind = (typeof LEDGER_ACCOUNT_KINDS)[number];

export const LEDGER_ENTRY_KINDS = [
  'charge',
  'credit',
  'top-up',
  'hold',
  'release',
  'wallet-payment',
  'payment',
  'payment-reversal',
  'capture',
  'refund',
  'fee',
  'write-off',
  'adjustment',
] as const;
export type LedgerEntryKind = (typeof LEDGER_ENTRY_KINDS)[number];

export const LEDGER_REFERENCE_TYPES = ['cdr', 'payment', 'received-payment', 'intent', 'invoice', 'account'] as const;
export type LedgerReferenceType = (typeof LEDGER_REFERENCE_TYPES)[number];

export interface LedgerReference {
  readonly type: LedgerReferenceType;
  readonly id: Uuid;
}

/** An account of the ledger. `accountId` is the party's whose it is, where it is one's; `provider` is of money that a provider holds. */
export interface LedgerAccountView {
  readonly kind: LedgerAccountKind;
  readonly accountId: Uuid | null;
  readonly provider: string | null;
}

export interface LedgerPostingView {
  readonly account: LedgerAccountView;
  readonly side: 'debit' | 'credit';
  /** Above nothing, always. */
  readonly amount: Money;
}

/** Debits and credits come to the same. */
export interface LedgerEntryView {
  readonly id: Uuid;
  readonly organizationId: Uuid;
  readonly currency: string;
  readonly kind: LedgerEntryKind;
  readonly reference: LedgerReference;
  readonly description: string;
  /** When it happened. */
  readonly at: string;
  readonly recordedAt: string;
  readonly postings: readonly LedgerPostingView[];
}

export interface LedgerEntryFilter {
  readonly organizationId?: Uuid | undefined;
  /** Entries that post to a wallet, a hold or a receivable of this account. */
  readonly accountId?: Uuid | undefined;
  readonly referenceId?: Uuid | undefined;
  readonly kind?: LedgerEntryKind | undefined;
}

export interface LedgerBalanceView {
  readonly id: Uuid;
  readonly organizationId: Uuid;
  readonly account: LedgerAccountView;
  /** On which side it stands; what has come to nothing stands on the debit side. */
  readonly side: 'debit' | 'credit';
  readonly amount: Money;
  readonly updatedAt: string;
}

export interface LedgerBalanceFilter {
  readonly organizationId?: Uuid | undefined;
  readonly accountId?: Uuid | undefined;
  readonly kind?: LedgerAccountKind | undefined;
  readonly currency?: string | undefined;
}

/** Something in the books that is not as it should be. */
export interface LedgerFinding {
  /** Name of the check that found it. */
  readonly check: string;
  readonly problem: string;
}

/** A check that was not made, or not to its end: whoever was to be asked did not answer, or there was too much to ask. */
export interface UnansweredCheck {
  readonly check: string;
  readonly reason: string;
}

export interface LedgerProofView {
  readonly id: Uuid;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly isSound: boolean;
  /** Names of the checks. */
  readonly checks: readonly string[];
  /** The first of each check. */
  readonly findings: readonly LedgerFinding[];
  /** What of the checks was not answered. It says nothing against the books, and nothing for them. */
  readonly unanswered: readonly UnansweredCheck[];
}

/** All of it throws Unavailable `database.unavailable`; lists throw InvalidArgument `list.bad_cursor`, `list.bad_limit`. */
export interface LedgerPort {
  /** Newest first. */
  listEntries(scope: AccessScope, filter: LedgerEntryFilter, page: PageRequest): Promise<Page<LedgerEntryView>>;
  /** @throws NotFound `ledger.entry_not_found` */
  getEntry(scope: AccessScope, id: Uuid): Promise<LedgerEntryView>;
  /** Newest account first. */
  listBalances(scope: AccessScope, filter: LedgerBalanceFilter, page: PageRequest): Promise<Page<LedgerBalanceView>>;
  /** Of the books of all organisations, newest first. */
  listProofs(page: PageRequest): Promise<Page<LedgerProofView>>;
  /**
   * Checks the books of all organisations now. Whoever asks this process while it checks them gets the same answer.
   *
   * @throws Conflict `ledger.proof_running`: another process does; Unavailable `ledger.proof_stopped`
   */
  prove(): Promise<LedgerProofView>;
}
