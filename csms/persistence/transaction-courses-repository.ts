import { type Instant, instant, toIso } from '@voltpile/kernel/clock';
import type { QueryResult } from 'pg';
import type { NeighbouringTransaction, TransactionCourse } from '../stations/follow-status.ts';
import { plainArray, textArray } from './array-literal.ts';
import type { BatchQuery, Statement } from './batch-connection.ts';
import type { StatusFacts } from './station-facts-repository.ts';
import { timestamptz } from './timestamps.ts';

/** A transaction beside one of the given statuses. */
export interface Neighbour {
  /** Of the status, in the order given. */
  readonly index: number;
  /** Whether the connector shows this status: none is newer. */
  readonly current: boolean;
  readonly transaction: NeighbouringTransaction;
}

const COLUMNS = `t.id, t.status, t.connector_id, t.started_at, t.energy_ended_at, t.plugged_in_at, t.unplugged_at, t.charging_state`;
const OF_THE_PLUG = `t.station_id = g.station_id and t.evse_id = g.evse_id
  and coalesce(t.connector_id, g.connector_id) = g.connector_id`;
const OF_THE_CONNECTOR = `s.station_id = g.station_id and s.evse_id = g.evse_id and s.connector_id = g.connector_id
  and s.effective_at <= t.started_at and (not t.begun or t.plugged_in_at is null)`;

/**
 * Each look-up takes one row from an index in its order (`limit 1`; `offset 0` where the key is unique keeps the planner from reading the
 * whole table once). Of two statuses of the same time the later one stands, as for the connector.
 * The search for the last time that the plug was free goes back through one car's stay.
 */
const FIND_NEIGHBOURS: Statement = {
  name: 'courses-find-neighbours',
  text: `select g.index::int, t.*, c.current, o.effective_at as occupied_since
    from unnest($1::uuid[], $2::integer[], $3::integer[], $4::text[], $5::timestamptz[]) with ordinality
      as g (station_id, evse_id, connector_id, status_detail, effective_at, index)
    cross join lateral (
      (select ${COLUMNS}, true as begun from csms.transactions t
        where ${OF_THE_PLUG} and t.started_at <= g.effective_at order by t.started_at desc, t.id desc limit 1)
      union all
      (select ${COLUMNS}, false as begun from csms.transactions t
        where ${OF_THE_PLUG} and t.started_at > g.effective_at order by t.started_at, t.id limit 1)
    ) t
    left join lateral (select c.status_at = g.effective_at and c.status_detail = g.status_detail as current from csms.connectors c
      where c.station_id = g.station_id and c.evse_id = g.evse_id and c.connector_id = g.connector_id offset 0) c on true
    left join lateral (select s.effective_at, s.id from csms.connector_statuses s
      where ${OF_THE_CONNECTOR} and s.status <> 'Occupied'
      order by s.effective_at desc, s.id desc limit 1) free on true
    left join lateral (select s.effective_at from csms.connector_statuses s
      where ${OF_THE_CONNECTOR} and s.status = 'Occupied' and (s.effective_at, s.id)
        > (coalesce(free.effective_at, '-infinity'), coalesce(free.id, '00000000-0000-0000-0000-000000000000'::uuid))
      order by s.effective_at, s.id limit 1) o on true`,
};

/** Finds, after they are stored, what the statuses may say something about: at most two transactions each. */
export function findNeighbours(statuses: readonly StatusFacts[]): BatchQuery {
  return {
    statement: FIND_NEIGHBOURS,
    values: [
      plainArray(statuses.map(({ station }) => station)),
      plainArray(statuses.map(({ evseId }) => evseId)),
      plainArray(statuses.map(({ connectorId }) => connectorId)),
      textArray(statuses.map(({ detail }) => detail)),
      plainArray(statuses.map(({ effectiveAt }) => toIso(effectiveAt))),
    ],
  };
}

export function neighboursFrom(result: QueryResult): Neighbour[] {
  return result.rows.map((row) => ({
    index: row.index - 1,
    current: row.current === true,
    transaction: {
      id: row.id,
      status: row.status,
      startedAt: instant(row.started_at.getTime()),
      energyEndedAt: toInstant(row.energy_ended_at),
      pluggedInAt: toInstant(row.plugged_in_at),
      unpluggedAt: toInstant(row.unplugged_at),
      chargingState: row.charging_state,
      occupiedSince: toInstant(row.occupied_since),
    },
  }));
}

const STORE_COURSES: Statement = {
  name: 'courses-store',
  text: `update csms.transactions t
    set plugged_in_at = x.plugged_in_at, unplugged_at = x.unplugged_at, charging_state = x.charging_state
    from unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[], $4::text[]) as x (id, plugged_in_at, unplugged_at, charging_state)
    where t.id = x.id and t.id = any ($1::uuid[])`,
};

/** Writes columns that decisions about transactions leave alone, so that neither undoes the other's work. Rows are locked by id. */
export function storeCourses(courses: ReadonlyMap<string, TransactionCourse>): BatchQuery {
  const sorted = [...courses].sort(([one], [other]) => (one < other ? -1 : 1));
  const all = sorted.map(([, course]) => course);
  return {
    statement: STORE_COURSES,
    values: [
      plainArray(sorted.map(([id]) => id)),
      plainArray(all.map(({ pluggedInAt }) => timestamptz(pluggedInAt))),
      plainArray(all.map(({ unpluggedAt }) => timestamptz(unpluggedAt))),
      textArray(all.map(({ chargingState }) => chargingState)),
    ],
  };
}

function toInstant(value: Date | null): Instant | null {
  return value === null ? null : instant(value.getTime());
}
