import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '@voltpile/kernel/clock';
import type { Database } from '@voltpile/platform/database/connection';
import type { Job } from '@voltpile/platform/jobs/job-runner';
import type { Logger } from '@voltpile/platform/telemetry/logger';
import { fromZero, type Metrics } from '@voltpile/platform/telemetry/metrics';
import type { PaymentsPort } from '../contract/payments.ts';
import type { Ledger } from '../ledger/entry.ts';
import type { OutsideCheck } from '../ledger/prove.ts';
import { CardCharges } from './card-charges.ts';
import type { DriverParts } from './driver-parts.ts';
import { createWebhookHandler } from './http/webhook-handler.ts';
import { Notifications } from './notifications.ts';
import type { PayingAccounts } from './paying-accounts.ts';
import { PaymentDriver } from './payment-driver.ts';
import { PaymentMethods } from './payment-methods.ts';
import type { PaymentProvider } from './payment-provider.ts';
import { Payments } from './payments.ts';
import { createPaymentsPort } from './payments-port.ts';
import { EVENT_OUTCOMES } from './persistence/events-repository.ts';
import { PlannedWork } from './planned-work.ts';
import { createProviderCheck } from './provider-check.ts';
import { RefundDriver } from './refund-driver.ts';
import { Sweeper } from './sweeper.ts';

export interface PaymentDependencies {
  readonly database: Pick<Database, 'knex'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly ledger: Ledger;
  readonly accounts: PayingAccounts;
  /** null: nobody can pay, and nothing listens for notifications. */
  readonly provider: PaymentProvider | null;
  /** For tests. */
  readonly hooks?: DriverParts['hooks'];
}

export interface PaymentRoom {
  readonly port: PaymentsPort;
  /** For accounts that pay by card; undefined without a provider. */
  readonly payments: Payments | undefined;
  /** For settlement; undefined without a provider. */
  readonly cards: CardCharges | undefined;
  /** For `WEBHOOKS_PATH` of the HTTP port; undefined without a provider. Never rejects. */
  readonly webhooks:
    | ((request: IncomingMessage, response: ServerResponse, facts: { readonly address: string }) => Promise<void>)
    | undefined;
  readonly jobs: readonly Job[];
  /** For the daily proof: what the provider is asked. */
  readonly outsideChecks: readonly OutsideCheck[];
  /** Resolves when what was planned is carried out. */
  idle(): Promise<void>;
  /** Resolves when what is under way is stored. */
  stop(): Promise<void>;
}

/** Card payments: held for charges, taken for top-ups, given back. On a database whose schema `billing` is migrated. */
export function createPaymentRoom(dependencies: PaymentDependencies): PaymentRoom {
  const { database, clock, metrics, ledger, accounts, provider, hooks } = dependencies;
  const { knex } = database;
  if (provider === null) {
    return {
      port: createPaymentsPort({ knex, accounts, live: undefined }),
      payments: undefined,
      cards: undefined,
      webhooks: undefined,
      jobs: [],
      outsideChecks: [],
      idle: async () => undefined,
      stop: async () => undefined,
    };
  }
  const logger = dependencies.logger.child({ component: 'payments' });
  const parts: DriverParts = { knex, clock, logger, ledger, provider, ...(hooks === undefined ? {} : { hooks }) };
  const refunds = new RefundDriver(parts);
  const drivers = { payments: new PaymentDriver(parts, refunds), refunds, methods: new PaymentMethods(parts) };
  const payments = new Payments(parts, drivers.payments, refunds);
  const sweeper = new Sweeper(parts, drivers);
  const work = new PlannedWork(logger);
  return {
    port: createPaymentsPort({ knex, accounts, live: { payments, methods: drivers.methods } }),
    payments,
    cards: new CardCharges({ knex, provider, payments, refunds, work }),
    webhooks: createWebhookHandler({
      providerName: provider.name,
      notifications: new Notifications(parts, drivers),
      logger,
      received: fromZero(
        metrics.counter(
          'voltpile_payment_notifications_total',
          'Notifications of the payment provider, by what came of them.',
          ['outcome'],
        ),
        { outcome: [...EVENT_OUTCOMES, 'again', 'refused', 'failed'] },
      ),
    }),
    jobs: [
      {
        name: 'billing.payments',
        schedule: '*/15 * * * * *',
        run: async (signal) => {
          await sweeper.run(signal);
        },
      },
      { name: 'billing.tidy-payment-events', schedule: '41 3 * * *', run: (signal) => sweeper.tidy(signal) },
    ],
    outsideChecks: [createProviderCheck(parts)],
    idle: () => work.idle(),
    stop: () => work.stop(),
  };
}
