import type { Instant } from '@voltpile/kernel/clock';
import type { LedgerAccountRef, NewEntry } from '../ledger/entry.ts';
import type { Payment } from './payment-state.ts';
import type { Refund } from './refund-state.ts';

/** Where the money of a payment comes from, as the books see it: a top-up fills the wallet, a capture pays what is owed. */
function counterAccount({ purpose, accountId }: Payment): LedgerAccountRef {
  return { kind: purpose === 'top-up' ? 'wallet' : 'receivable', accountId };
}

/** What a change of a payment means for the books: the money once it is captured, the fee once it is known. */
export function entriesOfPayment(before: Payment, after: Payment, at: Instant): NewEntry[] {
  const { id, organizationId, currency, provider, capturedMinor, feeMinor, feeCurrency } = after;
  const reference = { type: 'payment', id } as const;
  const entries: NewEntry[] = [];
  if (before.state !== 'captured' && after.state === 'captured' && capturedMinor > 0n) {
    entries.push({
      organizationId,
      currency,
      kind: after.purpose === 'top-up' ? 'top-up' : 'capture',
      idempotencyKey: `payment:${id}:capture`,
      reference,
      at,
      description: after.purpose === 'top-up' ? 'Top-up by card' : 'Captured for a charge',
      postings: [
        { account: { kind: 'provider', provider }, debitMinor: capturedMinor },
        { account: counterAccount(after), debitMinor: -capturedMinor },
      ],
    });
  }
  // A fee in another currency was taken from money that the provider has changed before: these books do not know its rate.
  if (before.feeMinor === null && feeMinor !== null && feeMinor > 0n && feeCurrency === currency) {
    entries.push({
      organizationId,
      currency,
      kind: 'fee',
      idempotencyKey: `payment:${id}:fee`,
      reference,
      at,
      description: 'Fee of the payment provider',
      postings: [
        { account: { kind: 'fees' }, debitMinor: feeMinor },
        { account: { kind: 'provider', provider }, debitMinor: -feeMinor },
      ],
    });
  }
  return entries;
}

/**
 * A refund takes the money back from where the payment put it. Booked when it is asked for, so that a wallet cannot be spent meanwhile.
 *
 * @param from `receivable` where the wallet has been spent already and the provider has given the money back nevertheless
 */
export function entryOfRefund(payment: Payment, refund: Refund, at: Instant, from?: 'receivable'): NewEntry {
  const account = from === undefined ? counterAccount(payment) : { kind: from, accountId: payment.accountId };
  return refundEntry(payment, at, `refund:${refund.id}`, 'Refund', account, refund.amountMinor);
}

/** Takes the entry of a refund back that the provider could not give. */
export function entryOfFailedRefund(payment: Payment, refund: Refund, at: Instant): NewEntry {
  const account: LedgerAccountRef = refund.bookedFromReceivable
    ? { kind: 'receivable', accountId: payment.accountId }
    : counterAccount(payment);
  return refundEntry(payment, at, `refund:${refund.id}:failed`, 'Refund failed', account, -refund.amountMinor);
}

function refundEntry(
  { organizationId, currency, provider, id }: Payment,
  at: Instant,
  idempotencyKey: string,
  description: string,
  account: LedgerAccountRef,
  amountMinor: bigint,
): NewEntry {
  return {
    organizationId,
    currency,
    kind: 'refund',
    idempotencyKey,
    reference: { type: 'payment', id },
    at,
    description,
    postings: [
      { account, debitMinor: amountMinor },
      { account: { kind: 'provider', provider }, debitMinor: -amountMinor },
    ],
  };
}
