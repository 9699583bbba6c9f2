import { defineError } from '@voltpile/kernel/errors';
import type { Knex } from 'knex';
import { type Database, isConflictError, withDatabaseErrors } from './connection.ts';

/** One step of a schema. The steps that a schema lacks run in one transaction: all of them, or none. */
export interface Migration {
  /** `0001-stations`: sorts in the order of making, has no extension, never changes once released. */
  readonly name: string;
  /**
   * For a step that takes something away, or narrows what may be written: the step of the same schema since which no version uses it. Versions that know
   * that one may run beside the new schema; older ones refuse it. Absent: every version may, because the step only adds.
   */
  readonly unusedSince?: string;
  up(knex: Knex): Promise<void>;
  down(knex: Knex): Promise<void>;
}

/** What a service hands in: its schema (made when missing) and every migration that the schema ever had, in order. */
export interface MigrationSet {
  readonly schema: string;
  readonly migrations: readonly Migration[];
}

export const databaseNewer = defineError(
  'database.newer',
  'FailedPrecondition',
  'The database was written by a newer Voltpile: schema {schema} has migrations that this version cannot live with ({unknown}).',
);

export const databaseBusyMigrating = defineError(
  'database.busy_migrating',
  'Unavailable',
  'Another process has been changing the database schema for more than {seconds} s.',
);

/** Any number will do, so long as everybody uses the same: the advisory lock of whoever changes schemas. */
const MIGRATION_LOCK = 7_305_901_001;
const LOCK_PATIENCE_SECONDS = 120;
const TABLE = 'migrations';
/** Beside knex's own table: what versions that do not know a step are told about it. */
const NOTES = 'migration_notes';

/**
 * Brings every schema to the code's version, or leaves it at a newer one that this version can live with. One runner at a time over all processes; the
 * others wait and then find nothing to do. Where there is nothing to do, nothing is asked for that takes more than to read what was done.
 *
 * @returns the names of the migrations that were run, `schema/name`
 * @throws FailedPrecondition `database.newer`; Unavailable `database.busy_migrating`, `database.unavailable`
 */
export async function migrateDatabase(database: Database, sets: readonly MigrationSet[]): Promise<string[]> {
  const holder = await database.dedicatedClient();
  try {
    return await withDatabaseErrors(async () => {
      await holder.query(`set lock_timeout = '${LOCK_PATIENCE_SECONDS}s'`);
      try {
        await holder.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
      } catch (error) {
        throw isConflictError(error) ? databaseBusyMigrating({ seconds: LOCK_PATIENCE_SECONDS }, error) : error;
      }
      for (const set of sets) await refuseNewer(database.knex, set);
      const done: string[] = [];
      for (const set of sets) {
        if (await isCurrent(database.knex, set)) continue;
        await database.knex.raw('create schema if not exists ??', [set.schema]);
        // Before the steps: an older version that starts after a crash in between finds them.
        await writeNotes(database.knex, set);
        const config = migratorConfig(set);
        // knex's own lock is a row that a killed runner leaves set; the advisory lock, which dies with its holder, stands in for it.
        await database.knex.migrate.forceFreeMigrationsLock(config);
        const [, names] = (await database.knex.migrate.latest(config)) as [number, string[]];
        done.push(...names.map((name) => `${set.schema}/${name}`));
      }
      return done;
    });
  } finally {
    // Ends the session, and with it the lock.
    await holder.end().catch(() => {});
  }
}

/** Takes a schema's migrations back, newest first, all of them. For tests of `down`. */
export async function rollBackDatabase(database: Database, set: MigrationSet): Promise<void> {
  await withDatabaseErrors(async () => {
    await database.knex.migrate.rollback(migratorConfig(set), true);
    await database.knex.schema.withSchema(set.schema).dropTableIfExists(NOTES);
  });
}

function migratorConfig(set: MigrationSet): Knex.MigratorConfig {
  const source: Knex.MigrationSource<Migration> = {
    getMigrations: async () => [...set.migrations],
    getMigrationName: ({ name }) => name,
    getMigration: async ({ up, down }) => ({ up, down }),
  };
  return {
    migrationSource: source,
    tableName: TABLE,
    schemaName: set.schema,
    // Steps that it does not know are looked at above.
    disableMigrationsListValidation: true,
  };
}

async function refuseNewer(knex: Knex, set: MigrationSet): Promise<void> {
  if (!(await knex.schema.withSchema(set.schema).hasTable(TABLE))) return;
  const known = new Set(set.migrations.map(({ name }) => name));
  const applied: string[] = await knex.withSchema(set.schema).from(TABLE).orderBy('id').pluck('name');
  const unknown = applied.filter((name) => !known.has(name));
  if (unknown.length === 0) return;
  const notes = (await knex.schema.withSchema(set.schema).hasTable(NOTES))
    ? await knex.withSchema(set.schema).from(NOTES).select<Note[]>('name', 'unused_since')
    : [];
  const told = new Map(notes.map((note) => [note.name, note.unused_since]));
  const unbearable = unknown.filter((name) => {
    const since = told.get(name);
    return since === undefined || (since !== null && !known.has(since));
  });
  if (unbearable.length > 0) throw databaseNewer({ schema: set.schema, unknown: unbearable.join(', ') });
}

/** Whether all was done, and noted. */
async function isCurrent(knex: Knex, { schema, migrations }: MigrationSet): Promise<boolean> {
  for (const table of [TABLE, NOTES]) {
    if (!(await knex.schema.withSchema(schema).hasTable(table))) return false;
    const names: string[] = await knex.withSchema(schema).from(table).pluck('name');
    const known = new Set(names);
    if (!migrations.every(({ name }) => known.has(name))) return false;
  }
  return true;
}

interface Note {
  readonly name: string;
  readonly unused_since: string | null;
}

async function writeNotes(knex: Knex, { schema, migrations }: MigrationSet): Promise<void> {
  await knex.raw('create table if not exists ??.?? (name text primary key, unused_since text)', [schema, NOTES]);
  const notes = migrations.map(({ name, unusedSince }): Note => ({ name, unused_since: unusedSince ?? null }));
  if (notes.length === 0) return;
  await knex.withSchema(schema).table(NOTES).insert(notes).onConflict('name').ignore();
}
