import { EVERYTHING } from '@voltpile/csms/contract/access-scope';
import { type FundsDecision, type FundsPort, type FundsRequest, NO_LIMITS } from '@voltpile/csms/contract/funds-port';
import type { Clock } from '@voltpile/kernel/clock';
import { defineError } from '@voltpile/kernel/errors';
import { isUuid } from '@voltpile/kernel/ids';
import { scaleDecimal } from '@voltpile/kernel/units';
import { databaseConflict, withDatabaseErrors } from '@voltpile/platform/database/connection';
import type { Logger } from '@voltpile/platform/telemetry/logger';
import type { Knex } from 'knex';
import type { AccountView } from '../contract/accounts.ts';
import { accountCode } from '../ledger/account-code.ts';
import type { Ledger, LedgerAccountRef } from '../ledger/entry.ts';
import { lockBalances } from '../ledger/ledger-repository.ts';
import { minorPlaces, toMoney } from '../money/minor-units.ts';
import type { TariffSource } from '../settlement/settlement-ports.ts';
import { driverOf } from '../tariff/choose-assignment.ts';
import { findAccount } from './accounts-repository.ts';
import type { CardFunds } from './card-funds.ts';
import { findHolds, type Hold, insertHold, touchHold } from './holds-repository.ts';

export const badHoldAmount = defineError(
  'funds.bad_hold_amount',
  'InvalidArgument',
  'What is held for a charge must be a decimal above 0, and not less than what an account must have to start one.',
);

export interface FundsSettings {
  /** What is held for a charge, on a card or where the wallet has so much, in units of the account's currency: decimal text (default 50.00). */
  readonly holdAmount?: string | undefined;
  /** With less in the wallet nothing is started (default 1.00). */
  readonly minimumAmount?: string | undefined;
  /** How long a card may take to answer (default 10 s): a station waits for it. */
  readonly cardWaitMs?: number | undefined;
}

export interface FundsOptions {
  readonly knex: Knex;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly ledger: Ledger;
  /** What a charge will be priced by. */
  readonly tariffs: Pick<TariffSource, 'tariffsFor'>;
  readonly settings?: FundsSettings | undefined;
  /** undefined: no payment provider is set up. */
  readonly cards?: CardFunds | undefined;
}

const DEFAULT_HOLD = '50.00';
const DEFAULT_MINIMUM = '1.00';
/** More digits than any currency has places. */
const FINE_PLACES = 6;
const ATTEMPTS = 3;
const NOBODY_TO_ASK: FundsDecision = { outcome: 'refused', reason: 'unavailable' };

/**
 * Answers whether somebody may charge. Without an account everybody may, without a limit. Who pays later may, too. Who pays from a wallet may
 * spend what is there, up to the usual amount of a hold: it is set aside until the charge is settled. Who pays by card may spend what the bank holds.
 * Both only where the charge is priced in the currency of the account: nothing is converted, so nothing else could be limited or paid. As long as the
 * station does not say at which EVSE, the tariff of the station counts; it is looked at again when the charge begins.
 *
 * @throws InvalidArgument `funds.bad_hold_amount`
 */
