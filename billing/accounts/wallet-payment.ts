import type { Instant } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import type { Knex } from 'knex';
import type { NewEntry } from '../ledger/entry.ts';
import { findPosted } from '../ledger/ledger-repository.ts';

/** Something that is owed, and that a wallet is to pay. */
export interface WalletPayment {
  readonly organizationId: Uuid;
  readonly accountId: Uuid;
  readonly currency: string;
  /** Above 0. */
  readonly amountMinor: bigint;
  /** What it is owed for: paid once, unless it has a key of its own. */
  readonly reference: NewEntry['reference'];
  readonly idempotencyKey?: string;
  readonly at: Instant;
}

/** A wallet pays that amount. */
export function paymentOf({
  organizationId,
  accountId,
  currency,
  amountMinor,
  reference,
  idempotencyKey = keyOf(reference),
  at,
}: WalletPayment): NewEntry {
  return {
    organizationId,
    currency,
    kind: 'wallet-payment',
    idempotencyKey,
    reference,
    at,
    description: 'Paid from the wallet',
    postings: [
      { account: { kind: 'wallet', accountId }, debitMinor: amountMinor },
      { account: { kind: 'receivable', accountId }, debitMinor: -amountMinor },
    ],
  };
}

/** What the wallet has paid for this; null when it was not asked, or had nothing. */
export async function takenFromWallet(
  db: Knex,
  { organizationId, accountId, reference }: Pick<WalletPayment, 'organizationId' | 'accountId' | 'reference'>,
): Promise<bigint | null> {
  return findPosted(db, organizationId, keyOf(reference), { kind: 'wallet', accountId });
}

function keyOf({ type, id }: NewEntry['reference']): string {
  return `wallet-payment/${type}/${id}`;
}
