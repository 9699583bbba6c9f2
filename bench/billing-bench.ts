import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { billingMigrations } from '@voltpile/billing/persistence/migrations';
import { type Billing, createBilling } from '@voltpile/billing/service';
import { csmsMigrations } from '@voltpile/csms/persistence/migrations';
import { createCsms } from '@voltpile/csms/service';
import { systemClock } from '@voltpile/kernel/clock';
import { connectDatabase, type Database } from '@voltpile/platform/database/connection';
import { startEmbeddedPostgres } from '@voltpile/platform/database/embedded-postgres';
import { migrateDatabase } from '@voltpile/platform/database/migrations';
import { createLogger } from '@voltpile/platform/telemetry/logger';
import { createMetrics } from '@voltpile/platform/telemetry/metrics';

export interface BillingBench extends AsyncDisposable {
  readonly database: Database;
  readonly csms: ReturnType<typeof createCsms>;
  /** Not started: nothing is settled yet. */
  readonly billing: Billing;
}

/** Billing and the stations' domain in this process, on an embedded PostgreSQL that really writes (fsync). */
export async function startBillingBench(): Promise<BillingBench> {
  await using starting = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'voltpile-bench-'));
  starting.defer(() => rm(folder, { recursive: true, force: true }));
  const postgres = starting.use(await startEmbeddedPostgres({ folder: join(folder, 'postgres') }));
  const database = connectDatabase({ ...postgres.connection(), applicationName: 'bench' });
  starting.defer(() => database.close());
  await migrateDatabase(database, [csmsMigrations, billingMigrations]);
  const common = {
    database,
    clock: systemClock,
    logger: createLogger({ level: 'warn', format: 'json' }),
    metrics: createMetrics(),
  };
  const csms = createCsms({
    ...common,
    settings: {
      onboarding: 'accept',
      heartbeatIntervalSeconds: 300,
      commandTimeoutSeconds: 30,
      secret: Buffer.alloc(32, 7),
    },
  });
  starting.defer(() => csms.stop());
  await csms.start();
  const { sites, stations, transactions, commands } = csms.operatorPorts;
  const billing = createBilling({
    ...common,
    ports: { sites, stations, transactions, commands, ...csms.billingPorts },
    settings: { mail: null, stripe: null, funds: {} },
  });
  starting.defer(() => billing.stop());
  const resources = starting.move();
  return { database, csms, billing, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}
