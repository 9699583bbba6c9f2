import { type Clock, type Instant, instant } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import type { Knex } from 'knex';
import { readingsOf } from '../live/persistence/charges-repository.ts';
import { CATALOGUE } from './catalogue.ts';
import { type Condition, type ConditionSettings, conditionsOf, placeOf } from './conditions.ts';
import { type AlarmRow, endAlarms, presentAlarms, raiseAlarm } from './persistence/alarms-repository.ts';
import { claimDue, type DueStation, setChecks } from './persistence/checks-repository.ts';
import { addNotes, type NewNote } from './persistence/notes-repository.ts';

const AT_ONCE = 100;
/** What is so may end without anything being told: a reading that comes, an hour that passes. */
const LOOK_AGAIN_MS = 60_000;
/** What begins again so soon is the same alarm. */
const REOPENED_WITHIN_MS = 3_600_000;
const ENDS_SILENTLY: ReadonlySet<string> = new Set(['charge.silent', 'station.flapping']);

/**
 * Looks at stations that are due, and raises and clears their alarms.
 *
 * @returns how many stations
 */
export async function checkStations({
  knex,
  clock,
  settings,
}: {
  readonly knex: Knex;
  readonly clock: Clock;
  readonly settings: ConditionSettings;
}): Promise<number> {
  return withDatabaseErrors(() =>
    knex.transaction(async (trx) => {
      const now = clock.now();
      const due = await claimDue(trx, now, AT_ONCE);
      if (due.length === 0) return 0;
      const ids = due.map(({ stationId }) => stationId);
      const present = Map.groupBy(await presentAlarms(trx, ids), ({ station_id }) => station_id);
      const charging = due.filter(({ picture }) => Object.keys(picture.charges).length > 0);
      const readings = await readingsOf(
        trx,
        charging.map(({ stationId }) => stationId),
      );
      const heardAt = new Map([...readings].map(([id, reading]) => [id, reading.heardAt]));
      const checks: { readonly stationId: string; readonly at: Instant | null }[] = [];
      const notes: NewNote[] = [];
      const over: Uuid[] = [];
      for (const station of due) {
        const found = conditionsOf(station.picture, heardAt, now, settings);
        const known = present.get(station.stationId) ?? [];
        const { begun, ended, nextAt } = compare(found, known, now);
        for (const condition of begun) notes.push(await raise(trx, station, condition, now));
        over.push(...ended.map(({ id }) => id));
        checks.push({ stationId: station.stationId, at: nextAt });
      }
      for (const alarmId of await endAlarms(trx, over, now)) {
        notes.push({ alarmId, at: now, kind: 'cleared', by: null, text: null });
      }
      await addNotes(trx, notes);
      await setChecks(trx, checks);
      return due.length;
    }),
  );
}

/** What has begun, what is over, and when to look again. */
export function compare(
  found: readonly Condition[],
  known: readonly AlarmRow[],
  now: Instant,
): { readonly begun: Condition[]; readonly ended: AlarmRow[]; readonly nextAt: Instant | null } {
  const due = found.filter(({ dueMs }) => dueMs <= now);
  const places = new Set(due.map(placeOf));
  const knownPlaces = new Set(known.map(placeOfRow));
  const times = found.flatMap(({ dueMs, code }) => {
    if (dueMs > now) return [dueMs];
    return ENDS_SILENTLY.has(code) ? [now + LOOK_AGAIN_MS] : [];
  });
  return {
    begun: due.filter((condition) => !knownPlaces.has(placeOf(condition))),
    ended: known.filter((row) => !places.has(placeOfRow(row))),
    nextAt: times.length === 0 ? null : instant(Math.min(...times)),
  };
}

function placeOfRow({ code, evse_id: evseId, connector_id: connectorId }: AlarmRow): string {
  return placeOf({ code, evseId, connectorId });
}

async function raise(trx: Knex.Transaction, station: DueStation, condition: Condition, now: Instant): Promise<NewNote> {
  const { code, evseId, connectorId, detail } = condition;
  const { stationId, organizationId, siteId } = station;
  const severity = CATALOGUE.get(code)?.severity ?? 'major';
  const alarm = { organizationId, siteId, stationId, evseId, connectorId, code, severity, detail, at: now };
  const { id, isReopened } = await raiseAlarm(trx, alarm, instant(now - REOPENED_WITHIN_MS));
  return { alarmId: id, at: now, kind: isReopened ? 'reopened' : 'raised', by: null, text: null };
}
