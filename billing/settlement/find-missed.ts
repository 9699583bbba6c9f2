import type { ChargingCurvesPort } from '@voltpile/csms/contract/charging-curves-port';
import { type Clock, type Instant, instant } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import type { Knex } from 'knex';
import { curvesOf } from './price-facts.ts';
import { problemsOf } from './settle-charge.ts';
import { heldCharges, knownCharges, noteEnded, type SettlementRow, touch } from './settlements-repository.ts';

/** Events are told within seconds; what is older than this and not noted was missed. */
const LEAVE_TO_EVENTS_MS = 10 * 60_000;
const LOOK_BACK_MS = 3 * 86_400_000;
const PAGE = 500;

/**
 * Notes charges that have ended in the last days and were never told here: events are kept for a limited time, and a service may be away for longer. Those
 * that are held for what they do not have any more are looked at again.
 *
 * @returns how many of both
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
    const freed = await freedCharges(curves, await heldCharges(knex, ids), now);
    count += await touch(knex, freed, now);
    after = ids.at(-1) ?? null;
    if (ids.length < PAGE) break;
  }
  return count;
}

/** Of charges without a record, those that are held for other reasons than they would be now. */
async function freedCharges(
  curves: ChargingCurvesPort,
  held: readonly SettlementRow[],
  now: Instant,
): Promise<readonly Uuid[]> {
  const read = await curvesOf(
    curves,
    held.map((row) => row.transaction_id),
  );
  return held.flatMap((row, index) => {
    const problems = problemsOf(read[index] ?? [], now, row.created_at);
    const isSame = typeof problems !== 'string' && isSameSet(problems, row.reasons);
    return isSame || problems === 'waiting' ? [] : [row.transaction_id];
  });
}

function isSameSet(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((each) => other.includes(each));
}
