import type { Clock } from '@voltpile/kernel/clock';
import { defineError } from '@voltpile/kernel/errors';
import type { Knex } from 'knex';
import type pg from 'pg';
import { withDatabaseErrors } from '../database/connection.ts';
import { type KeysetList, makePage, readPageRequest } from '../database/keyset-page.ts';
import type { Texts } from './config-file.ts';
import { NOTHING_STORED, type StoredSettings } from './settings.ts';

export const settingsChangedMeanwhile = defineError(
  'settings.version_conflict',
  'Conflict',
  'The settings are at version {version}, not {expected}: look at them again.',
);

/** A version of the whole set, never changed again. */
export interface SettingsVersion {
  readonly version: number;
  /** RFC 3339 */
  readonly changedAt: string;
  readonly changedBy: string;
  readonly reason: string;
  readonly kind: 'change' | 'rollback' | 'import';
  /** Of a rollback: the version whose texts it took; 0: before all. */
  readonly rolledBackTo: number | null;
  readonly texts: Texts;
}

export type NewSettingsVersion = Omit<SettingsVersion, 'version' | 'changedAt'> & {
  /** The version that the change was made on. */
  readonly expectedVersion: number;
};

interface Row {
  version: number;
  changed_at: Date;
  changed_by: string;
  reason: string;
  kind: SettingsVersion['kind'];
  rolled_back_to: number | null;
  texts: Texts;
}

/** Processes that keep a connection hear on it that there is a new version. */
export const SETTINGS_CHANNEL = 'voltpile_settings';
const LIST: KeysetList = { name: 'settings-versions', isKey: (key) => /^[1-9]\d{0,8}$/.test(key) };
const UNDEFINED_TABLE = '42P01';
const UNIQUE_VIOLATION = '23505';

/**
 * Reads the newest version, unless it is known. Before the first start on a database there is no table yet: nothing is stored.
 *
 * @returns undefined: it is the known one
 */
export async function readNewest(
  connection: Pick<pg.ClientBase, 'query'>,
  known: number | undefined,
): Promise<StoredSettings | undefined> {
  try {
    const newest = await connection.query<{ version: number | null }>(
      'select max(version) as version from platform.settings',
    );
    const version = newest.rows[0]?.version ?? 0;
    if (version === known) return undefined;
    if (version === 0) return NOTHING_STORED;
    const { rows } = await connection.query<{ texts: Texts }>(
      'select texts from platform.settings where version = $1',
      [version],
    );
    return { version, texts: rows[0]?.texts ?? {} };
  } catch (error) {
    if ((error as { code?: unknown }).code !== UNDEFINED_TABLE) throw error;
    return known === 0 ? undefined : NOTHING_STORED;
  }
}

/** The versions in the database. */
export class SettingsStore {
  readonly #knex: Knex;
  readonly #clock: Clock;

  /** @param knex on a database whose schema `platform` is migrated */
  constructor(knex: Knex, clock: Clock) {
    this.#knex = knex;
    this.#clock = clock;
  }

  /** @throws Unavailable `database.unavailable` */
  newest(): Promise<SettingsVersion | undefined> {
    return this.#find((query) => query.orderBy('version', 'desc').limit(1));
  }

  /** @throws Unavailable `database.unavailable` */
  get(version: number): Promise<SettingsVersion | undefined> {
    return this.#find((query) => query.where({ version }));
  }

  /**
   * Writes the next version, and tells every process that listens.
   *
   * @throws Conflict `settings.version_conflict`; Unavailable `database.unavailable`
   */
  write(next: NewSettingsVersion): Promise<SettingsVersion> {
    const { expectedVersion: expected, ...facts } = next;
    return withDatabaseErrors(() =>
      this.#knex.transaction(async (trx) => {
        const [newest]: { version: number | null }[] = await table(trx).max('version as version');
        const version = newest?.version ?? 0;
        if (version !== expected) throw settingsChangedMeanwhile({ version, expected });
        const at = new Date(this.#clock.now());
        const row: Row = {
          version: version + 1,
          changed_at: at,
          changed_by: facts.changedBy,
          reason: facts.reason,
          kind: facts.kind,
          rolled_back_to: facts.rolledBackTo,
          texts: facts.texts,
        };
        try {
          await table(trx).insert(row);
        } catch (error) {
          if ((error as { code?: unknown }).code !== UNIQUE_VIOLATION) throw error;
          // Somebody else was faster by a moment.
          throw settingsChangedMeanwhile({ version: version + 1, expected }, error);
        }
        await trx.raw('select pg_notify(?, ?)', [SETTINGS_CHANNEL, String(row.version)]);
        return toVersion(row);
      }),
    );
  }

  /**
   * Newest first.
   *
   * @throws InvalidArgument `list.bad_cursor`, `list.bad_limit`; Unavailable `database.unavailable`
   */
  async list(page: { readonly limit: number; readonly cursor?: string | undefined }) {
    const { limit, after } = readPageRequest(LIST, page);
    return withDatabaseErrors(async () => {
      const query = table(this.#knex)
        .select<Row[]>('*')
        .orderBy('version', 'desc')
        .limit(limit + 1);
      if (after !== null) query.where('version', '<', Number(after));
      return makePage(LIST, (await query) as Row[], limit, ({ version }) => String(version), toVersion);
    });
  }

  #find(narrow: (query: Knex.QueryBuilder) => Knex.QueryBuilder): Promise<SettingsVersion | undefined> {
    return withDatabaseErrors(async () => {
      const [row]: Row[] = await narrow(table(this.#knex).select('*'));
      return row === undefined ? undefined : toVersion(row);
    });
  }
}

function table(knex: Knex): Knex.QueryBuilder {
  return knex.withSchema('platform').from('settings');
}

function toVersion(row: Row): SettingsVersion {
  return {
    version: row.version,
    changedAt: row.changed_at.toISOString(),
    changedBy: row.changed_by,
    reason: row.reason,
    kind: row.kind,
    rolledBackTo: row.rolled_back_to,
    texts: row.texts,
  };
}
