import type { Clock } from '@voltpile/kernel/clock';
import { defineError } from '@voltpile/kernel/errors';
import { isUuid } from '@voltpile/kernel/ids';
import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import { type KeysetList, makePage, readPageRequest } from '@voltpile/platform/database/keyset-page';
import type { Knex } from 'knex';
import type { Money } from '../contract/money.ts';
import type { WalletsPort } from '../contract/wallets.ts';
import type { Ledger } from '../ledger/entry.ts';
import { fromMoney, minorPlaces, toMoney } from '../money/minor-units.ts';
import { getAccount } from './accounts-service.ts';
import { listHolds } from './holds-repository.ts';
import { postTopUp } from './top-up.ts';
import { listMovements, readWallet } from './wallet-repository.ts';

export const wrongCurrency = defineError(
  'wallet.wrong_currency',
  'InvalidArgument',
  'The wallet is in {currency}: nothing else goes into it.',
);
export const badTopUp = defineError(
  'wallet.bad_amount',
  'InvalidArgument',
  'A top-up is more than nothing and at most {most} {currency}.',
);

export interface WalletsServiceOptions {
  readonly knex: Knex;
  readonly clock: Clock;
  readonly ledger: Ledger;
}

/** Whole units of the currency. What is more is a slip of the finger. */
const MOST_OF_A_TOP_UP = 1_000_000n;
/** The organisation holds it itself: nobody else was asked for it. */
const BY_HAND = 'by-hand';

const STATEMENT: KeysetList = { name: 'wallet-statement', isKey: (key) => /^[1-9]\d{0,17}$/.test(key) };
const HOLDS: KeysetList = { name: 'holds', isKey: isUuid };

/** What accounts have, for people. */
export function createWalletsService({ knex, clock, ledger }: WalletsServiceOptions): WalletsPort {
  return {
    get: (scope, accountId) =>
      withDatabaseErrors(async () => readWallet(knex, await getAccount(knex, scope, accountId))),

    topUp: (scope, accountId, { amount, reason, idempotencyKey }) =>
      withDatabaseErrors(async () => {
        const account = await getAccount(knex, scope, accountId);
        const { id, organizationId, currency } = account;
        const minor = checkedAmount(amount, currency);
        const { entryId, isNew } = await knex.transaction((trx) =>
          postTopUp(ledger, trx, id, {
            organizationId,
            currency,
            kind: 'top-up',
            idempotencyKey: `top-up/${id}/${idempotencyKey}`,
            reference: { type: 'account', id },
            at: clock.now(),
            description: reason,
            postings: [
              { account: { kind: 'provider', provider: BY_HAND }, debitMinor: minor },
              { account: { kind: 'wallet', accountId: id }, debitMinor: -minor },
            ],
          }),
        );
        return { entryId, isNew, wallet: await readWallet(knex, account) };
      }),

    statement: (scope, accountId, page) =>
      withDatabaseErrors(async () => {
        const { limit, after } = readPageRequest(STATEMENT, page);
        const movements = await listMovements(knex, await getAccount(knex, scope, accountId), after, limit + 1);
        return makePage(
          STATEMENT,
          movements,
          limit,
          ({ number }) => String(number),
          (movement) => movement,
        );
      }),

    holds: (scope, accountId, { state }, page) =>
      withDatabaseErrors(async () => {
        const { limit, after } = readPageRequest(HOLDS, page);
        const { id } = await getAccount(knex, scope, accountId);
        const views = await listHolds(knex, id, state, after, limit + 1);
        return makePage(
          HOLDS,
          views,
          limit,
          ({ intentId }) => intentId,
          (view) => view,
        );
      }),
  };
}

/** @throws InvalidArgument `wallet.wrong_currency`, `wallet.bad_amount`, `money.bad_amount` */
function checkedAmount(amount: Money, currency: string): bigint {
  if (amount.currency !== currency) throw wrongCurrency({ currency });
  const minor = fromMoney(amount);
  const most = MOST_OF_A_TOP_UP * 10n ** BigInt(minorPlaces(currency));
  if (minor <= 0n || minor > most) throw badTopUp({ most: toMoney(most, currency).amount, currency });
  return minor;
}
