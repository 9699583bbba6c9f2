import type { ChargingCurve } from '@voltpile/csms/contract/charging-curves-port';
import type { CostReport } from '@voltpile/csms/contract/costs-port';
import type { DomainEvent } from '@voltpile/csms/contract/events';
import { FakeClock } from '@voltpile/kernel/clock';
import { type Uuid, uuidv7 } from '@voltpile/kernel/ids';
import { createLogger } from '@voltpile/platform/telemetry/logger';
import { createTestDatabase, type TestDatabase } from '@voltpile/platform/testing/test-database';
import { createChargePayments } from '../accounts/charge-payments.ts';
import { tariffSchema } from '../contract/tariff.ts';
import { billingMigrations } from '../persistence/migrations.ts';
import { compileTariff } from '../rating/compile-tariff.ts';
import type { ChargeTariff, NewCdr } from '../settlement/charge-record.ts';
import { followCharges } from '../settlement/follow-charges.ts';
import type { AccountQuestion, ChargedAccount, ChargePayments, TariffSource } from '../settlement/settlement-ports.ts';
import { createCdrs, createSettlements } from '../settlement/settlements-service.ts';
import { Settler } from '../settlement/settler.ts';
import { FakeCurves, ORGANIZATION, SITE } from './curves.ts';

/** Settlement on a database of its own, with the stations' domain and tariffs made up. */
export class SettlementBench implements AsyncDisposable {
  readonly clock = new FakeClock('2026-03-02T00:00:00Z');
  readonly curves = new FakeCurves();
  readonly told: CostReport[] = [];
  readonly paid: { readonly cdr: NewCdr; readonly intentIds: readonly Uuid[] }[] = [];
  readonly released: Uuid[] = [];
  readonly accounts = new Map<string, ChargedAccount>();
  readonly settled: NewCdr[] = [];
  readonly database: TestDatabase;
  tariff: ChargeTariff | null = tariffOf({
    elements: [{ price_components: [{ type: 'ENERGY', price: '0.5', vat: '19', step_size: 1 }] }],
  });
  /** In place of {@link tariff}: for tests with real ones. */
  tariffs: TariffSource = {
    tariffsFor: async (questions) => questions.map(() => this.tariff),
    lackVersions: async (questions) => questions.map(() => false),
    hasPrices: async () => this.tariff !== null,
  };
  /** Thrown by what is paid, for tests of what happens then. */
  fault: Error | undefined;
  /** Called while charges are being stored, with their rows locked. */
  whileStoring: (() => void) | undefined;

  private constructor(database: TestDatabase) {
    this.database = database;
  }

  static async open(): Promise<SettlementBench> {
    return new SettlementBench(await createTestDatabase({ migrations: [billingMigrations] }));
  }

  get dependencies() {
    const real = createChargePayments(undefined);
    const payments: ChargePayments = {
      charge: async (trx, charges, at) => {
        this.whileStoring?.();
        if (this.fault !== undefined) throw this.fault;
        await real.charge(trx, charges, at);
        this.paid.push(...charges);
      },
      credit: (trx, credited, at) => real.credit(trx, credited, at),
      release: async (_, intentIds) => {
        this.released.push(...intentIds);
      },
    };
    return {
      knex: this.database.knex,
      clock: this.clock,
      sources: {
        curves: this.curves,
        tariffs: this.tariffs,
        accounts: {
          find: async (questions: readonly AccountQuestion[]) =>
            questions.map(({ accountRef }) => this.accounts.get(accountRef) ?? null),
        },
      },
      payments,
    };
  }

  get settlements() {
    return createSettlements(this.dependencies);
  }

  get cdrs() {
    return createCdrs(this.dependencies);
  }

  settler(): Settler {
    return new Settler({
      ...this.dependencies,
      logger: createLogger({ level: 'silent', format: 'json' }),
      onSettled: (cdrs) => this.settled.push(...cdrs),
    });
  }

  /** The end of a charge is told, and the charge settled. */
  async end(...curves: readonly ChargingCurve[]): Promise<void> {
    this.curves.set(...curves);
    await this.follow(curves.map((curve) => endOf(curve)));
    await this.settle();
  }

  async follow(events: readonly DomainEvent[]): Promise<void> {
    await followCharges(this.database.knex, this.clock, events);
  }

  /** Until nothing is due. */
  async settle(): Promise<void> {
    const settler = this.settler();
    while ((await settler.settleDue()) > 0);
  }

  async ledger(): Promise<Record<string, string>> {
    const { rows } = await this.database.pool.query(
      `select a.kind, sum(p.debit_minor)::text as sum from billing.ledger_postings p
         join billing.ledger_accounts a on a.id = p.ledger_account_id group by a.kind order by a.kind`,
    );
    return Object.fromEntries(rows.map(({ kind, sum }) => [kind, sum]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.database.dispose();
  }
}

export function tariffOf(tariff: object): ChargeTariff {
  const compiled = compileTariff(tariffSchema.parse({ currency: 'EUR', ...tariff }));
  return { tariffId: uuidv7(), name: 'Standard', version: 1, compiled };
}

/** A tariff of which only the currency counts. */
export function pricedIn(currency: string): ChargeTariff {
  return tariffOf({ currency, elements: [{ price_components: [{ type: 'ENERGY', price: '1', step_size: 1 }] }] });
}

let events = 0;

export function endOf({ transaction }: ChargingCurve, type: DomainEvent['type'] = 'transaction.ended'): DomainEvent {
  events += 1;
  return {
    id: String(events),
    type,
    recordedAt: Date.parse('2026-03-02T00:00:00Z') as DomainEvent['recordedAt'],
    organizationId: ORGANIZATION,
    siteId: SITE,
    stationId: transaction.stationId,
    data: { transactionId: transaction.id },
  };
}
