import { plainArray } from './array-literal.ts';
import type { BatchQuery, Statement } from './batch-connection.ts';

/** In one order by everybody, so that two batches cannot wait for each other's new rows. */
const INSERT_EVSES: Statement = {
  name: 'evses-insert',
  text: `insert into csms.evses (id, station_id, evse_id)
    select gen_random_uuid(), x.station_id, x.evse_id from unnest($1::uuid[], $2::int[]) as x (station_id, evse_id)
    order by x.station_id, x.evse_id
    on conflict do nothing`,
};

/** Makes the EVSEs that a station has spoken of for the first time; those that are there stay as they are. */
export function insertEvses(evses: readonly { readonly stationId: string; readonly evseId: number }[]): BatchQuery {
  return {
    statement: INSERT_EVSES,
    values: [plainArray(evses.map((each) => each.stationId)), plainArray(evses.map((each) => each.evseId))],
  };
}
