import type { AccessScope } from '@voltpile/csms/contract/access-scope';
import { defineError } from '@voltpile/kernel/errors';
import { type Uuid, uuidv7 } from '@voltpile/kernel/ids';
import type { AlarmNoteView, AlarmsPort, AlarmView } from '@voltpile/operations/contract/alarms';

const NOW = '2026-05-01T00:00:00.000Z';
const alarmNotFound = defineError('alarm.not_found', 'NotFound', 'There is no alarm {id}.');
const alarmCleared = defineError('alarm.cleared', 'Conflict', 'The alarm is cleared.');

/** Alarms in memory, for tests of the API: scopes and errors as the contract promises them. */
export class FakeAlarms {
  readonly rows: AlarmView[] = [];
  readonly written: AlarmNoteView[] = [];
  /** What the list was asked for last. */
  seenFilter: object | undefined;

  readonly port: AlarmsPort = {
    kinds: async () => [
      { code: 'station.offline', severity: 'major', title: 'Not connected', description: 'While it is lost.' },
    ],
    list: async (scope, filter) => {
      this.seenFilter = filter;
      return { items: this.rows.filter((row) => sees(scope, row)), nextCursor: null };
    },
    get: async (scope, id) => this.#find(scope, id),
    notes: async (scope, id) => {
      this.#find(scope, id);
      return { items: this.written, nextCursor: null };
    },
    acknowledge: async (scope, id, { by }) => {
      if (this.#find(scope, id).status === 'cleared') throw alarmCleared();
      return this.#change(scope, id, { acknowledgedAt: NOW, acknowledgedBy: by });
    },
    clear: async (scope, id) => {
      if (this.#find(scope, id).status === 'cleared') throw alarmCleared();
      return this.#change(scope, id, { status: 'cleared', clearedAt: NOW });
    },
    assign: async (scope, id, { assignedTo }) => this.#change(scope, id, { assignedTo }),
    addNote: async (scope, id, { by, text }) => {
      this.#find(scope, id);
      const note = { id: uuidv7(), at: NOW, kind: 'note', by, text } as const;
      this.written.unshift(note);
      return note;
    },
  };

  #find(scope: AccessScope, id: Uuid): AlarmView {
    const found = this.rows.find((row) => row.id === id && sees(scope, row));
    if (found === undefined) throw alarmNotFound({ id });
    return found;
  }

  #change(scope: AccessScope, id: Uuid, change: Partial<AlarmView>): AlarmView {
    const after = { ...this.#find(scope, id), ...change };
    this.rows.splice(
      this.rows.findIndex((row) => row.id === id),
      1,
      after,
    );
    return after;
  }
}

function sees(scope: AccessScope, { organizationId, siteId }: AlarmView): boolean {
  if (scope.kind === 'everything') return true;
  return scope.kind === 'organizations'
    ? scope.organizationIds.includes(organizationId)
    : scope.siteIds.includes(siteId);
}
