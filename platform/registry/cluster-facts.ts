import { type Database, withDatabaseErrors } from '../database/connection.ts';

/** What all processes of a cluster must agree about: name → value. */
export type ClusterFacts = Readonly<Record<string, string>>;

const UNDEFINED_TABLE = '42P01';

/**
 * The id that a database was given when it was first migrated.
 *
 * @returns null: it was not, or by an older version
 * @throws Unavailable `database.unavailable`
 */
export async function readDatabaseId({ pool }: Pick<Database, 'pool'>): Promise<string | null> {
  const [row] = await rowsIfMigrated<{ id: string }>(pool, 'select id from platform.database_identity');
  return row?.id ?? null;
}

/**
 * What was noted in the database that all share; nothing, where it is not migrated yet.
 *
 * @throws Unavailable `database.unavailable`
 */
export async function readClusterFacts({ pool }: Pick<Database, 'pool'>): Promise<ClusterFacts> {
  const rows = await rowsIfMigrated<{ name: string; value: string }>(
    pool,
    'select name, value from platform.cluster_facts',
  );
  return Object.fromEntries(rows.map(({ name, value }) => [name, value]));
}

/**
 * Notes facts that nobody has noted yet: of two that come at once, the first stands.
 *
 * @returns what stands now
 * @throws Unavailable `database.unavailable`
 */
export async function noteClusterFacts(database: Pick<Database, 'pool'>, facts: ClusterFacts): Promise<ClusterFacts> {
  await withDatabaseErrors(() =>
    database.pool.query(
      `insert into platform.cluster_facts (name, value)
       select * from unnest($1::text[], $2::text[]) order by 1 on conflict (name) do nothing`,
      [Object.keys(facts), Object.values(facts)],
    ),
  );
  return readClusterFacts(database);
}

async function rowsIfMigrated<Row extends object>(pool: Database['pool'], statement: string): Promise<Row[]> {
  return withDatabaseErrors(async () => {
    try {
      return (await pool.query<Row>(statement)).rows;
    } catch (error) {
      if ((error as { code?: unknown }).code === UNDEFINED_TABLE) return [];
      throw error;
    }
  });
}
