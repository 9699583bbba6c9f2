import { type Clock, FakeClock } from '@voltpile/kernel/clock';
import { type Uuid, uuidv7 } from '@voltpile/kernel/ids';
import { createLogger } from '@voltpile/platform/telemetry/logger';
import { createTestDatabase, type TestDatabase } from '@voltpile/platform/testing/test-database';
import type { Knex } from 'knex';
import { accountCode } from '../../ledger/account-code.ts';
import type { LedgerAccountRef } from '../../ledger/entry.ts';
import { createLedger } from '../../ledger/ledger.ts';
import { LEDGER_CHECKS } from '../../ledger/ledger-checks.ts';
import { type OutsideCheck, proveLedger } from '../../ledger/prove.ts';
import { billingMigrations } from '../../persistence/migrations.ts';
import type { DriverParts } from '../driver-parts.ts';
import { Notifications } from '../notifications.ts';
import { PaymentDriver } from '../payment-driver.ts';
import { PaymentMethods } from '../payment-methods.ts';
import { Payments } from '../payments.ts';
import { askedForCheck, paymentsCheck } from '../payments-check.ts';
import { findCustomer, listMethods } from '../persistence/methods-repository.ts';
import { createProviderCheck, type ProviderCheckLimits } from '../provider-check.ts';
import { RefundDriver } from '../refund-driver.ts';
import { Sweeper } from '../sweeper.ts';
import { ModelProvider } from './model-provider.ts';

/** A process that was killed. */
export class Killed extends Error {}

/** Payments on a real database, with a provider in memory. */
export interface PaymentBench extends AsyncDisposable {
  readonly database: TestDatabase;
  readonly clock: FakeClock;
  readonly provider: ModelProvider;
  readonly payments: Payments;
  readonly methods: PaymentMethods;
  readonly notifications: Notifications;
  readonly sweeper: Sweeper;
  readonly organizationId: Uuid;
  readonly accountId: Uuid;
  readonly methodId: Uuid;
  /** The process dies at the next request, before or after it. */
  killAt(moment: 'before' | 'after'): void;
  /** Time passes, and the sweeper runs. */
  sweep(minutes?: number): Promise<number>;
  /** Takes one of the provider's notifications, by its place. */
  tell(index: number): Promise<string>;
  /** Debits less credits of an account of the books. */
  balance(ref: LedgerAccountRef): Promise<bigint>;
  /** What is wrong with the books: nothing, always. */
  findings(): Promise<readonly string[]>;
  /** Asks the provider about what has changed, as the daily proof does. */
  askProvider(limits?: ProviderCheckLimits): ReturnType<OutsideCheck['ask']>;
}

/** @param shared a database that outlives the bench: quicker than one of its own */
export async function startPaymentBench(provider = new ModelProvider(), shared?: TestDatabase): Promise<PaymentBench> {
  const database = shared ?? (await createTestDatabase({ migrations: [billingMigrations] }));
  const clock = new FakeClock('2026-05-01T00:00:00Z');
  let kill: 'before' | 'after' | undefined;
  const die = (moment: 'before' | 'after') => () => {
    if (kill !== moment) return;
    kill = undefined;
    throw new Killed(moment);
  };
  const parts: DriverParts = {
    knex: database.knex,
    clock,
    logger: createLogger({ level: 'silent', format: 'json' }),
    ledger: createLedger(),
    provider,
    hooks: { beforeRequest: die('before'), afterRequest: die('after') },
  };
  const refunds = new RefundDriver(parts);
  const drivers = { payments: new PaymentDriver(parts, refunds), refunds, methods: new PaymentMethods(parts) };
  const notifications = new Notifications(parts, drivers);
  const sweeper = new Sweeper(parts, drivers);
  const organizationId = uuidv7();
  const accountId = await addAccount(database.knex, organizationId);
  await drivers.methods.setUp(organizationId, accountId, uuidv7());
  const customer = await findCustomer(database.knex, { provider: provider.name, account_id: accountId });
  await drivers.methods.readAgain(customer?.provider_ref ?? '');
  const [method] = await listMethods(database.knex, accountId, null, 1);
  return {
    database,
    clock,
    provider,
    payments: new Payments(parts, drivers.payments, refunds),
    methods: drivers.methods,
    notifications,
    sweeper,
    organizationId,
    accountId,
    methodId: method?.id ?? '',
    killAt(moment) {
      kill = moment;
    },
    async sweep(minutes = 5) {
      clock.advance(minutes * 60_000);
      return sweeper.run(new AbortController().signal);
    },
    tell: (index) => notifications.take(Buffer.from(String(index)), {}),
    balance: (ref) => balanceOf(database.knex, organizationId, ref),
    findings: () => findingsOf(database.knex, clock),
    askProvider: (limits) => createProviderCheck(parts, limits).ask(100),
    [Symbol.asyncDispose]: async () => {
      if (shared === undefined) await database.dispose();
    },
  };
}

export async function addAccount(knex: Knex, organizationId: Uuid): Promise<Uuid> {
  const id = uuidv7();
  const at = new Date('2026-05-01T00:00:00Z');
  await knex('billing.accounts').insert({
    id,
    organization_id: organizationId,
    kind: 'driver',
    name: 'Ann',
    language: 'en',
    currency: 'EUR',
    status: 'active',
    payment_mode: 'prepaid',
    created_at: at,
    updated_at: at,
  });
  return id;
}

/** Debits less credits, in euro. */
export async function balanceOf(knex: Knex, organizationId: Uuid, ref: LedgerAccountRef): Promise<bigint> {
  const row: { balance_minor: string } | undefined = await knex('billing.ledger_accounts as a')
    .join('billing.ledger_balances as b', 'b.ledger_account_id', 'a.id')
    .where({ 'a.code': accountCode(ref), 'a.currency': 'EUR', 'a.organization_id': organizationId })
    .first('b.balance_minor');
  return BigInt(row?.balance_minor ?? 0);
}

/** What the daily proof would find. */
export async function findingsOf(knex: Knex, clock: Clock): Promise<string[]> {
  const { findings } = await proveLedger(knex, [...LEDGER_CHECKS, paymentsCheck, askedForCheck], clock);
  return findings.map(({ check, problem }) => `${check}: ${problem}`);
}
