import type { CommandStatus } from '@voltpile/csms/contract/commands';
import type { DomainEvent, DomainEventType } from '@voltpile/csms/contract/events';
import { type Clock, type Instant, toIso } from '@voltpile/kernel/clock';
import { isUuid } from '@voltpile/kernel/ids';
import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import type { Knex } from 'knex';
import {
  lockByCommand,
  lockReported,
  type RequestKind,
  type RequestRow,
  storeProgress,
} from './persistence/requests-repository.ts';
import { advance } from './progress-rules.ts';

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

/** Nothing will come of a request whose command ended so. After `timeout` and `unknown` the station may still act. */
const REFUSED: ReadonlySet<string> = new Set<CommandStatus>(['rejected', 'failed', 'offline']);

/** Takes what the stations' domain tells, in order. An event that comes again changes nothing. */
export async function followStations(
  { knex, clock }: { readonly knex: Knex; readonly clock: Clock },
  events: readonly DomainEvent[],
): Promise<void> {
  for (const event of events) {
    await withDatabaseErrors(() => knex.transaction((trx) => followEvent(trx, event, clock.now())));
  }
}

async function followEvent(trx: Knex, event: DomainEvent, now: Instant): Promise<void> {
  if (event.type === 'command.finished') {
    const { id, status } = event.data;
    const row = typeof id === 'string' && isUuid(id) ? await lockByCommand(trx, id) : undefined;
    if (row !== undefined) await commandEnded(trx, row, String(status), now);
    return;
  }
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

/** The command of a request has ended: the station has taken it, or nothing will come of it and its address leads nowhere any more. */
export async function commandEnded(trx: Knex, row: RequestRow, status: string, now: Instant): Promise<void> {
  if (row.command_status !== null) return;
  const isRefused = REFUSED.has(status) && row.state === 'pending';
  const state = isRefused ? 'rejected' : row.state === 'pending' && status === 'accepted' ? 'running' : row.state;
  await storeProgress(trx, row, {
    progress: { state, status: row.status },
    commandStatus: status,
    revoke: isRefused,
    now,
  });
}
