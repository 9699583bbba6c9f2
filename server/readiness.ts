import type { Readiness } from '@voltpile/admin-api/routes/health';
import type { Database } from '@voltpile/platform/database/connection';
import type { Bus } from '@voltpile/platform/nats/connection';

const PATIENCE_MS = 3_000;

/**
 * Whether requests can be served just now: whether the databases answer within three seconds, and there is a connection to the other processes. What
 * is wrong is said in general words, because anybody may ask.
 *
 * @param databases none: nothing is kept here
 * @param bus null: this process is alone
 */
export async function checkReadiness(databases: readonly Database[], bus: Bus | null): Promise<Readiness> {
  const checks: { database?: string; nats?: string } = {};
  if (databases.length > 0) {
    const answered = await Promise.all(databases.map(answers));
    checks.database = answered.every(Boolean) ? OK : 'does not answer';
  }
  if (bus !== null) checks.nats = bus.isConnected ? OK : 'not connected';
  return { ready: Object.values(checks).every((check) => check === OK), checks };
}

const OK = 'ok';

function answers(database: Database): Promise<boolean> {
  return Promise.race([
    database.pool.query('select').then(
      () => true,
      () => false,
    ),
    new Promise<false>((resolve) => void setTimeout(resolve, PATIENCE_MS, false).unref()),
  ]);
}
