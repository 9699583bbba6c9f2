import { systemClock } from '@voltpile/kernel/clock';
import * as z from 'zod';
import { DueLoop } from '../jobs/due-loop.ts';
import type { Bus } from '../nats/connection.ts';
import { decode, encode } from '../nats/wire.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Follower, SettingsTaker } from './follow-database.ts';
import type { SettingsChange, StoredSettings } from './settings.ts';

/** Answered by whichever process has a database. */
const ASK = 'voltpile.settings.v1.ask';
const CHANGED = 'voltpile.settings.v1.changed';
const QUEUE = 'settings';
const LOOK_MS = 1000;
const ANSWER_MS = 1000;
/** No answer of ours is larger (see the limits of `SettingsDesk`). */
const MOST_NAMES = 1000;
const MOST_CHARACTERS = 10_000;

const answer = z.object({
  version: z.int().nonnegative(),
  texts: z
    .record(z.string().max(200), z.string().max(MOST_CHARACTERS))
    .refine((texts) => Object.keys(texts).length <= MOST_NAMES),
}) satisfies z.ZodType<StoredSettings>;

/** Tells the stored settings to processes that have no database, and that they have changed. @returns ends it */
export function shareSettings(
  bus: Bus,
  settings: Pick<SettingsTaker, 'stored'> & { watch(listener: (change: SettingsChange) => void): () => void },
): () => void {
  const subscription = bus.connection.subscribe(ASK, {
    queue: QUEUE,
    callback: (error, message) => {
      if (error !== null) return;
      try {
        message.respond(encode(settings.stored));
      } catch {
        // Thrown here, it would end the reading of the connection. Whoever asks does so again in a second.
      }
    },
  });
  const unwatch = settings.watch(() => {
    if (bus.isConnected) bus.connection.publish(CHANGED);
  });
  return () => {
    unwatch();
    if (!subscription.isClosed()) subscription.unsubscribe();
  };
}

/** Asks once. @returns undefined: nobody answers, or nothing that can be read */
export async function askForSettings(bus: Bus): Promise<StoredSettings | undefined> {
  if (!bus.isConnected) return undefined;
  try {
    const message = await bus.connection.request(ASK, undefined, { timeout: ANSWER_MS });
    return answer.parse(decode(message.data));
  } catch {
    return undefined;
  }
}

/**
 * Keeps the settings of a process without a database at what the others tell: when they say that there is a change, and every second. An older version is the answer of one that has not heard yet.
 */
export function followBus(options: {
  readonly bus: Bus;
  readonly settings: SettingsTaker;
  readonly logger: Logger;
}): Follower {
  const { bus, settings, logger } = options;
  const loop = new DueLoop({
    clock: systemClock,
    lookMs: LOOK_MS,
    async work() {
      const newest = await askForSettings(bus);
      if (newest !== undefined && newest.version > settings.stored.version) settings.apply(newest);
      return 0;
    },
    nextDue: async () => null,
    onError: (err) => logger.warn({ err }, 'settings of the cluster could not be taken'),
  });
  const subscription = bus.connection.subscribe(CHANGED, {
    callback: (error) => {
      if (error === null) loop.poke();
    },
  });
  return {
    start: () => loop.start(),
    async stop() {
      if (!subscription.isClosed()) subscription.unsubscribe();
      await loop.stop();
    },
  };
}
