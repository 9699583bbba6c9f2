import type { Knex } from 'knex';

/** What is wrong with stations, and what was done about it. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table operations.alarms (
      id uuid primary key,
      organization_id uuid not null,
      site_id uuid not null,
      station_id text not null,
      evse_id integer,
      connector_id integer,
      code text not null,
      severity text not null,
      status text not null check (status in ('active', 'cleared')),
      -- what it is about is so; may be so although somebody has cleared it
      is_present boolean not null,
      detail jsonb not null,
      raised_at timestamptz not null,
      last_raised_at timestamptz not null,
      occurrences integer not null,
      cleared_at timestamptz,
      acknowledged_at timestamptz,
      acknowledged_by text,
      assigned_to text,
      check (status = 'cleared' or is_present),
      check ((status = 'cleared') = (cleared_at is not null))
    );
    create unique index alarms_place on operations.alarms (station_id, code, coalesce(evse_id, -1), coalesce(connector_id, -1))
      where is_present;
    create index alarms_list on operations.alarms (status, last_raised_at desc, id desc);
    create index alarms_station on operations.alarms (station_id, last_raised_at desc, id desc);
    create index alarms_site on operations.alarms (site_id, last_raised_at desc, id desc);

    create table operations.alarm_notes (
      id uuid primary key,
      alarm_id uuid not null references operations.alarms (id) on delete cascade,
      at timestamptz not null,
      kind text not null,
      -- e-mail address; null: it happened by itself
      by_whom text,
      text text
    );
    create index alarm_notes_alarm on operations.alarm_notes (alarm_id, id desc);

    -- When alarms of a station are to be looked at again; null: when it tells something.
    alter table operations.live_stations add column check_at timestamptz;
    create index live_stations_check on operations.live_stations (check_at) where check_at is not null;
    update operations.live_stations set check_at = now();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table operations.live_stations drop column check_at;
    drop table operations.alarm_notes, operations.alarms;
  `);
}
