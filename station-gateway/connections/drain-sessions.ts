import { setTimeout as sleep } from 'node:timers/promises';
import type { GatewaySession } from './gateway-session.ts';

/** A few stations that come back this far apart trouble nobody: with few of them it need not take long. */
const MAX_APART_MS = 100;

/**
 * Asks sessions to go one after the other, in no order, so that their stations do not all come to the other gateways in one moment. Each goes on as usual
 * until it is its turn. Those that share a socket go together: it is not read any more then.
 *
 * @param withinMs when the last one is asked, at the latest
 * @returns when all have been asked; they may still have something in hand
 */
export async function drainSessions(
  sessions: Iterable<GatewaySession>,
  withinMs: number,
  ask: (session: GatewaySession) => void,
): Promise<void> {
  const groups = shuffled([...Map.groupBy(sessions, ({ socket }) => socket).values()]);
  const apartMs = Math.min(withinMs / groups.length, MAX_APART_MS);
  const began = performance.now();
  for (const [index, group] of groups.entries()) {
    // Somewhere within its share of the time, so that there is no beat.
    const waitMs = began + (index + Math.random()) * apartMs - performance.now();
    if (waitMs > 0) await sleep(waitMs);
    for (const session of group) ask(session);
  }
}

/** Fisher and Yates. Who came in one after the other, from one site perhaps, need not leave so. */
function shuffled<T>(items: T[]): T[] {
  for (let last = items.length - 1; last > 0; last--) {
    const other = Math.floor(Math.random() * (last + 1));
    [items[last], items[other]] = [items[other] as T, items[last] as T];
  }
  return items;
}
