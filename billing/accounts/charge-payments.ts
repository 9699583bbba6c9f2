import type { Instant } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import type { Knex } from 'knex';
import type { PaymentMode } from '../contract/accounts.ts';
import type { NewEntry } from '../ledger/entry.ts';
import { Journal } from '../ledger/journal.ts';
import type { BooksAccount } from '../ledger/ledger-repository.ts';
import type { CardCharges } from '../payment/card-charges.ts';
import { entryOfCdr } from '../settlement/cdr-entry.ts';
import type { NewCdr } from '../settlement/charge-record.ts';
import type { ChargePayments, RecordedCharge } from '../settlement/settlement-ports.ts';
import { findPaymentModes } from './accounts-repository.ts';
import { closeHolds, type Hold } from './holds-repository.ts';
import { accountsOfHold, releaseOf } from './release-holds.ts';
import { paymentOf, takenFromWallet } from './wallet-payment.ts';

/**
 * What cards and wallets have to do with records of charges: cards pay from what is held on them; what was held in a wallet is given back, then the
 * wallet pays what it can. What has paid for a record that is taken back gets it back.
 *
 * Locks are taken in one order: payments, holds, balances.
 *
 * @param cards undefined: no payment provider is set up
 */
export function createChargePayments(cards: CardCharges | undefined): ChargePayments {
  return {
    async charge(transaction, charges, at) {
      const intents = charges.flatMap(({ intentIds }) => intentIds);
      const onCards = await cards?.open(transaction, intents);
      const holds = await closeHolds(transaction, intents, at);
      const modes = await modesOf(transaction, charges);
      const accounts = [...charges.flatMap(({ cdr }) => accountsOf(cdr)), ...holds.flatMap(accountsOfHold)];
      const journal = await Journal.open(transaction, [...accounts, ...(onCards?.accounts ?? [])]);
      for (const { cdr, intentIds } of charges) {
        const entry = entryOfCdr(cdr, at);
        if (entry !== null) journal.add(entry);
        const own = holds.filter(({ intentId }) => intentIds.includes(intentId));
        for (const hold of own) journal.add(releaseOf(hold, at));
        const dueMinor = dueOf(entry);
        const byCard = await onCards?.pay(intentIds, { cdrId: cdr.id, currency: cdr.currency, dueMinor }, at);
        for (const refund of byCard?.entries ?? []) journal.add(refund);
        const left = dueMinor - (byCard?.paidMinor ?? 0n);
        const payment = paysFromWallet(modes.get(cdr.accountId ?? ''), own)
          ? walletPayment(journal, cdr, left, at)
          : null;
        if (payment !== null) journal.add(payment);
      }
      await journal.write(transaction);
    },

    async credit(transaction, { cdr, intentIds }, at) {
      // What a card has paid is locked now, since what becomes of it is posted in this transaction, too.
      const onCards = await cards?.open(transaction, intentIds);
      const ofCards = onCards?.accounts ?? [];
      const journal = await Journal.open(transaction, [...accountsOf(cdr), ...ofCards]);
      const entry = entryOfCdr(cdr, at);
      if (entry !== null) journal.add(entry);
      const paidBack = await paidFromWallet(transaction, cdr);
      if (paidBack > 0n) journal.add(backToWallet(cdr, paidBack, `wallet-refund/cdr/${cdr.id}`, at));
      // What was paid later, by hand or of a top-up. What a card has paid counts for the record that follows, or goes back to the card.
      const tooMuch = -journal.balanceOf(receivableOf(cdr));
      if (tooMuch > 0n && ofCards.length === 0 && (await isOfWallet(transaction, cdr)))
        journal.add(backToWallet(cdr, tooMuch, `wallet-refund/too-much/cdr/${cdr.id}`, at));
      await journal.write(transaction);
    },

    async release(transaction, intentIds, at) {
      const onCards = await cards?.open(transaction, intentIds);
      const holds = await closeHolds(transaction, intentIds, at);
      const accounts = [...holds.flatMap(accountsOfHold), ...(onCards?.accounts ?? [])];
      const journal = await Journal.open(transaction, accounts);
      for (const hold of holds) journal.add(releaseOf(hold, at));
      for (const refund of (await onCards?.letGo(intentIds, at)) ?? []) journal.add(refund);
      await journal.write(transaction);
    },
  };
}

