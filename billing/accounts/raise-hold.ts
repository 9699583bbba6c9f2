import type { Clock } from '@voltpile/kernel/clock';
import type { Knex } from 'knex';
import { accountCode } from '../ledger/account-code.ts';
import type { Ledger } from '../ledger/entry.ts';
import { lockBalances } from '../ledger/ledger-repository.ts';
import { type Hold, lockOpenHold, setHoldAmount } from './holds-repository.ts';
import { readAvailable } from './wallet-repository.ts';

export interface RaiseHoldOptions {
  readonly knex: Knex;
  readonly clock: Clock;
  readonly ledger: Ledger;
  /** What is set aside for a charge where the wallet has so much, in minor units. */
  readonly usualMinor: (currency: string) => bigint;
}

/**
 * Sets aside more for a charge that runs, where its start found less in the wallet than the usual amount and there is something in it by now: as much as
 * there is, up to the usual amount. So who pays in charges on.
 *
 * @param hold as it was a moment ago
 * @returns as it is now; the same where nothing is set aside any more
 */
export async function raiseHold({ knex, clock, ledger, usualMinor }: RaiseHoldOptions, hold: Hold): Promise<Hold> {
  const { intentId, accountId, organizationId, currency } = hold;
  const usual = usualMinor(currency);
  // Nearly always that is all: nothing is locked for it.
  if (!hold.isOpen || hold.amountMinor >= usual) return hold;
  if ((await readAvailable(knex, { id: accountId, organizationId, currency })) <= 0n) return hold;
  return knex.transaction(async (trx) => {
    // Before the balances, as by everybody.
    const now = await lockOpenHold(trx, intentId);
    if (now === undefined || now.amountMinor >= usual) return now ?? hold;
    const [wallet, held] = [{ kind: 'wallet', accountId } as const, { kind: 'hold', accountId } as const];
    const balances = await lockBalances(trx, { organizationId, currency }, [wallet, held]);
    const available = -(balances.get(accountCode(wallet))?.balanceMinor ?? 0n);
    const lacking = usual - now.amountMinor;
    const moreMinor = available < lacking ? available : lacking;
    if (moreMinor <= 0n) return now;
    const amountMinor = now.amountMinor + moreMinor;
    await setHoldAmount(trx, intentId, amountMinor);
    await ledger.post(trx, {
      organizationId,
      currency,
      kind: 'hold',
      // It only grows.
      idempotencyKey: `hold/${intentId}/${amountMinor}`,
      reference: { type: 'intent', id: intentId },
      at: clock.now(),
      description: 'Set aside for a charge that runs',
      postings: [
        { account: wallet, debitMinor: moreMinor },
        { account: held, debitMinor: -moreMinor },
      ],
    });
    return { ...now, amountMinor };
  });
}
