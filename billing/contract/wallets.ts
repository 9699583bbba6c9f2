import type { AccessScope, Page, PageRequest } from '@voltpile/csms/contract/access-scope';
import type { Uuid } from '@voltpile/kernel/ids';
import type { LedgerEntryKind, LedgerReference } from './ledger.ts';
import type { Money } from './money.ts';

/** What an account has, in its currency. */
export interface WalletView {
  readonly accountId: Uuid;
  /** What may be spent. */
  readonly available: Money;
  /** What is set aside for charges that were authorised or are under way; it is not in `available`. */
  readonly held: Money;
  /** For charges that were not paid yet; below nothing: what was paid too much. */
  readonly owed: Money;
  /** For charges that were priced in other currencies: the wallet does not pay them. None where nothing is owed. */
  readonly owedInOtherCurrencies: readonly Money[];
}

/** A movement of the wallet. */
export interface WalletMovementView {
  readonly entryId: Uuid;
  /** 1, 2, … within the wallet, without gaps. */
  readonly number: number;
  readonly kind: LedgerEntryKind;
  readonly reference: LedgerReference;
  readonly description: string;
  readonly at: string;
  /** Below nothing: out of the wallet. */
  readonly amount: Money;
  /** What was available afterwards. */
  readonly available: Money;
}

export const HOLD_STATES = ['open', 'released'] as const;
export type HoldState = (typeof HOLD_STATES)[number];

/** What was set aside for a charge. Released, it is in the wallet again, which pays. */
export interface HoldView {
  /** The start intent that it was authorised with. */
  readonly intentId: Uuid;
  readonly accountId: Uuid;
  readonly amount: Money;
  readonly state: HoldState;
  /** The charge, where it is known. */
  readonly transactionId: Uuid | null;
  readonly createdAt: string;
  readonly releasedAt: string | null;
}

export interface TopUp {
  readonly amount: Money;
  /** For whoever reads the statement. */
  readonly reason: string;
  /** The same one for the same account is the same top-up, whenever it comes again; 1 to 400 characters. */
  readonly idempotencyKey: string;
}

/** All of it throws NotFound `account.not_found`, Unavailable `database.unavailable`; lists InvalidArgument `list.bad_cursor`, `list.bad_limit`. */
export interface WalletsPort {
  get(scope: AccessScope, accountId: Uuid): Promise<WalletView>;
  /**
   * Puts money into the wallet that the organisation was given by hand: cash, a bank transfer. What the account owes in the wallet's currency is paid of
   * it first.
   *
   * @returns `isNew` false when it had been done before
   * @throws InvalidArgument `wallet.wrong_currency`, `wallet.bad_amount`, `money.bad_amount`, `ledger.bad_entry`; Conflict `ledger.key_reused`
   */
  topUp(
    scope: AccessScope,
    accountId: Uuid,
    topUp: TopUp,
  ): Promise<{ readonly entryId: Uuid; readonly isNew: boolean; readonly wallet: WalletView }>;
  /** Newest first. */
  statement(scope: AccessScope, accountId: Uuid, page: PageRequest): Promise<Page<WalletMovementView>>;
  /** Newest first. */
  holds(
    scope: AccessScope,
    accountId: Uuid,
    filter: { readonly state?: HoldState | undefined },
    page: PageRequest,
  ): Promise<Page<HoldView>>;
}