/** How the accounts that are charged pay. */
async function modesOf(
  transaction: Knex.Transaction,
  charges: readonly RecordedCharge[],
): Promise<ReadonlyMap<Uuid, PaymentMode>> {
  const ids = charges.flatMap(({ cdr }) => (cdr.accountId === null ? [] : [cdr.accountId]));
  const modes = await findPaymentModes(transaction, [...new Set(ids)]);
  return new Map(modes.map(({ id, paymentMode }) => [id, paymentMode]));
}

/** Who pays by card since this charge began pays it from the wallet, in which something was set aside for it. */
function paysFromWallet(mode: PaymentMode | undefined, holds: readonly Hold[]): boolean {
  return mode === 'prepaid' || (mode === 'card' && holds.length > 0);
}

/** What an entry says that is owed. */
function dueOf(entry: NewEntry | null): bigint {
  return entry?.postings.find(({ account }) => account.kind === 'receivable')?.debitMinor ?? 0n;
}

/** All that a record may be posted to. */
function accountsOf(cdr: NewCdr): BooksAccount[] {
  const { organizationId, currency, accountId } = cdr;
  const books = { organizationId, currency };
  return [
    receivableOf(cdr),
    { ...books, ref: { kind: 'revenue' } },
    { ...books, ref: { kind: 'vat' } },
    ...(accountId === null ? [] : [{ ...books, ref: { kind: 'wallet', accountId } } as const]),
  ];
}

function receivableOf({ organizationId, currency, accountId }: NewCdr): BooksAccount {
  return { organizationId, currency, ref: { kind: 'receivable', accountId } };
}

/** As much of what is due as the wallet has, and as is owed: who had paid too much pays less. null when that is nothing. */
function walletPayment(journal: Journal, cdr: NewCdr, dueMinor: bigint, at: Instant): NewEntry | null {
  const { accountId, organizationId, currency, id } = cdr;
  if (accountId === null) return null;
  const available = -journal.balanceOf({ organizationId, currency, ref: { kind: 'wallet', accountId } });
  const paid = [available, dueMinor, journal.balanceOf(receivableOf(cdr))].reduce((least, each) =>
    each < least ? each : least,
  );
  if (paid <= 0n) return null;
  const reference = { type: 'cdr', id } as const;
  return paymentOf({ organizationId, accountId, currency, amountMinor: paid, reference, at });
}

/** Whether it is charged to somebody who pays in that currency from a wallet. */
async function isOfWallet(transaction: Knex.Transaction, { accountId, currency }: NewCdr): Promise<boolean> {
  if (accountId === null) return false;
  const [account] = await findPaymentModes(transaction, [accountId]);
  return account?.paymentMode === 'prepaid' && account.currency === currency;
}

/** What a wallet has paid for the record that this one takes back. Whatever the account's mode is by now: the money was the wallet's. */
async function paidFromWallet(transaction: Knex.Transaction, cdr: NewCdr): Promise<bigint> {
  const { organizationId, accountId, creditsCdrId } = cdr;
  if (accountId === null || creditsCdrId === null) return 0n;
  const reference = { type: 'cdr', id: creditsCdrId } as const;
  return (await takenFromWallet(transaction, { organizationId, accountId, reference })) ?? 0n;
}

function backToWallet(
  { id, organizationId, currency, accountId }: NewCdr,
  amountMinor: bigint,
  idempotencyKey: string,
  at: Instant,
): NewEntry {
  if (accountId === null) throw new Error('nobody has a wallet without an account');
  return {
    organizationId,
    currency,
    kind: 'refund',
    idempotencyKey,
    reference: { type: 'cdr', id },
    at,
    description: 'Paid back into the wallet',
    postings: [
      { account: { kind: 'receivable', accountId }, debitMinor: amountMinor },
      { account: { kind: 'wallet', accountId }, debitMinor: -amountMinor },
    ],
  };
}
