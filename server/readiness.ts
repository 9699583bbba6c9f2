import type { Readiness } from '@voltpile/admin-api/routes/health';
import type { Database } from '@voltpile/platform/database/connection';

const PATIENCE_MS = 3_000;

/**
 * Whether requests can be served just now: whether the database answers within three seconds. What is wrong is said in general words,
 * because anybody may ask.
 */
export async function checkReadiness(database: Database): Promise<Readiness> {
  const answered = await Promise.race([
    database.pool.query('select').then(
      () => true,
      () => false,
    ),
    new Promise<false>((resolve) => void setTimeout(resolve, PATIENCE_MS, false).unref()),
  ]);
  return { ready: answered, checks: { database: answered ? 'ok' : 'does not answer' } };
}
