import { toIso } from '@voltpile/kernel/clock';
import type { NewEvent } from '../outbox/append-events.ts';
import type { ListFacts, ListRecord } from '../persistence/local-lists-repository.ts';
import type { ListState } from './list-state.ts';

/** Tells of a list whose standing has changed; none when only a part of a long list was sent. */
export function listEvents(before: ListRecord, state: ListState, facts: ListFacts): NewEvent[] {
  const same = before.state.status === state.status && before.state.operatorManaged === state.operatorManaged;
  return same ? [] : [listEvent(before, state, facts)];
}

export function listEvent(record: ListRecord, state: ListState, facts: ListFacts): NewEvent {
  return {
    type: 'local-list.changed',
    organizationId: record.organizationId,
    siteId: record.siteId,
    stationId: record.stationId,
    data: {
      status: state.status,
      operatorManaged: state.operatorManaged,
      confirmedVersion: state.confirmed?.versionNumber ?? null,
      entryCount: state.confirmed?.entries.length ?? null,
      lastError: state.lastError,
      retryAt: facts.retryAt === null ? null : toIso(facts.retryAt),
    },
  };
}
