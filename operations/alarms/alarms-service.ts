import type { AccessScope } from '@voltpile/csms/contract/access-scope';
import { type Clock, toIso } from '@voltpile/kernel/clock';
import { defineError } from '@voltpile/kernel/errors';
import { isUuid, type Uuid } from '@voltpile/kernel/ids';
import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import { type KeysetList, makePage, readPageRequest } from '@voltpile/platform/database/keyset-page';
import type { Knex } from 'knex';
import type { AlarmNoteKind, AlarmNoteView, AlarmsPort, AlarmView } from '../contract/alarms.ts';
import { CATALOGUE } from './catalogue.ts';
import { type AlarmRow, changeAlarm, findAlarm, listAlarms } from './persistence/alarms-repository.ts';
import { addNotes, listNotes } from './persistence/notes-repository.ts';

export const alarmNotFound = defineError('alarm.not_found', 'NotFound', 'There is no alarm {id}.');
export const alarmCleared = defineError('alarm.cleared', 'Conflict', 'The alarm is cleared.');

const KEY = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) (.+)$/;
const LIST: KeysetList = {
  name: 'alarms',
  isKey: (key) => {
    const [, at = '', id = ''] = KEY.exec(key) ?? [];
    return !Number.isNaN(Date.parse(at)) && isUuid(id);
  },
};
const NOTES: KeysetList = { name: 'alarm-notes', isKey: isUuid };

/** What people see of alarms, and do about them. */
export function createAlarmsService({ knex, clock }: { readonly knex: Knex; readonly clock: Clock }): AlarmsPort {
  async function find(db: Knex, scope: AccessScope, id: Uuid, lock = false): Promise<AlarmRow> {
    const row = isUuid(id) ? await findAlarm(db, scope, id, { lock }) : undefined;
    if (row === undefined) throw alarmNotFound({ id });
    return row;
  }

  /** A change by a person, with its note. */
  async function change(
    scope: AccessScope,
    id: Uuid,
    note: { readonly kind: AlarmNoteKind; readonly by: string; readonly text: string | null },
    decide: (row: AlarmRow, at: string) => Parameters<typeof changeAlarm>[2] | null,
  ): Promise<AlarmView> {
    return withDatabaseErrors(() =>
      knex.transaction(async (trx) => {
        const row = await find(trx, scope, id, true);
        const at = clock.now();
        const changed = decide(row, toIso(at));
        if (changed === null) return toView(row);
        await changeAlarm(trx, row.id, changed);
        await addNotes(trx, [{ alarmId: row.id, at, ...note }]);
        return toView(await find(trx, scope, id));
      }),
    );
  }

  return {
    async kinds() {
      return [...CATALOGUE.values()];
    },

    async list(scope, filter, page) {
      const { limit, after } = readPageRequest(LIST, page);
      // Nothing is called so, and no parameter may hold it.
      if (Object.values(filter).some((one) => typeof one === 'string' && one.includes('\u0000'))) {
        return { items: [], nextCursor: null };
      }
      const [, at = '', id = ''] = KEY.exec(after ?? '') ?? [];
      const place = after === null ? null : { at, id };
      const rows = await withDatabaseErrors(() => listAlarms(knex, scope, filter, place, limit + 1));
      return makePage(LIST, rows, limit, (row) => `${row.last_raised_at.toISOString()} ${row.id}`, toView);
    },

    get: (scope, id) => withDatabaseErrors(async () => toView(await find(knex, scope, id))),

    async notes(scope, id, page) {
      const { limit, after } = readPageRequest(NOTES, page);
      const rows = await withDatabaseErrors(async () => {
        const alarm = await find(knex, scope, id);
        return listNotes(knex, alarm.id, after, limit + 1);
      });
      return makePage(
        NOTES,
        rows,
        limit,
        (note) => note.id,
        (note) => note,
      );
    },

    acknowledge: (scope, id, { by, text }) =>
      change(scope, id, { kind: 'acknowledged', by, text }, (row, at) => {
        if (row.acknowledged_at !== null) return null;
        if (row.status === 'cleared') throw alarmCleared();
        return { acknowledged_at: at, acknowledged_by: by };
      }),

    clear: (scope, id, { by, text }) =>
      change(scope, id, { kind: 'cleared', by, text }, (row, at) => {
        if (row.status === 'cleared') throw alarmCleared();
        return { status: 'cleared', cleared_at: at };
      }),

    assign: (scope, id, { by, text, assignedTo }) => {
      const whom = assignedTo ?? 'nobody';
      const note = text === null ? whom : `${whom}: ${text}`;
      return change(scope, id, { kind: 'assigned', by, text: note }, (row) =>
        row.assigned_to === assignedTo ? null : { assigned_to: assignedTo },
      );
    },

    addNote: (scope, id, { by, text }) =>
      withDatabaseErrors(() =>
        knex.transaction(async (trx) => {
          const row = await find(trx, scope, id, true);
          const [note] = await addNotes(trx, [{ alarmId: row.id, at: clock.now(), kind: 'note', by, text }]);
          return note as AlarmNoteView;
        }),
      ),
  };
}

function toView(row: AlarmRow): AlarmView {
  return {
    id: row.id,
    organizationId: row.organization_id,
    siteId: row.site_id,
    stationId: row.station_id,
    evseId: row.evse_id,
    connectorId: row.connector_id,
    code: row.code,
    severity: row.severity,
    title: CATALOGUE.get(row.code)?.title ?? row.code,
    status: row.status,
    isPresent: row.is_present,
    detail: row.detail,
    raisedAt: row.raised_at.toISOString(),
    lastRaisedAt: row.last_raised_at.toISOString(),
    occurrences: row.occurrences,
    clearedAt: row.cleared_at?.toISOString() ?? null,
    acknowledgedAt: row.acknowledged_at?.toISOString() ?? null,
    acknowledgedBy: row.acknowledged_by,
    assignedTo: row.assigned_to,
  };
}
