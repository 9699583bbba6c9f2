import type { FundsPort } from '@voltpile/csms/contract/funds-port';
import type { SitesPort } from '@voltpile/csms/contract/operator-ports';
import { type Clock, instant } from '@voltpile/kernel/clock';
import { isUuid } from '@voltpile/kernel/ids';
import { type Database, withDatabaseErrors } from '@voltpile/platform/database/connection';
import type { Job } from '@voltpile/platform/jobs/job-runner';
import type { Logger } from '@voltpile/platform/telemetry/logger';
import type { AccountsPort } from '../contract/accounts.ts';
import type { ReceivedPaymentsPort } from '../contract/received-payments.ts';
import type { WalletsPort } from '../contract/wallets.ts';
import type { Ledger } from '../ledger/entry.ts';
import type { LedgerCheck } from '../ledger/prove.ts';
import type { CardCharges } from '../payment/card-charges.ts';
import type { Payments } from '../payment/payments.ts';
import type { SpendingLimits } from '../settlement/running-costs.ts';
import type { AccountSource, ChargePayments, HeldIntents, TariffSource } from '../settlement/settlement-ports.ts';
import { findAccounts } from './accounts-repository.ts';
import { createAccountsService } from './accounts-service.ts';
import { createCardFunds } from './card-funds.ts';
import { createChargePayments } from './charge-payments.ts';
import { createFunds, type FundsSettings, holdMinor } from './funds.ts';
import { holdsCheck } from './holds-check.ts';
import { findHolds, type Hold, listOpenHolds } from './holds-repository.ts';
import { raiseHold } from './raise-hold.ts';
import { createReceivedPayments } from './received-payments.ts';
import { receivedPaymentsCheck } from './received-payments-check.ts';
import { heldInWallets, heldOnCards, type OpenCharges, releaseStaleHolds } from './release-stale-holds.ts';
import { createWalletsService } from './wallets-service.ts';

export interface AccountsOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly ledger: Ledger;
  /** Of the stations' domain. */
  readonly ports: { readonly sites: Pick<SitesPort, 'getOrganization' | 'listOrganizations'> };
  /** What charges are priced by. */
  readonly tariffs: Pick<TariffSource, 'tariffsFor'>;
  /** Whoever knows which holds are still needed. */
  readonly openCharges?: OpenCharges | undefined;
  readonly funds?: FundsSettings | undefined;
  /** undefined: no payment provider is set up, and nobody can pay by card. */
  readonly cards?: { readonly payments: Payments; readonly charges: CardCharges } | undefined;
}

export interface Accounts {
  readonly accounts: AccountsPort;
  readonly wallets: WalletsPort;
  readonly receivedPayments: ReceivedPaymentsPort;
  /** For the stations' domain. */
  readonly funds: FundsPort;
  /** For the settlement of charges: who they are, what cards and wallets have to do with it, and what may be spent. */
  readonly source: AccountSource;
  readonly payments: ChargePayments;
  readonly limits: SpendingLimits;
  readonly held: HeldIntents;
  readonly checks: readonly LedgerCheck[];
  readonly jobs: readonly Job[];
  /** Resolves when what cards were asked is stored. */
  stop(): Promise<void>;
}

/** A start intent lives for ten minutes after somebody has asked about it, or less. */
const STALE_AFTER_MS = 15 * 60_000;
/** Clocks of other processes may be ahead. */
const LEAD_MS = 60_000;
/** A station waits for the answer. */
const CARD_WAIT_MS = 10_000;
/** While nobody knows which charges are open: longer than nearly all of them. */
const STALE_BLINDLY_AFTER_MS = 24 * 60 * 60_000;

/** Who charges and pays, what they have, and what is set aside for their charges. */
export function createAccounts(options: AccountsOptions): Accounts {
  const { database, clock, logger, ledger, ports, tariffs, openCharges, funds: settings = {}, cards } = options;
  const { knex } = database;
  const staleAfterMs = openCharges === undefined ? STALE_BLINDLY_AFTER_MS : STALE_AFTER_MS;
  const cardFunds =
    cards &&
    createCardFunds({
      payments: cards.payments,
      logger,
      amountOf: (currency) => holdMinor(settings, currency),
      waitMs: () => settings.cardWaitMs ?? CARD_WAIT_MS,
    });
  const usualMinor = (currency: string): bigint => holdMinor(settings, currency);
  const raised = async (hold: Hold): Promise<Hold> => {
    try {
      return await raiseHold({ knex, clock, ledger, usualMinor }, hold);
    } catch (err) {
      // What is set aside counts until the next look.
      logger.warn({ err, intentId: hold.intentId }, 'nothing more could be set aside for a charge');
      return hold;
    }
  };
  return {
    accounts: createAccountsService({ knex, clock, sites: ports.sites, cards: cards?.payments }),
    wallets: createWalletsService({ knex, clock, ledger }),
    receivedPayments: createReceivedPayments({ knex, clock, ledger }),
    funds: createFunds({ knex, clock, logger, ledger, tariffs, settings, cards: cardFunds }),
    source: {
      find: (questions) =>
        withDatabaseErrors(async () => {
          const ids = questions.map(({ accountRef }) => accountRef.toLowerCase()).filter(isUuid);
          const accounts = new Map(
            (await findAccounts(knex, [...new Set(ids)])).map((account) => [account.id, account]),
          );
          return questions.map(({ organizationId, accountRef }) => {
            const account = accounts.get(accountRef.toLowerCase());
            if (account?.organizationId !== organizationId) return null;
            return { id: account.id, kind: account.kind, groupId: account.groupId };
          });
        }),
    },
    payments: createChargePayments(cards?.charges),
    limits: {
      of: (intentIds) =>
        withDatabaseErrors(async () => {
          const onCards = (await cards?.charges.held(intentIds)) ?? [];
          const inWallets: Hold[] = [];
          // One after the other: they may be of the same wallet.
          for (const hold of await findHolds(knex, intentIds)) inWallets.push(await raised(hold));
          const [first, ...others] = [...inWallets, ...onCards];
          if (first === undefined) return null;
          const amountMinor = others.reduce((sum, hold) => sum + hold.amountMinor, first.amountMinor);
          return { amountMinor, currency: first.currency };
        }),
    },
    held: {
      async intents(after, count) {
        const inWallets = await withDatabaseErrors(() => listOpenHolds(knex, after, count));
        const onCards = (await cards?.charges.stale(instant(clock.now() + LEAD_MS), after, count)) ?? [];
        return [...new Set([...inWallets, ...onCards])].sort().slice(0, count);
      },
    },
    checks: [holdsCheck, receivedPaymentsCheck],
    jobs: [
      {
        name: 'billing.release-stale-holds',
        schedule: '*/10 * * * *',
        async run(signal) {
          const askedBefore = instant(clock.now() - staleAfterMs);
          const inWallets = { held: heldInWallets(knex, clock), openCharges };
          const count = await releaseStaleHolds(inWallets, askedBefore, signal);
          if (count > 0)
            logger.info({ count }, 'what was set aside for charges that never began is in the wallets again');
          if (cards === undefined) return;
          const onCards = { held: heldOnCards(knex, cards.charges), openCharges };
          const cancelled = await releaseStaleHolds(onCards, askedBefore, signal);
          if (cancelled > 0)
            logger.info({ count: cancelled }, 'what was held on cards for charges that never began is let go');
        },
      },
    ],
    stop: async () => cardFunds?.stop(),
  };
}
