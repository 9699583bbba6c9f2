import { setTimeout as sleep } from 'node:timers/promises';
import { classifyDatabaseError, type Database } from './connection.ts';

/** What one process alone may do until it lets it go, or its connection to the database is lost. */
export interface Turn extends AsyncDisposable {
  /** Aborted when somebody else may have it. */
  readonly lost: AbortSignal;
}

/** How soon somebody else goes on where a process has ended. */
const ASK_AGAIN_MS = 1000;

/**
 * Waits until nobody else has this turn: a session's advisory lock, on a connection of its own, which dies with the process. It is asked for again
 * and again rather than waited for in the database: there a waiting statement holds back the clean-up of old rows for as long as it waits.
 *
 * @returns undefined when it is not wanted any more
 * @throws Unavailable `database.unavailable`
 */
export async function takeTurn(database: Database, name: string, signal: AbortSignal): Promise<Turn | undefined> {
  const holder = await database.dedicatedClient();
  const lost = new AbortController();
  holder.once('end', () => lost.abort());
  try {
    while (!signal.aborted) {
      const { rows } = await holder.query<{ got: boolean }>(
        `select pg_try_advisory_lock(hashtextextended('voltpile turn ' || $1, 0)) as got`,
        [name],
      );
      if (rows[0]?.got === true) {
        return { lost: lost.signal, [Symbol.asyncDispose]: () => holder.end().catch(() => {}) };
      }
      await sleep(ASK_AGAIN_MS, undefined, { signal }).catch(() => {});
    }
  } catch (error) {
    await holder.end().catch(() => {});
    throw classifyDatabaseError(error);
  }
  await holder.end().catch(() => {});
  return undefined;
}
