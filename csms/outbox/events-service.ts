import { defineError } from '@voltpile/kernel/errors';
import type { Knex } from 'knex';
import type { Pool } from 'pg';
import type { EventsPort } from '../contract/events.ts';
import { type OutboxEvent, readEvents, readOutboxRange } from '../persistence/outbox-repository.ts';
import { inScope } from '../persistence/scope.ts';
import type { OutboxTail } from './outbox-tail.ts';

export const badEventId = defineError('events.bad_id', 'InvalidArgument', 'An event id is a decimal number.');

const MAX_LIMIT = 1000;
const MAX_WAIT_MS = 60_000;
const MAX_ID = 2n ** 63n - 1n;

/** Events for people: from memory for those who are up to date, from the table for those who come back. */
export function createEventsService(dependencies: {
  readonly tail: OutboxTail;
  readonly knex: Knex;
  readonly pool: Pool;
}): EventsPort {
  const { tail, knex, pool } = dependencies;
  return {
    async read(scope, afterId, limit) {
      const after = afterId === null ? null : readId(afterId);
      const safe = await tail.safeId();
      if (after === null) return { kind: 'events', items: [], lastId: String(safe) };
      const count = Math.min(Math.max(Math.trunc(limit), 1), MAX_LIMIT);
      if (after > safe) {
        // Told by a process that is a little ahead of this one; or from another database altogether.
        const { last } = await readOutboxRange(pool);
        return after > last
          ? { kind: 'reset', lastId: String(safe) }
          : { kind: 'events', items: [], lastId: String(after) };
      }
      const recent = tail.recent(after);
      if (recent !== undefined) {
        const last = recent.at(-1)?.id ?? after;
        return page(
          recent.filter(({ event }) => inScope(scope, event)),
          count,
          last > safe ? last : safe,
        );
      }
      const { first } = await readOutboxRange(pool);
      if (after + 1n < first || first === 0n) return { kind: 'reset', lastId: String(safe) };
      return page(await readEvents(knex, scope, after, safe, count + 1), count, safe);
    },

    async wait(afterId, timeoutMs) {
      await tail.changed(readId(afterId), Math.min(Math.max(timeoutMs, 0), MAX_WAIT_MS));
    },
  };
}

/** So many events; `lastId` is the last one looked at, so that a reader who may see few does not look at the others again. */
function page(
  visible: readonly OutboxEvent[],
  count: number,
  seenUpTo: bigint,
): { kind: 'events'; items: OutboxEvent['event'][]; lastId: string } {
  const shown = visible.slice(0, count);
  const last = visible.length > count ? (shown.at(-1) as OutboxEvent).id : seenUpTo;
  return { kind: 'events', items: shown.map(({ event }) => event), lastId: String(last) };
}

function readId(text: string): bigint {
  if (!/^\d{1,19}$/.test(text)) throw badEventId();
  const id = BigInt(text);
  if (id > MAX_ID) throw badEventId();
  return id;
}
