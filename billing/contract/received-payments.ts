import type { AccessScope, Page, PageRequest } from '@voltpile/csms/contract/access-scope';
import type { Uuid } from '@voltpile/kernel/ids';
import type { Money } from './money.ts';
import type { WalletView } from './wallets.ts';

/** Money that an account has paid to the organisation itself for what it owes: by bank transfer, in cash. */

export const RECEIVED_BY = ['bank-transfer', 'cash', 'other'] as const;
export type ReceivedBy = (typeof RECEIVED_BY)[number];

export const RECEIVED_PAYMENT_STATES = ['booked', 'reversed'] as const;
export type ReceivedPaymentState = (typeof RECEIVED_PAYMENT_STATES)[number];

export interface ReceivedPaymentView {
  readonly id: Uuid;
  readonly organizationId: Uuid;
  readonly accountId: Uuid;
  readonly amount: Money;
  readonly method: ReceivedBy;
  /** By which it is found again: the line of a bank statement, the number of a receipt or an invoice. */
  readonly reference: string;
  /** `2026-05-31`: when the money came. */
  readonly receivedOn: string;
  readonly state: ReceivedPaymentState;
  /** Of the ledger. */
  readonly entryId: Uuid;
  readonly recordedBy: string;
  readonly recordedAt: string;
  /** Of one that was booked by mistake. */
  readonly reversal: {
    readonly reason: string;
    readonly entryId: Uuid;
    readonly reversedBy: string;
    readonly reversedAt: string;
  } | null;
}

export interface ReceivedPaymentInput {
  /** In any currency in which the account owes something. */
  readonly amount: Money;
  readonly method: ReceivedBy;
  readonly reference: string;
  readonly receivedOn: string;
  /** Of who pays later: what is more than what is owed stays as a credit, which the next charges use up. */
  readonly keepCredit: boolean;
  /** The same one for the same account is the same payment, whenever it comes again; 1 to 400 characters. */
  readonly idempotencyKey: string;
  readonly recordedBy: string;
}

export interface ReceivedPaymentFilter {
  readonly organizationId?: Uuid | undefined;
  readonly accountId?: Uuid | undefined;
  readonly state?: ReceivedPaymentState | undefined;
}

/** All of it throws Unavailable `database.unavailable`. */
export interface ReceivedPaymentsPort {
  /** Newest first. @throws InvalidArgument `list.bad_cursor`, `list.bad_limit` */
  list(scope: AccessScope, filter: ReceivedPaymentFilter, page: PageRequest): Promise<Page<ReceivedPaymentView>>;
  /** @throws NotFound `received_payment.not_found` */
  get(scope: AccessScope, id: Uuid): Promise<ReceivedPaymentView>;
  /**
   * Books a payment against what an account owes.
   *
   * @returns `isNew` false when it had been booked before
   * @throws NotFound `account.not_found`; InvalidArgument `received_payment.bad_amount`, `received_payment.bad_date`, `money.bad_amount`; Conflict
   *   `received_payment.key_reused`; FailedPrecondition `received_payment.more_than_owed`, `payment.capture_under_way` (a card is about to pay it)
   */
  book(
    scope: AccessScope,
    accountId: Uuid,
    input: ReceivedPaymentInput,
  ): Promise<{ readonly payment: ReceivedPaymentView; readonly isNew: boolean; readonly wallet: WalletView }>;
  /**
   * Takes one back that was booked by mistake, by an entry the other way round: the account owes it again.
   *
   * @throws NotFound `received_payment.not_found`; Conflict `received_payment.reversed`
   */
  reverse(
    scope: AccessScope,
    id: Uuid,
    reversal: { readonly reason: string; readonly reversedBy: string },
  ): Promise<{ readonly payment: ReceivedPaymentView; readonly wallet: WalletView }>;
}