export function createFunds(options: FundsOptions): FundsPort {
  const { knex, clock, logger, ledger, tariffs, settings = {}, cards } = options;
  // Read anew each time: an operator may change them meanwhile.
  const amounts = () => {
    const { holdAmount = DEFAULT_HOLD, minimumAmount = DEFAULT_MINIMUM } = settings;
    return { holdAmount, minimumAmount };
  };
  const { holdAmount, minimumAmount } = amounts();
  const [usual, least] = [holdAmount, minimumAmount].map((text) => scaleDecimal(text, FINE_PLACES) ?? 0n) as [
    bigint,
    bigint,
  ];
  if (usual <= 0n || least < 0n || usual < least) throw badHoldAmount();

  async function decide(request: FundsRequest): Promise<FundsDecision> {
    const { accountRef, organizationId } = request;
    if (accountRef === null) return { outcome: 'granted', limits: NO_LIMITS };
    const account = isUuid(accountRef) ? await findAccount(knex, EVERYTHING, accountRef) : undefined;
    if (account?.organizationId !== organizationId || account.status === 'blocked') {
      return { outcome: 'refused', reason: 'account-blocked' };
    }
    if (account.paymentMode === 'postpaid') return { outcome: 'granted', limits: NO_LIMITS };
    if (!(await isPricedIn(request, account))) return { outcome: 'refused', reason: 'other-currency' };
    if (account.paymentMode === 'card') return cards?.reserve(request, account) ?? NOBODY_TO_ASK;
    // Not in one transaction with what follows: whoever releases a hold locks it before the balances.
    const hold =
      (await touchHold(knex, request.intentId, clock.now())) ??
      (await knex.transaction((trx) => setAside(trx, request, account)));
    if (hold === null) return { outcome: 'refused', reason: 'no-credit' };
    if (hold.accountId !== account.id) {
      // Nothing of this account is set aside, so nothing could be taken from it.
      const facts = { intentId: request.intentId, accountId: account.id, accountOfHold: hold.accountId };
      logger.warn(facts, 'a start is refused: another account has money set aside for the same intent');
      return { outcome: 'refused', reason: 'no-credit' };
    }
    return { outcome: 'granted', limits: { ...NO_LIMITS, amount: toMoney(hold.amountMinor, hold.currency) } };
  }

  /** Whether what is charged there is in the currency of the account; what has no price is. */
  async function isPricedIn(request: FundsRequest, account: AccountView): Promise<boolean> {
    // No station is called nothing: then what holds for the site counts.
    const { intentId, organizationId, siteId, stationId = '', evseId = null } = request;
    const at = clock.now();
    const [tariff] = await tariffs.tariffsFor([
      { organizationId, siteId, stationId, evseId, ...driverOf(account), at },
    ]);
    const currency = tariff?.compiled.currency ?? account.currency;
    if (currency === account.currency) return true;
    const facts = { intentId, accountId: account.id, stationId, accountCurrency: account.currency, currency };
    logger.info(facts, 'a start is refused: what is charged there is in another currency than the account');
    return false;
  }

  /** @returns null when there is not enough */
  async function setAside(
    transaction: Knex.Transaction,
    { intentId }: FundsRequest,
    { id: accountId, organizationId, currency }: AccountView,
  ): Promise<Hold | null> {
    const { holdAmount, minimumAmount } = amounts();
    const wallet: LedgerAccountRef = { kind: 'wallet', accountId };
    const held: LedgerAccountRef = { kind: 'hold', accountId };
    const balances = await lockBalances(transaction, { organizationId, currency }, [wallet, held]);
    // Asked twice at the same moment: the other one had the lock and has committed.
    const [known] = await findHolds(transaction, [intentId]);
    if (known !== undefined) return known;
    const available = -(balances.get(accountCode(wallet))?.balanceMinor ?? 0n);
    if (available <= 0n || available < inMinor(minimumAmount, currency)) return null;
    const most = inMinor(holdAmount, currency);
    const amountMinor = available < most ? available : most;
    const at = clock.now();
    const hold = { intentId, accountId, organizationId, currency, amountMinor };
    // Of another account at the same moment.
    if (!(await insertHold(transaction, hold, at))) return null;
    await ledger.post(transaction, {
      organizationId,
      currency,
      kind: 'hold',
      idempotencyKey: `hold/${intentId}`,
      reference: { type: 'intent', id: intentId },
      at,
      description: 'Set aside for a charge',
      postings: [
        { account: wallet, debitMinor: amountMinor },
        { account: held, debitMinor: -amountMinor },
      ],
    });
    return { ...hold, isOpen: true };
  }

  return {
    async reserve(request) {
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await withDatabaseErrors(() => decide(request));
        } catch (error) {
          if (attempt === ATTEMPTS || !databaseConflict.is(error)) throw error;
        }
      }
    },
  };
}

/** What is held for a charge, in minor units of a currency. */
export function holdMinor({ holdAmount = DEFAULT_HOLD }: FundsSettings, currency: string): bigint {
  return inMinor(holdAmount, currency);
}

/** At least one minor unit: an amount that its currency cannot express is not nothing. */
function inMinor(amount: string, currency: string): bigint {
  return scaleDecimal(amount, minorPlaces(currency)) || 1n;
}
