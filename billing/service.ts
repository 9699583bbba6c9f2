import type { ChargingCurvesPort } from '@voltpile/csms/contract/charging-curves-port';
import type { CostsPort } from '@voltpile/csms/contract/costs-port';
import type { DomainEvent, DomainEventType } from '@voltpile/csms/contract/events';
import type { FundsPort } from '@voltpile/csms/contract/funds-port';
import type { CommandsPort, SitesPort, StationsPort, TransactionsPort } from '@voltpile/csms/contract/operator-ports';
import type { StationTariffsPort } from '@voltpile/csms/contract/station-tariff';
import type { Clock } from '@voltpile/kernel/clock';
import { type Database, withDatabaseErrors } from '@voltpile/platform/database/connection';
import type { Job } from '@voltpile/platform/jobs/job-runner';
import type { Logger } from '@voltpile/platform/telemetry/logger';
import type { Metrics } from '@voltpile/platform/telemetry/metrics';
import type { FundsSettings } from './accounts/funds.ts';
import { createPartySource } from './accounts/party-source.ts';
import { type Accounts, createAccounts } from './accounts/service.ts';
import type { AccountsPort } from './contract/accounts.ts';
import type { CdrsPort } from './contract/cdr.ts';
import type { InvoiceDocuments, InvoicesPort } from './contract/invoices.ts';
import type { LedgerPort } from './contract/ledger.ts';
import type { PaymentsPort } from './contract/payments.ts';
import type { ReceivedPaymentsPort } from './contract/received-payments.ts';
import type { SettlementsPort } from './contract/settlement.ts';
import type { StoredTariffsPort } from './contract/stored-tariffs.ts';
import type { TariffAssignmentsPort } from './contract/tariff-assignments.ts';
import type { TariffDeliveriesPort } from './contract/tariff-deliveries.ts';
import type { TariffsPort } from './contract/tariffs-port.ts';
import type { WalletsPort } from './contract/wallets.ts';
import { INVOICE_CHECKS } from './invoice/invoice-checks.ts';
import type { MailSettings } from './invoice/mail/smtp-mailer.ts';
import { createInvoicing } from './invoice/service.ts';
import { createLedger } from './ledger/ledger.ts';
import { LEDGER_CHECKS } from './ledger/ledger-checks.ts';
import { createLedgerService } from './ledger/ledger-service.ts';
import { askedForCheck, paymentsCheck } from './payment/payments-check.ts';
import { createPaymentRoom, type PaymentRoom } from './payment/service.ts';
import { createStripeProvider, type StripeSettings } from './payment/stripe/stripe-provider.ts';
import { priceSession } from './rating/price-session.ts';
import { findCdrs, listUninvoiced } from './settlement/cdrs-repository.ts';
import { FOLLOWED_EVENTS } from './settlement/follow-charges.ts';
import { createMeterCheck } from './settlement/meter-check.ts';
import { createOpenCharges } from './settlement/open-charges.ts';
import { createSettlement } from './settlement/service.ts';
import { SETTLEMENT_CHECKS } from './settlement/settlement-checks.ts';
import { createTariffDelivery } from './tariff/delivery/service.ts';
import { toOcpiForm } from './tariff/ocpi-form.ts';
import { findContents } from './tariff/persistence/versions-repository.ts';
import { createTariffs, type Tariffs } from './tariff/service.ts';
import { validateContent } from './tariff/validate-content.ts';

export interface BillingDependencies {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Of the stations' domain. */
  readonly ports: {
    readonly sites: SitesPort;
    readonly stations: StationsPort;
    readonly transactions: TransactionsPort;
    readonly commands: CommandsPort;
    readonly curves: ChargingCurvesPort;
    readonly costs: CostsPort;
  };
  readonly settings: {
    /** null: no invoice is sent by e-mail. */
    readonly mail: MailSettings | null;
    /** null: there are no card payments. */
    readonly stripe: StripeSettings | null;
    readonly funds: FundsSettings;
  };
}

