import type { Instant } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import type { Knex } from 'knex';
import type { Ledger, NewEntry } from '../ledger/entry.ts';
import { type BooksAccount, Journal } from '../ledger/journal.ts';
import { entryOfCdr } from '../settlement/cdr-entry.ts';
import type { NewCdr } from '../settlement/charge-record.ts';
import type { ChargePayments, RecordedCharge } from '../settlement/settlement-ports.ts';
import { findPaymentModes } from './accounts-repository.ts';
import { closeHolds } from './holds-repository.ts';
import { accountsOfHold, releaseHolds, releaseOf } from './release-holds.ts';
import { paymentOf, takenFromWallet } from './wallet-payment.ts';

/**
 * What wallets have to do with records of charges: what was held is given back, then the wallet pays what it can. What it has paid for a record
 * that is taken back, it gets back.
 */
export function createChargePayments(ledger: Ledger): ChargePayments {
  return {
    async charge(transaction, charges, at) {
      const holds = await closeHolds(
        transaction,
        charges.flatMap(({ intentIds }) => intentIds),
        at,
      );
      const prepaid = await prepaidOf(transaction, charges);
      const accounts = [...charges.flatMap(({ cdr }) => accountsOf(cdr)), ...holds.flatMap(accountsOfHold)];
      const journal = await Journal.open(transaction, accounts);
      for (const { cdr, intentIds } of charges) {
        const entry = entryOfCdr(cdr, at);
        if (entry !== null) journal.add(entry);
        for (const hold of holds) if (intentIds.includes(hold.intentId)) journal.add(releaseOf(hold, at));
        if (entry === null) continue;
        const payment = prepaid.has(cdr.accountId ?? '') ? walletPayment(journal, cdr, entry, at) : null;
        if (payment !== null) journal.add(payment);
      }
      await journal.write(transaction);
    },

    async credit(transaction, cdr, at) {
      const entry = entryOfCdr(cdr, at);
      if (entry !== null) await ledger.post(transaction, entry);
      await giveBack(ledger, transaction, cdr, at);
    },

    async release(transaction, intentIds, at) {
      await releaseHolds(transaction, intentIds, at);
    },
  };
}

/** Accounts that pay from their wallets, of those that are charged. */
async function prepaidOf(
  transaction: Knex.Transaction,
  charges: readonly RecordedCharge[],
): Promise<ReadonlySet<Uuid>> {
  const ids = charges.flatMap(({ cdr }) => (cdr.accountId === null ? [] : [cdr.accountId]));
  const modes = await findPaymentModes(transaction, [...new Set(ids)]);
  return new Set(modes.filter(({ paymentMode }) => paymentMode === 'prepaid').map(({ id }) => id));
}

/** All that a record may be posted to. */
function accountsOf({ organizationId, currency, accountId }: NewCdr): BooksAccount[] {
  const books = { organizationId, currency };
  return [
    { ...books, ref: { kind: 'receivable', accountId } },
    { ...books, ref: { kind: 'revenue' } },
    { ...books, ref: { kind: 'vat' } },
    ...(accountId === null ? [] : [{ ...books, ref: { kind: 'wallet', accountId } } as const]),
  ];
}

/** As much of what is due as the wallet has; null when it has nothing. */
function walletPayment(journal: Journal, cdr: NewCdr, due: NewEntry, at: Instant): NewEntry | null {
  const { accountId, organizationId, currency, id } = cdr;
  if (accountId === null) return null;
  const amountMinor = due.postings.find(({ account }) => account.kind === 'receivable')?.debitMinor ?? 0n;
  const available = -journal.balanceOf({ organizationId, currency, ref: { kind: 'wallet', accountId } });
  const paid = available < amountMinor ? available : amountMinor;
  if (paid <= 0n) return null;
  const reference = { type: 'cdr', id } as const;
  return paymentOf({ organizationId, accountId, currency, amountMinor: paid, reference, at });
}

/** Whatever the account's mode is by now: the money was the wallet's. */
async function giveBack(
  ledger: Ledger,
  transaction: Knex.Transaction,
  { id, organizationId, currency, accountId, creditsCdrId }: NewCdr,
  at: Instant,
): Promise<void> {
  if (accountId === null || creditsCdrId === null) return;
  const reference = { type: 'cdr', id: creditsCdrId } as const;
  const paid = await takenFromWallet(transaction, { organizationId, accountId, reference });
  if (paid === null) return;
  await ledger.post(transaction, {
    organizationId,
    currency,
    kind: 'refund',
    idempotencyKey: `wallet-refund/cdr/${id}`,
    reference: { type: 'cdr', id },
    at,
    description: 'Paid back into the wallet',
    postings: [
      { account: { kind: 'receivable', accountId }, debitMinor: paid },
      { account: { kind: 'wallet', accountId }, debitMinor: -paid },
    ],
  });
}
