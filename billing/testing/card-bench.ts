import type { FundsDecision, FundsRequest } from '@voltpile/csms/contract/funds-port';
import { FakeClock } from '@voltpile/kernel/clock';
import { type Uuid, uuidv7 } from '@voltpile/kernel/ids';
import type { Job } from '@voltpile/platform/jobs/job-runner';
import { createLogger } from '@voltpile/platform/telemetry/logger';
import { createMetrics } from '@voltpile/platform/telemetry/metrics';
import { createTestDatabase, type TestDatabase } from '@voltpile/platform/testing/test-database';
import { holdsCheck } from '../accounts/holds-check.ts';
import { type Accounts, createAccounts } from '../accounts/service.ts';
import type { LedgerAccountRef } from '../ledger/entry.ts';
import { createLedger } from '../ledger/ledger.ts';
import { LEDGER_CHECKS } from '../ledger/ledger-checks.ts';
import { proveLedger } from '../ledger/prove.ts';
import { PaymentMethods } from '../payment/payment-methods.ts';
import type { Payment } from '../payment/payment-state.ts';
import type { Payments } from '../payment/payments.ts';
import { paymentsCheck } from '../payment/payments-check.ts';
import { findCustomer, listMethods } from '../payment/persistence/methods-repository.ts';
import { createPaymentRoom, type PaymentRoom } from '../payment/service.ts';
import { ModelProvider } from '../payment/testing/model-provider.ts';
import { balanceOf, Killed } from '../payment/testing/payment-bench.ts';
import { billingMigrations } from '../persistence/migrations.ts';
import type { ChargeTariff, NewCdr } from '../settlement/charge-record.ts';
import { followCharges } from '../settlement/follow-charges.ts';
import { createOpenCharges } from '../settlement/open-charges.ts';
import { SETTLEMENT_CHECKS } from '../settlement/settlement-checks.ts';
import { createSettlements } from '../settlement/settlements-service.ts';
import { Settler } from '../settlement/settler.ts';
import { curveOf, FakeCurves, ORGANIZATION } from './curves.ts';
import { endOf, tariffOf } from './settlement-bench.ts';

export interface CardBenchOptions {
  /** How long a card may take to answer. */
  readonly cardWaitMs?: number;
}

/** Charges that are paid by card, from the start to the books: on a real database, with a provider in memory. */
export class CardBench implements AsyncDisposable {
  readonly clock = new FakeClock('2026-03-02T00:00:00Z');
  readonly provider = new ModelProvider();
  readonly curves = new FakeCurves();
  readonly settled: NewCdr[] = [];
  readonly database: TestDatabase;
  readonly room: PaymentRoom;
  readonly payments: Payments;
  readonly accounts: Accounts;
  /** Of another process on the same database. */
  readonly others: Accounts;
  /** A cent for each watt-hour. */
  tariff: ChargeTariff = tariffOf({
    tax_included: 'YES',
    elements: [{ price_components: [{ type: 'ENERGY', price: '10', step_size: 1 }] }],
  });
  #kill: string | undefined;
  readonly #rooms: readonly PaymentRoom[];

