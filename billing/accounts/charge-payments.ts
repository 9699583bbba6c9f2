import { EVERYTHING } from '@voltpile/csms/contract/access-scope';
import type { Instant } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import type { Knex } from 'knex';
import type { Ledger } from '../ledger/entry.ts';
import { amountsOf, type NewCdr } from '../settlement/charge-record.ts';
import type { ChargePayments } from '../settlement/settlement-ports.ts';
import { findAccount } from './accounts-repository.ts';
import { releaseHold } from './release-hold.ts';
import { takeFromWallet, takenFromWallet } from './take-from-wallet.ts';

/**
 * What wallets have to do with records of charges: what was held is given back, then the wallet pays what it can. What it has paid for a record
 * that is taken back, it gets back.
 */
export function createChargePayments(ledger: Ledger): ChargePayments {
  async function release(transaction: Knex.Transaction, intentIds: readonly Uuid[], at: Instant): Promise<void> {
    // In the same order by everybody: each is locked.
    for (const intentId of [...new Set(intentIds)].sort()) await releaseHold(ledger, transaction, intentId, at);
  }

  async function pay(transaction: Knex.Transaction, cdr: NewCdr, accountId: Uuid, at: Instant): Promise<void> {
    const account = await findAccount(transaction, EVERYTHING, accountId);
    if (account?.paymentMode !== 'prepaid') return;
    const { organizationId, currency, id } = cdr;
    const { dueMinor: amountMinor } = amountsOf(cdr);
    const reference = { type: 'cdr', id } as const;
    await takeFromWallet(ledger, transaction, { organizationId, accountId, currency, amountMinor, reference, at });
  }

  /** Whatever the account's mode is by now: the money was the wallet's. */
  async function giveBack(
    transaction: Knex.Transaction,
    { id, organizationId, currency }: NewCdr,
    credited: { readonly accountId: Uuid; readonly cdrId: Uuid },
    at: Instant,
  ): Promise<void> {
    const { accountId, cdrId } = credited;
    const reference = { type: 'cdr', id: cdrId } as const;
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

  return {
    release,
    async settle(transaction, cdr, intentIds, at) {
      await release(transaction, intentIds, at);
      const { accountId, creditsCdrId } = cdr;
      if (accountId === null) return;
      if (creditsCdrId === null) await pay(transaction, cdr, accountId, at);
      else await giveBack(transaction, cdr, { accountId, cdrId: creditsCdrId }, at);
    },
  };
}
