import { systemClock } from '@voltpile/kernel/clock';
import type pg from 'pg';
import type { Database } from '../database/connection.ts';
import { DueLoop } from '../jobs/due-loop.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { StoredSettings } from './settings.ts';
import { readNewest, SETTINGS_CHANNEL } from './settings-store.ts';

/** What follows the stored settings: a process's `Settings`. */
export interface SettingsTaker {
  readonly stored: StoredSettings;
  apply(stored: StoredSettings): void;
}

export interface Follower {
  start(): void;
  stop(): Promise<void>;
}

/** Everybody has a change within two seconds also where nobody is told (a pooler in between, a notification that was lost). */
const LOOK_MS = 1000;
const ANSWER_MS = 1500;

/**
 * Keeps the settings at what the database says: hears of changes on a connection of its own, and looks every second all the same. While the database is away
 * the last known values hold.
 */
export function followDatabase(options: {
  readonly database: Pick<Database, 'dedicatedClient'>;
  readonly settings: SettingsTaker;
  readonly logger: Logger;
  readonly lookMs?: number;
}): Follower {
  const { database, settings, lookMs = LOOK_MS } = options;
  const logger = options.logger.child({ component: 'settings' });
  let client: pg.Client | undefined;
  let isAway = false;

  const connect = async (): Promise<pg.Client> => {
    const made = await database.dedicatedClient({ answerTimeoutMs: ANSWER_MS });
    made.on('notification', () => loop.poke());
    client = made;
    await made.query(`listen ${SETTINGS_CHANNEL}`);
    return made;
  };
  const leave = async (): Promise<void> => {
    const left = client;
    client = undefined;
    await left?.end().catch(() => {});
  };
  const loop: DueLoop = new DueLoop({
    clock: systemClock,
    lookMs,
    async work() {
      const newest = await readNewest(client ?? (await connect()), settings.stored.version);
      if (isAway) logger.info('settings can be read again');
      isAway = false;
      if (newest !== undefined) settings.apply(newest);
      return 0;
    },
    nextDue: async () => null,
    onError(err) {
      if (!isAway) logger.warn({ err }, 'settings cannot be read; the last known ones hold');
      isAway = true;
      // Not waited for: a connection that hangs would hold the next attempt.
      void leave();
    },
  });
  return {
    start: () => loop.start(),
    async stop() {
      await loop.stop();
      await leave();
    },
  };
}
