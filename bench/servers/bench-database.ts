import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { csmsMigrations } from '@voltpile/csms/persistence/migrations';
import { connectDatabase, type Database } from '@voltpile/platform/database/connection';
import { startEmbeddedPostgres } from '@voltpile/platform/database/embedded-postgres';
import { migrateDatabase } from '@voltpile/platform/database/migrations';
import { stationName, tokenName } from '../load.ts';

/** A fresh PostgreSQL with fsync and synchronous_commit on, Voltpile's tables, and the bench's stations and tokens in them. */
export interface BenchDatabase {
  readonly database: Database;
  readonly url: string;
  readonly folder: string;
  readonly organizationId: string;
  readonly siteId: string;
  /** Surrogate keys of the stations, by identity. */
  readonly stations: ReadonlyMap<string, string>;
  count(): Promise<{ starts: number; meterValues: number; samples: number; stops: number }>;
  stop(): Promise<void>;
}

export async function startBenchDatabase(stationCount: number): Promise<BenchDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'voltpile-bench-'));
  const postgres = await startEmbeddedPostgres({ folder: join(folder, 'postgres') });
  const database = connectDatabase(postgres.connection());
  await migrateDatabase(database, [csmsMigrations]);
  const organizationId = randomUUID();
  const siteId = randomUUID();
  const { pool } = database;
  await pool.query('insert into csms.organizations (id, name) values ($1, $2)', [organizationId, 'Bench']);
  await pool.query(
    `insert into csms.sites (id, organization_id, name, time_zone, currency) values ($1, $2, 'Bench', 'UTC', 'EUR')`,
    [siteId, organizationId],
  );
  const stations = new Map(
    Array.from({ length: stationCount }, (_, index) => [stationName(index), randomUUID() as string]),
  );
  await pool.query(
    `insert into csms.stations (id, identity, organization_id, site_id, registration_status)
     select x.id, x.identity, $3, $4, 'Accepted' from unnest($1::uuid[], $2::text[]) as x (id, identity)`,
    [[...stations.values()], [...stations.keys()], organizationId, siteId],
  );
  await pool.query('insert into csms.station_counters select id, 1 from csms.stations');
  await pool.query(
    `insert into csms.id_tokens (id, organization_id, value, display_value, type, status)
     select gen_random_uuid(), $2, lower(x), x, 'ISO14443', 'Accepted' from unnest($1::text[]) as x`,
    [Array.from({ length: stationCount }, (_, index) => tokenName(index)), organizationId],
  );
  await pool.query('analyze');
  return {
    database,
    url: postgres.connection().url,
    folder,
    organizationId,
    siteId,
    stations,
    async count() {
      const number = async (sql: string): Promise<number> =>
        Number((await pool.query(`select count(*) from ${sql}`)).rows[0].count);
      return {
        starts: await number('csms.transactions'),
        // What was reported between the start and the end.
        meterValues:
          (await number(`csms.raw_messages where message_name = 'MeterValues'`)) +
          (await number(`csms.transaction_events where type = 'updated'`)),
        samples: await number('csms.samples'),
        stops: await number(`csms.transactions where status = 'ended' and not end_estimated`),
      };
    },
    async stop() {
      await database.close();
      await postgres.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
