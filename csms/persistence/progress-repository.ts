import type { Knex } from 'knex';
import type { StationKey } from '../contract/ids.ts';
import type { BatchQuery, Statement } from './batch-connection.ts';
import { query } from './query.ts';
import { sql } from './sql.ts';
import { type ReportFacts, reportValues } from './station-facts-repository.ts';

/** What stations say again and again while something goes on. */
export const PROGRESS_KINDS = ['firmware-status', 'log-status'] as const;
export type ProgressKind = (typeof PROGRESS_KINDS)[number];

/** A step that is the same as the station's last one of its kind finds that one, and nothing is stored. */
const STORE_PROGRESS: Statement = {
  name: 'progress-store',
  text: `with given as (
      select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::jsonb[], $7::text[])
        as g (id, station_id, kind, occurred_at, received_at, detail, flags)
    ), changed as (
      insert into csms.station_progress as p (station_id, kind, detail)
      select station_id, kind, detail from given order by station_id
      on conflict (station_id, kind) do update set detail = excluded.detail where p.detail is distinct from excluded.detail
      returning station_id
    )
    insert into csms.station_reports (id, station_id, kind, occurred_at, received_at, detail, flags)
    select g.id, g.station_id, g.kind, g.occurred_at, g.received_at, g.detail, string_to_array(g.flags, E'\\x1f')
    from given g join changed using (station_id)
    order by g.id
    on conflict (id) do nothing
    returning id`,
};

/** Stores steps, at most one a station; the answer has the ids of those that are new, as that of `storeReports`. */
export function storeProgressReports(reports: readonly ReportFacts[]): BatchQuery {
  return { statement: STORE_PROGRESS, values: reportValues(reports) };
}

/** Something new begins: the first step of it is a new fact, whatever the last one was. */
export async function forgetProgress(db: Knex, station: StationKey, kind: ProgressKind): Promise<void> {
  await query(db, sql('delete from csms.station_progress where station_id = ?::uuid and kind = ?', station, kind));
}
