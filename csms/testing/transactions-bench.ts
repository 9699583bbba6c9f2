import { FakeClock, type Instant, instant } from '@voltpile/kernel/clock';
import { uuidv7 } from '@voltpile/kernel/ids';
import { createLogger } from '@voltpile/platform/telemetry/logger';
import { createMetrics } from '@voltpile/platform/telemetry/metrics';
import { createTestDatabase, type TestDatabase } from '@voltpile/platform/testing/test-database';
import type { FundsPort } from '../contract/funds-port.ts';
import type { MessageOrigin, MeterReading, SampledValue, TransactionReport } from '../contract/station-port.ts';
import { csmsMigrations } from '../persistence/migrations.ts';
import { createTransactions, type Transactions } from '../transactions/service.ts';

/** A place to try transactions: a database with one site, stations and tokens, and messages made by hand. */
export interface TransactionsBench extends AsyncDisposable {
  readonly database: TestDatabase;
  readonly clock: FakeClock;
  readonly service: Transactions;
  readonly organizationId: string;
  readonly siteId: string;
  addStation(more?: { registrationStatus?: string; ratedPowerW?: number }): Promise<string>;
  addToken(
    value: string,
    more?: { status?: string; expiresAt?: Instant; concurrent?: boolean; group?: string },
  ): Promise<void>;
}

export async function createTransactionsBench(
  options: { funds?: FundsPort; fundsFallback?: 'allow' | 'refuse' } = {},
): Promise<TransactionsBench> {
  const database = await createTestDatabase({ migrations: [csmsMigrations] });
  const clock = new FakeClock('2026-03-01T12:00:00Z');
  const organizationId = uuidv7();
  const siteId = uuidv7();
  await database.pool.query('insert into csms.organizations (id, name) values ($1, $2)', [organizationId, 'Test']);
  await database.pool.query(
    'insert into csms.sites (id, organization_id, name, time_zone, currency, funds_fallback) values ($1, $2, $3, $4, $5, $6)',
    [siteId, organizationId, 'Yard', 'Europe/Berlin', 'EUR', options.fundsFallback ?? 'allow'],
  );
  const service = createTransactions({
    database: database.database,
    clock,
    logger: createLogger({ level: 'silent', format: 'json' }),
    metrics: createMetrics(),
    funds: options.funds,
    onCommitted: () => {},
  });
  let stations = 0;
  return {
    database,
    clock,
    service,
    organizationId,
    siteId,
    async addStation(more = {}) {
      const id = uuidv7();
      await database.pool.query(
        `insert into csms.stations (id, identity, organization_id, site_id, registration_status, rated_power_w)
         values ($1, $2, $3, $4, $5, $6)`,
        [
          id,
          `ST-${++stations}`,
          organizationId,
          siteId,
          more.registrationStatus ?? 'Accepted',
          more.ratedPowerW ?? 22_000,
        ],
      );
      await database.pool.query('insert into csms.station_counters values ($1, 1)', [id]);
      return id;
    },
    async addToken(value, more = {}) {
      await database.pool.query(
        `insert into csms.id_tokens (id, organization_id, value, display_value, type, status, group_id_token, expires_at,
           concurrent_transactions)
         values ($1, $2, lower($3), $3, 'ISO14443', $4, $5, $6, $7)`,
        [
          uuidv7(),
          organizationId,
          value,
          more.status ?? 'Accepted',
          more.group ?? null,
          more.expiresAt === undefined ? null : new Date(more.expiresAt),
          more.concurrent ?? false,
        ],
      );
    },
    async [Symbol.asyncDispose]() {
      await service.close();
      await database.dispose();
    },
  };
}

/** An origin as the gateway makes it. */
export function originOf(station: string, receivedAt: Instant, more: Partial<MessageOrigin> = {}): MessageOrigin {
  return { station, epoch: 1, receivedAt, clockOffsetMs: null, raw: '[2,"1","X",{}]', messageName: 'X', ...more };
}

/** Register samples in Wh at times. */
export function registers(...values: readonly (readonly [at: string, wh: number])[]): MeterReading[] {
  return values.map(([at, wh]) => energyReading(at, wh, 'register'));
}

/** A sample of energy in Wh, counted from the meter's first day or from the start of the charge. */
export function energyReading(at: string, wh: number, basis: SampledValue['basis']): MeterReading {
  return {
    timestamp: { text: at, at: instant(Date.parse(at)) },
    values: [
      {
        measurand: 'Energy.Active.Import.Register',
        phase: null,
        location: 'Outlet',
        context: 'Sample.Periodic',
        format: 'Raw',
        unit: 'Wh',
        value: String(wh),
        basis,
      },
    ],
  };
}

/** A report of a start or an end, at a claimed time. */
export function reportOf(
  station: string,
  at: string,
  more: Partial<Omit<TransactionReport, 'idToken'>> & {
    token?: string;
    receivedAt?: Instant;
    evse?: TransactionReport['evse'];
  } = {},
): TransactionReport {
  const { token, receivedAt, ...rest } = more;
  const claimed = instant(Date.parse(at));
  return {
    origin: originOf(station, receivedAt ?? claimed),
    timestamp: { text: at, at: claimed },
    readings: [],
    ...(token === undefined ? {} : { idToken: { value: token } }),
    ...rest,
  };
}
