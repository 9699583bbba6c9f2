import type { Uuid } from '@voltpile/kernel/ids';
import type { Knex } from 'knex';
import { accountCode } from '../ledger/account-code.ts';
import type { Ledger, LedgerAccountRef, NewEntry } from '../ledger/entry.ts';
import { lockBalances } from '../ledger/ledger-repository.ts';
import { capturesUnderWay } from './captures-under-way.ts';
import { paymentOf } from './wallet-payment.ts';

/**
 * Writes what fills a wallet. What the account owes in the currency of the wallet comes first: the wallet pays as much of it as there is in it then.
 *
 * @param entry credits the wallet; one that was written before changes nothing
 */
export async function postTopUp(
  ledger: Ledger,
  transaction: Knex.Transaction,
  accountId: Uuid,
  entry: NewEntry,
): Promise<{ readonly entryId: Uuid; readonly isNew: boolean }> {
  const { organizationId, currency, at } = entry;
  const wallet: LedgerAccountRef = { kind: 'wallet', accountId };
  const receivable: LedgerAccountRef = { kind: 'receivable', accountId };
  const filling = entry.postings.map(({ account }) => account);
  // All at once, in the order that everybody keeps.
  const before = await lockBalances(transaction, { organizationId, currency }, [...filling, receivable]);
  const posted = await ledger.post(transaction, entry);
  if (!posted.isNew) return posted;
  const balanceOf = (ref: LedgerAccountRef): bigint => before.get(accountCode(ref))?.balanceMinor ?? 0n;
  const filled = entry.postings.find(({ account }) => account.kind === 'wallet')?.debitMinor ?? 0n;
  // What cards are about to pay is not paid twice. Should they not, the next top-up pays it.
  const underWay = balanceOf(receivable) > 0n ? await capturesUnderWay(transaction, accountId, currency) : 0n;
  const [available, owed] = [-(balanceOf(wallet) + filled), balanceOf(receivable) - underWay];
  const amountMinor = available < owed ? available : owed;
  if (amountMinor > 0n) {
    const reference = { type: 'account', id: accountId } as const;
    const idempotencyKey = `wallet-payment/top-up/${posted.entryId}`;
    const debt = { organizationId, accountId, currency, amountMinor, reference, idempotencyKey, at };
    await ledger.post(transaction, paymentOf(debt));
  }
  return posted;
}
