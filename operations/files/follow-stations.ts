import type { DomainEvent, DomainEventType } from '@voltpile/csms/contract/events';
import { type Clock, type Instant, toIso } from '@voltpile/kernel/clock';
import { isUuid } from '@voltpile/kernel/ids';
import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import type { Knex } from 'knex';
import { lockReported, type RequestKind, storeProgress } from './persistence/requests-repository.ts';
import { advance } from './progress-rules.ts';
import type { RequestCommands } from './request-commands.ts';

/** The events that tell how requests get on. */
export const FOLLOWED_EVENTS: readonly DomainEventType[] = [
  'command.finished',
  'firmware.status-changed',
  'log.status-changed',
];

const KIND_OF: Readonly<Partial<Record<DomainEventType, RequestKind>>> = {
  'firmware.status-changed': 'firmware-update',
  'log.status-changed': 'log-request',
};

/** Takes what the stations' domain tells, in order. An event that comes again changes nothing. */
export async function followStations(
  options: { readonly knex: Knex; readonly clock: Clock; readonly requestCommands: RequestCommands },
  events: readonly DomainEvent[],
): Promise<void> {
  const { knex, clock, requestCommands } = options;
  for (const event of events) {
    if (event.type === 'command.finished') {
      const { id, status } = event.data;
      if (typeof id === 'string' && isUuid(id)) await requestCommands.commandEnded(id, String(status));
    } else await withDatabaseErrors(() => knex.transaction((trx) => followProgress(trx, event, clock.now())));
  }
}

async function followProgress(trx: Knex, event: DomainEvent, now: Instant): Promise<void> {
  const kind = KIND_OF[event.type];
  const { status, requestId, receivedAt } = event.data;
  if (kind === undefined || event.stationId === null || typeof status !== 'string') return;
  const number = typeof requestId === 'number' ? requestId : null;
  const row = await lockReported(trx, kind, event.stationId, number);
  if (row === undefined || BigInt(row.last_event_id) >= BigInt(event.id)) return;
  const { progress, isNews } = advance(kind, { state: row.state, status: row.status }, status);
  if (!isNews) return;
  const step = { status, receivedAt: typeof receivedAt === 'string' ? receivedAt : toIso(event.recordedAt) };
  await storeProgress(trx, row, {
    progress,
    step,
    eventId: event.id,
    // What is installed need not be fetched again.
    revoke: kind === 'firmware-update' && progress.state === 'succeeded',
    now,
  });
}
