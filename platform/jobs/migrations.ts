import { SETTINGS_VERSIONS } from '../config/settings-migration.ts';
import type { MigrationSet } from '../database/migrations.ts';
import { CLUSTER_FACTS } from '../registry/cluster-facts-migration.ts';
import { SERVICE_MEMBERS } from '../registry/migration.ts';
import { TABLE_SIZES } from '../storage/migration.ts';

/** The schema `platform`: what the service runtime itself keeps. */
export const PLATFORM_MIGRATIONS: MigrationSet = {
  schema: 'platform',
  migrations: [
    {
      name: '0001-jobs',
      up: async (knex) =>
        knex.raw(`
          create table platform.jobs (
            name text primary key,
            schedule text not null,
            -- The tick of the schedule that was taken last, by whichever process.
            last_due_at timestamptz,
            last_started_at timestamptz,
            last_finished_at timestamptz,
            last_outcome text check (last_outcome in ('succeeded', 'failed')),
            last_error text,
            last_duration_ms integer
          )`),
      down: async (knex) => knex.raw('drop table platform.jobs'),
    },
    SERVICE_MEMBERS,
    SETTINGS_VERSIONS,
    CLUSTER_FACTS,
    TABLE_SIZES,
  ],
};
