import { FakeClock } from '@voltpile/kernel/clock';
import { type Uuid, uuidv7 } from '@voltpile/kernel/ids';
import type { MigrationSet } from '@voltpile/platform/database/migrations';
import { createLogger } from '@voltpile/platform/telemetry/logger';
import { createTestDatabase, type TestDatabase } from '@voltpile/platform/testing/test-database';
import * as paymentTables from '../../persistence/migrations/0004-payments.ts';
import { Notifications } from '../notifications.ts';
import { type DriverParts, PaymentDriver } from '../payment-driver.ts';
import { PaymentMethods } from '../payment-methods.ts';
import { Payments } from '../payments.ts';
import { findCustomer, listMethods } from '../persistence/methods-repository.ts';
import { RefundDriver } from '../refund-driver.ts';
import { Sweeper } from '../sweeper.ts';
import { ModelProvider } from './model-provider.ts';
import { TestLedger, testLedgerMigrations } from './test-ledger.ts';

/** The payments' own tables. */
export const paymentMigrations: MigrationSet = {
  schema: 'billing',
  migrations: [{ name: '0004-payments', up: paymentTables.up, down: paymentTables.down }],
};

/** A process that was killed. */
export class Killed extends Error {}

/** Payments on a real database, with a provider and a ledger in memory of their own. */
export interface PaymentBench extends AsyncDisposable {
  readonly database: TestDatabase;
  readonly clock: FakeClock;
  readonly provider: ModelProvider;
  readonly ledger: TestLedger;
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
}

export function createPaymentDatabase(): Promise<TestDatabase> {
  return createTestDatabase({ migrations: [paymentMigrations, testLedgerMigrations] });
}

/** @param shared a database that outlives the bench, emptied first: quicker than one of its own */
export async function startPaymentBench(provider = new ModelProvider(), shared?: TestDatabase): Promise<PaymentBench> {
  const database = shared ?? (await createPaymentDatabase());
  if (shared !== undefined) {
    await shared.knex.raw(`truncate billing.payment_events, billing.payment_refunds, billing.payments, billing.payment_methods,
      billing.payment_customers, test_ledger.entries, test_ledger.postings`);
  }
  const clock = new FakeClock('2026-05-01T00:00:00Z');
  const ledger = new TestLedger();
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
    ledger,
    provider,
    hooks: { beforeRequest: die('before'), afterRequest: die('after') },
  };
  const refunds = new RefundDriver(parts);
  const drivers = { payments: new PaymentDriver(parts, refunds), refunds, methods: new PaymentMethods(parts) };
  const notifications = new Notifications(parts, drivers);
  const sweeper = new Sweeper(parts, drivers);
  const organizationId = uuidv7();
  const accountId = uuidv7();
  await drivers.methods.setUp(organizationId, accountId, uuidv7());
  const customer = await findCustomer(database.knex, { provider: provider.name, account_id: accountId });
  await drivers.methods.readAgain(customer?.provider_ref ?? '');
  const [method] = await listMethods(database.knex, accountId, null, 1);
  return {
    database,
    clock,
    provider,
    ledger,
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
    [Symbol.asyncDispose]: async () => {
      if (shared === undefined) await database.dispose();
    },
  };
}