  private constructor(database: TestDatabase, { cardWaitMs }: CardBenchOptions) {
    this.database = database;
    const open = (): { room: PaymentRoom; payments: Payments; accounts: Accounts } => {
      const { clock } = this;
      const logger = createLogger({ level: 'silent', format: 'json' });
      const ledger = createLedger();
      const room = createPaymentRoom({
        database: database.database,
        clock,
        logger,
        metrics: createMetrics(),
        ledger,
        accounts: { get: async (_scope, id) => ({ id, organizationId: ORGANIZATION, currency: 'EUR' }) },
        provider: this.provider,
        hooks: { beforeRequest: this.#die('before'), afterRequest: this.#die('after') },
      });
      const { payments, cards: charges } = room;
      if (payments === undefined || charges === undefined) throw new Error('there is a provider');
      const accounts = createAccounts({
        database: database.database,
        clock,
        logger,
        ledger,
        ports: {
          sites: {
            getOrganization: async () => Promise.reject(new Error('not asked')),
            listOrganizations: async () => ({ items: [], nextCursor: null }),
          },
        },
        tariffs: { tariffsFor: async (questions) => questions.map(() => this.tariff) },
        openCharges: createOpenCharges(database.knex, this.curves),
        funds: cardWaitMs === undefined ? {} : { cardWaitMs },
        cards: { payments, charges },
      });
      return { room, payments, accounts };
    };
    const [one, other] = [open(), open()];
    this.room = one.room;
    this.payments = one.payments;
    this.accounts = one.accounts;
    this.others = other.accounts;
    this.#rooms = [one.room, other.room];
  }

  static async open(options: CardBenchOptions = {}): Promise<CardBench> {
    return new CardBench(await createTestDatabase({ migrations: [billingMigrations] }), options);
  }

  /** An account that pays by card, with that many cards, the newest last. */
  async addAccount(
    facts: { readonly cards?: number; readonly mode?: string; readonly currency?: string } = {},
  ): Promise<{ readonly id: Uuid; readonly cards: readonly Uuid[] }> {
    const id = uuidv7();
    const { cards = 1, mode = 'card', currency = 'EUR' } = facts;
    const at = new Date(this.clock.now());
    await this.database.knex('billing.accounts').insert({
      id,
      organization_id: ORGANIZATION,
      kind: 'driver',
      name: 'Ann',
      language: 'en',
      currency,
      status: 'active',
      payment_mode: mode,
      created_at: at,
      updated_at: at,
    });
    for (let saved = 1; saved <= cards; saved++) await this.saveCards(id, saved);
    const methods = await listMethods(this.database.knex, id, null, 100);
    return { id, cards: methods.map((method) => method.id).toReversed() };
  }

  /** What the provider keeps for the account from now on, and we hear of it. */
  async saveCards(accountId: Uuid, count: number): Promise<void> {
    const { clock, provider, database } = this;
    const logger = createLogger({ level: 'silent', format: 'json' });
    const methods = new PaymentMethods({ knex: database.knex, clock, logger, ledger: createLedger(), provider });
    await methods.setUp(ORGANIZATION, accountId, uuidv7());
    const customer = await findCustomer(database.knex, { provider: provider.name, account_id: accountId });
    const customerRef = customer?.provider_ref ?? '';
    provider.saved.set(customerRef, count);
    await methods.readAgain(customerRef);
  }

  request(accountRef: Uuid): FundsRequest {
    return {
      intentId: uuidv7(),
      organizationId: ORGANIZATION,
      siteId: uuidv7(),
      stationId: 'CP-1',
      evseId: null,
      accountRef,
      channel: 'card',
    };
  }

  /** Asks for funds for a new intent. */
  async reserve(accountRef: Uuid): Promise<{ readonly intentId: Uuid; readonly decision: FundsDecision }> {
    const request = this.request(accountRef);
    return { intentId: request.intentId, decision: await this.accounts.funds.reserve(request) };
  }

  /** A charge of an hour begins with these intents, and runs. */
  begin(accountId: Uuid, intentIds: readonly Uuid[], energyWh: number, more: object = {}) {
    const parallelGroup = intentIds.length > 1 ? `group-${intentIds[0]}` : null;
    const curves = intentIds.map((intentId, index) =>
      curveOf({
        start: '2026-03-01T10:00:00Z',
        readings: [
          ['2026-03-01T10:00:00Z', 0],
          ['2026-03-01T11:00:00Z', energyWh],
        ],
        intentId,
        accountRef: accountId,
        transaction: { evseId: index + 1, parallelGroup, ...more },
      }),
    );
    this.curves.set(...curves);
    return curves;
  }

  /** It ends, and is settled; what cards are asked for then is done. @returns its transaction */
  async charge(accountId: Uuid, intentIds: readonly Uuid[], energyWh: number, more: object = {}): Promise<Uuid> {
    const ended = { status: 'ended', endedAt: '2026-03-01T11:00:00.000Z', billableEnergyWh: energyWh, ...more };
    const curves = this.begin(accountId, intentIds, energyWh, ended);
    await followCharges(
      this.database.knex,
      this.clock,
      curves.map((curve) => endOf(curve)),
    );
    await this.settle();
    await this.room.idle();
    return curves[0]?.transaction.id ?? '';
  }

  async settle(): Promise<void> {
    const logger = createLogger({ level: 'silent', format: 'json' });
    const settler = new Settler({ ...this.dependencies, logger });
    while ((await settler.settleDue()) > 0);
  }

  get dependencies() {
    const tariffs = {
      tariffsFor: async (questions: readonly unknown[]) => questions.map(() => this.tariff),
      lackVersions: async (questions: readonly unknown[]) => questions.map(() => false),
      hasPrices: async () => true,
    };
    return {
      knex: this.database.knex,
      clock: this.clock,
      sources: { curves: this.curves, tariffs, accounts: this.accounts.source },
      payments: this.accounts.payments,
    };
  }

  get settlements() {
    return createSettlements(this.dependencies);
  }

  /** The process dies at the next request of that sort. */
  kill(moment: 'before' | 'after', step: string): void {
    this.#kill = `${moment} ${step}`;
  }

  /** Time passes, and the sweeper runs. */
  async sweep(minutes = 5): Promise<void> {
    this.clock.advance(minutes * 60_000);
    await this.room.jobs[0]?.run(new AbortController().signal);
  }

  /** What was held for charges that never began is let go. */
  async releaseStale(): Promise<void> {
    const job = this.accounts.jobs.find(({ name }) => name === 'billing.release-stale-holds') as Job;
    await job.run(new AbortController().signal);
    await this.room.idle();
  }

  async payment(intentId: Uuid): Promise<Payment> {
    const payment = await this.payments.findForIntent(intentId);
    if (payment === undefined) throw new Error('there is no payment');
    return payment;
  }

  balance(ref: LedgerAccountRef): Promise<bigint> {
    return balanceOf(this.database.knex, ORGANIZATION, ref);
  }

  /** What is owed; below 0: paid too much. */
  owed(accountId: Uuid): Promise<bigint> {
    return this.balance({ kind: 'receivable', accountId });
  }

  /** What is wrong: nothing in the books, and they hold at the provider what it says. */
  async findings(): Promise<string[]> {
    const checks = [...LEDGER_CHECKS, holdsCheck, ...SETTLEMENT_CHECKS, paymentsCheck];
    const { findings } = await proveLedger(this.database.knex, checks, this.clock);
    const problems = findings.map(({ check, problem }) => `${check}: ${problem}`);
    const held = await this.balance({ kind: 'provider', provider: this.provider.name });
    if (held !== this.provider.balanceMinor)
      problems.push(`the provider holds ${this.provider.balanceMinor}, not ${held}`);
    return problems;
  }

  #die(moment: string) {
    return (step: string): void => {
      if (this.#kill !== `${moment} ${step}`) return;
      this.#kill = undefined;
      throw new Killed(step);
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const accounts of [this.accounts, this.others]) await accounts.stop();
    for (const room of this.#rooms) await room.stop();
    await this.database.dispose();
  }
}
