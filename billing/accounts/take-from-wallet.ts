import type { Instant } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import type { Knex } from 'knex';
import { accountCode } from '../ledger/account-code.ts';
import type { Ledger, LedgerAccountRef, NewEntry } from '../ledger/entry.ts';
import { findPosted, lockBalances } from '../ledger/ledger-repository.ts';

/** Something that is owed, and that a wallet is to pay. */
export interface WalletPayment {
  readonly organizationId: Uuid;
  readonly accountId: Uuid;
  readonly currency: string;
  /** What is owed; nothing is taken where it is not above 0. */
  readonly amountMinor: bigint;
  /** What it is owed for: paid once. */
  readonly reference: NewEntry['reference'];
  readonly at: Instant;
}

/**
 * Pays a receivable from the wallet: as much of it as the wallet has. Told again it takes nothing more, unless the wallet had nothing at all.
 *
 * @returns what was taken for this reference, now or before
 */
export async function takeFromWallet(
  ledger: Ledger,
  transaction: Knex.Transaction,
  { organizationId, accountId, currency, amountMinor, reference, at }: WalletPayment,
): Promise<bigint> {
  if (amountMinor <= 0n) return 0n;
  const wallet: LedgerAccountRef = { kind: 'wallet', accountId };
  const receivable: LedgerAccountRef = { kind: 'receivable', accountId };
  const balances = await lockBalances(transaction, { organizationId, currency }, [wallet, receivable]);
  const taken = await takenFromWallet(transaction, { organizationId, accountId, reference });
  if (taken !== null) return taken;
  const available = -(balances.get(accountCode(wallet))?.balanceMinor ?? 0n);
  const paid = available < amountMinor ? available : amountMinor;
  if (paid <= 0n) return 0n;
  await ledger.post(transaction, paymentOf({ organizationId, accountId, currency, amountMinor: paid, reference, at }));
  return paid;
}

/** A wallet pays that amount. */
export function paymentOf({
  organizationId,
  accountId,
  currency,
  amountMinor,
  reference,
  at,
}: WalletPayment): NewEntry {
  return {
    organizationId,
    currency,
    kind: 'wallet-payment',
    idempotencyKey: keyOf(reference),
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
