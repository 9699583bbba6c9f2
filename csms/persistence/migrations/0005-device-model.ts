import type { Knex } from 'knex';

/**
 * What stations are made of: components, variables, attributes and monitors as the stations tell them, the reports that they come in, and
 * the events about them.
 *
 * `name_key` is the folded name of a component and a variable (names are compared without regard to case), made in code; it also gives
 * lists their order. Attributes and monitors carry the station, so that what waits for a restart is found without its variables.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- The row that everything which changes a station's model locks first.
    create table csms.device_models (
      station_id uuid primary key references csms.stations on delete cascade,
      variable_count integer not null default 0,
      monitor_count integer not null default 0,
      flags text[] not null default '{}',
      -- when the station last told all of its model, and with which firmware
      full_report_at timestamptz,
      full_report_firmware text,
      -- when we last asked for it by ourselves, and of which firmware
      asked_at timestamptz,
      asked_firmware text
    ) with (fillfactor = 70);

    create table csms.device_variables (
      id uuid primary key,
      station_id uuid not null references csms.device_models on delete cascade,
      name_key text collate "C" not null,
      component_name text not null,
      component_instance text,
      evse_id integer,
      connector_id integer,
      variable_name text not null,
      variable_instance text,
      data_type text,
      unit text,
      min_limit text,
      max_limit text,
      values_list text,
      supports_monitoring boolean,
      reported_at timestamptz not null,
      -- since when the station knows it no more
      gone_at timestamptz,
      flags text[] not null default '{}',
      unique (station_id, name_key)
    ) with (fillfactor = 80);

    create table csms.device_attributes (
      variable_id uuid not null references csms.device_variables on delete cascade,
      type text not null,
      station_id uuid not null,
      -- secrets masked
      value text,
      value_cut boolean not null default false,
      value_at timestamptz,
      mutability text,
      persistent boolean,
      constant boolean,
      -- set, but in effect after the next restart only
      wanted_value text,
      wanted_at timestamptz,
      reported_at timestamptz not null,
      primary key (variable_id, type)
    ) with (fillfactor = 80);
    create index device_attributes_wanted on csms.device_attributes (station_id) where wanted_value is not null;

    create table csms.device_monitors (
      station_id uuid not null references csms.device_models on delete cascade,
      monitor_id integer not null,
      variable_id uuid not null references csms.device_variables on delete cascade,
      type text not null,
      value text not null,
      severity integer,
      transaction boolean not null,
      reported_at timestamptz not null,
      gone_at timestamptz,
      primary key (station_id, monitor_id)
    ) with (fillfactor = 80);
    create index device_monitors_variable on csms.device_monitors (variable_id);

    create table csms.device_events (
      id uuid primary key,
      station_id uuid not null references csms.stations on delete cascade,
      event_id integer,
      sequence_number integer,
      occurred_at timestamptz not null,
      effective_at timestamptz not null,
      received_at timestamptz not null,
      name_key text not null,
      component_name text not null,
      component_instance text,
      evse_id integer,
      connector_id integer,
      variable_name text not null,
      variable_instance text,
      trigger text not null,
      notification_type text not null,
      -- secrets masked
      actual_value text not null,
      -- null: wired into the station, without a monitor
      monitor_id integer,
      cause integer,
      tech_code text,
      tech_info text,
      cleared boolean,
      station_transaction_id text,
      flags text[] not null default '{}'
    );
    -- A repeated event is the same fact. Stations number events anew after a restart, so that the time is part of it.
    create unique index device_events_fact on csms.device_events (station_id, event_id, occurred_at, name_key)
      nulls not distinct;
    create index device_events_station on csms.device_events (station_id, id desc);

    -- How far a report in parts has come: one row for each time it was asked for, or began to come unasked.
    create table csms.device_reports (
      id uuid primary key,
      station_id uuid not null references csms.stations on delete cascade,
      kind text not null check (kind in ('device', 'monitoring')),
      -- -1 for one that is no number
      request_id integer not null,
      status text not null check (status in ('requested', 'receiving', 'complete', 'refused', 'timed-out')),
      base text,
      -- whether it tells all there is: what it does not name is gone
      covers_all boolean not null,
      command_id uuid,
      requested_at timestamptz,
      first_part_at timestamptz,
      last_part_at timestamptz,
      generated_at timestamptz,
      parts integer[] not null default '{}',
      last_part integer,
      item_count integer not null default 0,
      -- when something was last heard of it
      active_at timestamptz not null,
      finished_at timestamptz,
      flags text[] not null default '{}'
    ) with (fillfactor = 70);
    create index device_reports_request on csms.device_reports (station_id, kind, request_id, id desc);
    create index device_reports_station on csms.device_reports (station_id, id desc);
    create index device_reports_open on csms.device_reports (active_at) where status in ('requested', 'receiving');
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table csms.device_reports, csms.device_events, csms.device_monitors, csms.device_attributes, csms.device_variables,
      csms.device_models;
  `);
}
