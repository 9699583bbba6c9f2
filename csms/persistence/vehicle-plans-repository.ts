import { type Instant, toIso } from '@voltpile/kernel/clock';
import { type Uuid, uuidv7 } from '@voltpile/kernel/ids';
import type { Knex } from 'knex';
import type { AccessScope } from '../contract/access-scope.ts';
import type { VehiclePlanView } from '../contract/charging-profiles-port.ts';
import type { StationKey } from '../contract/ids.ts';
import { query } from './query.ts';
import { scopeSql } from './scope.ts';
import { allOf, sql } from './sql.ts';
import type { StationPlace } from './station-lock.ts';
import { storableJson } from './storable-text.ts';
import { isoOf } from './timestamps.ts';

interface PlanRow {
  readonly id: Uuid;
  readonly identity: string;
  readonly evse_id: number;
  readonly transaction_id: Uuid | null;
  readonly kind: VehiclePlanView['kind'];
  readonly detail: Readonly<Record<string, unknown>>;
  readonly received_at: Date;
  readonly flags: string[];
}

const COLUMNS = 'v.id, s.identity, v.evse_id, v.transaction_id, v.kind, v.detail, v.received_at, v.flags';

/** A station repeats itself within this time; the same needs later are another car's, or told anew. */
const REPETITION = `interval '10 minutes'`;

/**
 * Keeps what a car said, with the transaction that runs at the EVSE. The same again is no news.
 *
 * @returns undefined when it was known
 */
export async function storeVehiclePlan(
  db: Knex,
  place: StationPlace,
  told: {
    readonly evseId: number;
    readonly kind: VehiclePlanView['kind'];
    readonly detail: Readonly<Record<string, unknown>>;
    readonly receivedAt: Instant;
    readonly flags: readonly string[];
  },
): Promise<VehiclePlanView | undefined> {
  const [row] = await query<PlanRow>(
    db,
    sql(
      `with given as (
         select g.*, (select t.id from csms.transactions t where t.station_id = g.station_id and t.evse_id = g.evse_id
           and t.status = 'active' order by t.id desc limit 1) as transaction_id
         from (values (?::uuid, ?::uuid, ?::uuid, ?::uuid, ?::integer, ?::text, ?::jsonb, ?::timestamptz, ?::text[]))
           as g (id, organization_id, site_id, station_id, evse_id, kind, detail, received_at, flags)
       ), v as (
         insert into csms.vehicle_plans (id, organization_id, site_id, station_id, evse_id, kind, detail, received_at, flags,
           transaction_id)
         select * from given g
         where not exists (
           select from (select * from csms.vehicle_plans l where l.station_id = g.station_id and l.evse_id = g.evse_id
             and l.kind = g.kind order by l.id desc limit 1) l
           where l.detail = g.detail and l.transaction_id is not distinct from g.transaction_id
             and l.received_at > g.received_at - ${REPETITION})
         returning *
       )
       select ${COLUMNS} from v join csms.stations s on s.id = v.station_id`,
      uuidv7(),
      place.organizationId,
      place.siteId,
      place.station,
      told.evseId,
      told.kind,
      storableJson(told.detail),
      toIso(told.receivedAt),
      [...told.flags],
    ),
  );
  return row === undefined ? undefined : fromRow(row);
}

/** Newest first, before the given id. */
export async function listVehiclePlans(
  db: Knex,
  scope: AccessScope,
  station: StationKey,
  filter: {
    readonly evseId?: number | undefined;
    readonly transactionId?: Uuid | undefined;
    readonly kind?: VehiclePlanView['kind'] | undefined;
  },
  before: Uuid | null,
  count: number,
): Promise<VehiclePlanView[]> {
  const condition = allOf([
    sql('v.station_id = ?::uuid', station),
    scopeSql(scope, { organization: 'v.organization_id', site: 'v.site_id' }),
    filter.evseId === undefined ? undefined : sql('v.evse_id = ?', filter.evseId),
    filter.transactionId === undefined ? undefined : sql('v.transaction_id = ?::uuid', filter.transactionId),
    filter.kind === undefined ? undefined : sql('v.kind = ?', filter.kind),
    before === null ? undefined : sql('v.id < ?::uuid', before),
  ]);
  const rows = await query<PlanRow>(
    db,
    sql(
      `select ${COLUMNS} from csms.vehicle_plans v join csms.stations s on s.id = v.station_id
       where ${condition.text} order by v.id desc limit ?`,
      ...condition.values,
      count,
    ),
  );
  return rows.map(fromRow);
}

function fromRow(row: PlanRow): VehiclePlanView {
  return {
    id: row.id,
    stationId: row.identity,
    evseId: row.evse_id,
    transactionId: row.transaction_id,
    kind: row.kind,
    detail: row.detail,
    receivedAt: isoOf(row.received_at),
    flags: row.flags,
  };
}
