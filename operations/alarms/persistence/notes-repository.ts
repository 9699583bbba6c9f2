import { type Instant, toIso } from '@voltpile/kernel/clock';
import { type Uuid, uuidv7 } from '@voltpile/kernel/ids';
import type { Knex } from 'knex';
import type { AlarmNoteKind, AlarmNoteView } from '../../contract/alarms.ts';

/** Something that happened to an alarm. */
export interface NewNote {
  readonly alarmId: Uuid;
  readonly at: Instant;
  readonly kind: AlarmNoteKind;
  readonly by: string | null;
  readonly text: string | null;
}

interface Row {
  readonly id: Uuid;
  readonly at: Date;
  readonly kind: AlarmNoteKind;
  readonly by_whom: string | null;
  readonly text: string | null;
}

const notes = (db: Knex): Knex.QueryBuilder => db.withSchema('operations').table('alarm_notes');

export async function addNotes(db: Knex, given: readonly NewNote[]): Promise<AlarmNoteView[]> {
  if (given.length === 0) return [];
  const rows: Row[] = await notes(db).insert(
    given.map(({ alarmId, at, kind, by, text }) => ({
      id: uuidv7(),
      alarm_id: alarmId,
      at: toIso(at),
      kind,
      by_whom: by,
      text,
    })),
    '*',
  );
  return rows.map(toView);
}

/** Newest first. */
export async function listNotes(db: Knex, alarmId: Uuid, after: Uuid | null, count: number): Promise<AlarmNoteView[]> {
  const query = notes(db).where('alarm_id', alarmId).orderBy('id', 'desc').limit(count);
  if (after !== null) query.where('id', '<', after);
  const rows: Row[] = await query.select('*');
  return rows.map(toView);
}

/**
 * Of alarms that come and go all the time: removes what happened by itself beyond the newest ones.
 *
 * @returns how many notes
 */
export async function thinNotes(db: Knex, keep: number): Promise<number> {
  const { rowCount } = await db.raw<{ rowCount: number }>(
    `delete from operations.alarm_notes where id in (
       select id from (
         select n.id, row_number() over (partition by n.alarm_id order by n.id desc) as number
         from operations.alarm_notes n join operations.alarms a on a.id = n.alarm_id
         where n.by_whom is null and a.occurrences > ?
       ) numbered where number > ? limit 10000)`,
    [Math.floor(keep / 2), keep],
  );
  return rowCount;
}

function toView({ id, at, kind, by_whom: by, text }: Row): AlarmNoteView {
  return { id, at: at.toISOString(), kind, by, text };
}
