import type { ChargingCurvesPort } from '@voltpile/csms/contract/charging-curves-port';
import { type Clock, instant } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import type { Knex } from 'knex';
import { knownCharges, noteEnded } from './settlements-repository.ts';

/** Events are told within seconds; what is older than this and not noted was missed. */
const LEAVE_TO_EVENTS_MS = 10 * 60_000;
const LOOK_BACK_MS = 3 * 86_400_000;
const PAGE = 500;

/**
 * Notes charges that have ended in the last days and were never told here: events are kept for a limited time, and a service may be away for longer.
 *
 * @returns how many
 */
export async function findMissed(
  knex: Knex,
  clock: Clock,
  curves: ChargingCurvesPort,
  signal: AbortSignal,
): Promise<number> {
  const now = clock.now();
  const [from, to] = [instant(now - LOOK_BACK_MS), instant(now - LEAVE_TO_EVENTS_MS)];
  let count = 0;
  let after: Uuid | null = null;
  while (!signal.aborted) {
    const ids: readonly Uuid[] = await curves.ended(from, to, after, PAGE);
    const known = await knownCharges(knex, ids);
    for (const id of ids) {
      if (known.has(id)) continue;
      const transaction = (await curves.read(id))?.transaction;
      if (transaction === undefined) continue;
      const { organizationId, siteId, stationId } = transaction;
      await noteEnded(knex, [{ transactionId: id, organizationId, siteId, stationId }], clock.now());
      count += 1;
    }
    after = ids.at(-1) ?? null;
    if (ids.length < PAGE) break;
  }
  return count;
}