export interface Billing {
  readonly tariffs: TariffsPort;
  readonly storedTariffs: StoredTariffsPort;
  readonly tariffAssignments: TariffAssignmentsPort;
  readonly tariffDeliveries: TariffDeliveriesPort;
  readonly accounts: AccountsPort;
  readonly wallets: WalletsPort;
  readonly receivedPayments: ReceivedPaymentsPort;
  readonly cdrs: CdrsPort;
  readonly settlements: SettlementsPort;
  readonly ledger: LedgerPort;
  readonly invoices: InvoicesPort;
  readonly invoiceDocuments: InvoiceDocuments;
  readonly payments: PaymentsPort;
  /** For `WEBHOOKS_PATH` of the HTTP port; undefined without a provider. */
  readonly paymentWebhooks: PaymentRoom['webhooks'];
  /** For the stations' domain. */
  readonly funds: FundsPort;
  readonly stationTariffs: StationTariffsPort;
  /** What is to be heard of the stations' domain. */
  readonly followedEvents: readonly DomainEventType[];
  /** Takes events of these types in order; resolves after what follows from them was stored. One that comes again changes nothing. */
  follow(events: readonly DomainEvent[]): Promise<void>;
  /** For the job runner of the platform. */
  readonly jobs: readonly Job[];
  /** After the migrations. */
  start(): Promise<void>;
  /** Resolves when what is under way is stored. */
  stop(): Promise<void>;
}

/** What things cost, who pays, and the books. */
export function createBilling(dependencies: BillingDependencies): Billing {
  const { database, clock, logger: parent, metrics, ports, settings } = dependencies;
  const logger = parent.child({ component: 'billing' });
  const { knex } = database;
  const ledger = createLedger();
  const payments = createPaymentRoom({
    database,
    clock,
    logger,
    metrics,
    ledger,
    // Each of these asks another one that is made later; nobody is asked before all are there.
    accounts: { get: (scope, id) => accounts.accounts.get(scope, id) },
    provider: settings.stripe === null ? null : createStripeProvider(settings.stripe, clock),
  });
  const { payments: live, cards: charges } = payments;
  const accounts: Accounts = createAccounts({
    database,
    clock,
    logger,
    ledger,
    ports,
    tariffs: { tariffsFor: (questions) => tariffs.finder.tariffsFor(questions) },
    openCharges: createOpenCharges(knex, ports.curves),
    funds: settings.funds,
    cards: live === undefined || charges === undefined ? undefined : { payments: live, charges },
  });
  const { sites, stations } = ports;
  const tariffs: Tariffs = createTariffs({ knex, clock, sites, stations, accounts: accounts.accounts });
  const deliveries = createTariffDelivery({ knex, clock, logger, finder: tariffs.finder, ports });
  const settlement = createSettlement({
    database,
    clock,
    logger,
    ports,
    tariffs: tariffs.finder,
    accounts: accounts.source,
    payments: accounts.payments,
    limits: accounts.limits,
    held: accounts.held,
  });
  const invoicing = createInvoicing({
    knex,
    clock,
    logger,
    cdrs: { get: (ids) => findCdrs(knex, ids), uninvoiced: (filter) => listUninvoiced(knex, filter) },
    tariffs: { contents: (versions) => withDatabaseErrors(() => findContents(knex, versions)) },
    parties: createPartySource(accounts.accounts),
    organizations: ports.sites,
    mail: settings.mail,
  });
  const books = createLedgerService({
    knex,
    clock,
    logger,
    checks: [
      ...LEDGER_CHECKS,
      ...accounts.checks,
      ...SETTLEMENT_CHECKS,
      paymentsCheck,
      askedForCheck,
      ...INVOICE_CHECKS,
    ],
    outside: [createMeterCheck({ knex, clock, curves: ports.curves }), ...payments.outsideChecks],
  });
  return {
    tariffs: {
      preview: async (tariff, session) => priceSession(toOcpiForm(tariff), session),
      validate: async (tariff) => validateContent(tariff),
    },
    storedTariffs: tariffs.stored,
    tariffAssignments: tariffs.assignments,
    tariffDeliveries: deliveries.port,
    accounts: accounts.accounts,
    wallets: accounts.wallets,
    receivedPayments: accounts.receivedPayments,
    cdrs: settlement.cdrs,
    settlements: settlement.settlements,
    ledger: books.port,
    invoices: invoicing.port,
    invoiceDocuments: invoicing.documents,
    payments: payments.port,
    paymentWebhooks: payments.webhooks,
    funds: accounts.funds,
    stationTariffs: { ...tariffs.forStations, taken: deliveries.taken },
    followedEvents: [...new Set([...FOLLOWED_EVENTS, ...deliveries.followedEvents])],
    async follow(events) {
      await settlement.follow(events.filter(({ type }) => FOLLOWED_EVENTS.includes(type)));
      await deliveries.follow(events);
    },
    jobs: [
      ...deliveries.jobs,
      ...accounts.jobs,
      ...books.jobs,
      ...settlement.jobs,
      ...invoicing.jobs,
      ...payments.jobs,
    ],
    async start() {
      settlement.start();
      deliveries.start();
    },
    async stop() {
      await deliveries.stop();
      await settlement.stop();
      await books.stop();
      await invoicing.stop();
      await accounts.stop();
      await payments.stop();
    },
  };
}
