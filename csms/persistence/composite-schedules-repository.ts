import { type Instant, toIso } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import type { Knex } from 'knex';
import type { AccessScope } from '../contract/access-scope.ts';
import type { CompositeScheduleView } from '../contract/charging-profiles-port.ts';
import type { StationKey } from '../contract/ids.ts';
import { query } from './query.ts';
import { scopeSql } from './scope.ts';
import { allOf, sql } from './sql.ts';
import type { StationPlace } from './station-lock.ts';
import { storableJson } from './storable-text.ts';
import { isoOf } from './timestamps.ts';

/** Keeps a schedule in place of the former one of the same EVSE and unit. */
export async function storeCompositeSchedule(
  db: Knex,
  place: StationPlace,
  told: {
    readonly evseId: number;
    readonly chargingRateUnit: string;
    readonly schedule: Readonly<Record<string, unknown>>;
    readonly commandId: Uuid;
    readonly receivedAt: Instant;
  },
): Promise<void> {
  await query(
    db,
    sql(
      `insert into csms.composite_schedules (station_id, evse_id, charging_rate_unit, organization_id, site_id, schedule, command_id,
         received_at)
       values (?::uuid, ?, ?, ?::uuid, ?::uuid, ?::jsonb, ?::uuid, ?::timestamptz)
       on conflict (station_id, evse_id, charging_rate_unit) do update set organization_id = excluded.organization_id,
         site_id = excluded.site_id, schedule = excluded.schedule, command_id = excluded.command_id, received_at = excluded.received_at`,
      place.station,
      told.evseId,
      told.chargingRateUnit,
      place.organizationId,
      place.siteId,
      storableJson(told.schedule),
      told.commandId,
      toIso(told.receivedAt),
    ),
  );
}

/** By EVSE and unit, after the given ones. */
export async function listCompositeSchedules(
  db: Knex,
  scope: AccessScope,
  station: StationKey,
  after: { readonly evseId: number; readonly chargingRateUnit: string } | null,
  count: number,
): Promise<CompositeScheduleView[]> {
  const condition = allOf([
    sql('c.station_id = ?::uuid', station),
    scopeSql(scope, { organization: 'c.organization_id', site: 'c.site_id' }),
    after === null
      ? undefined
      : sql('(c.evse_id, c.charging_rate_unit) > (?::integer, ?::text)', after.evseId, after.chargingRateUnit),
  ]);
  const rows = await query<{
    readonly identity: string;
    readonly evse_id: number;
    readonly charging_rate_unit: string;
    readonly schedule: Readonly<Record<string, unknown>>;
    readonly command_id: Uuid;
    readonly received_at: Date;
  }>(
    db,
    sql(
      `select s.identity, c.evse_id, c.charging_rate_unit, c.schedule, c.command_id, c.received_at
       from csms.composite_schedules c join csms.stations s on s.id = c.station_id
       where ${condition.text} order by c.evse_id, c.charging_rate_unit limit ?`,
      ...condition.values,
      count,
    ),
  );
  return rows.map((row) => ({
    stationId: row.identity,
    evseId: row.evse_id,
    chargingRateUnit: row.charging_rate_unit,
    schedule: row.schedule,
    commandId: row.command_id,
    receivedAt: isoOf(row.received_at),
  }));
}
