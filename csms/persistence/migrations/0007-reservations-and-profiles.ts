import type { Knex } from 'knex';

/**
 * Reservations; what is known of the charging profiles, limits and composite schedules of stations; what cars said that they need. Every
 * row keeps the organisation and site that the station had at the time.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table csms.reservations (
      id uuid primary key,
      organization_id uuid not null,
      site_id uuid not null,
      station_id uuid not null references csms.stations on delete cascade,
      -- what the station knows it by
      number integer not null check (number >= 0),
      -- null: the station chooses
      evse_id integer check (evse_id > 0),
      connector_type text,
      -- tokens are folded to lower case, as in id_tokens
      id_token text not null,
      display_id_token text not null,
      group_id_token text,
      display_group_id_token text,
      status text not null
        check (status in ('requested', 'active', 'used', 'expired', 'cancelled', 'removed', 'refused', 'unknown')),
      refusal text,
      flags text[] not null default '{}',
      command_id uuid not null,
      transaction_id uuid,
      created_by text,
      created_at timestamptz not null,
      expires_at timestamptz not null,
      ended_at timestamptz
    ) with (fillfactor = 70);
    -- The station keeps one reservation of a number; a new one of the same number takes the old one's place.
    create unique index reservations_active on csms.reservations (station_id, number) where status = 'active';
    create unique index reservations_requested on csms.reservations (station_id, number) where status = 'requested';
    create unique index reservations_command on csms.reservations (command_id);
    create index reservations_number on csms.reservations (station_id, number, id desc);
    create index reservations_time on csms.reservations (station_id, expires_at);
    create index reservations_due on csms.reservations (expires_at) where status in ('requested', 'active', 'unknown');
    create index reservations_transaction on csms.reservations (transaction_id) where transaction_id is not null;
    create index reservations_list on csms.reservations (organization_id, id desc);

    create table csms.charging_profiles (
      id uuid primary key,
      organization_id uuid not null,
      site_id uuid not null,
      station_id uuid not null references csms.stations on delete cascade,
      -- 0: the station as a whole; null: not known yet (it came with a start command that left the EVSE open)
      evse_id integer check (evse_id >= 0),
      profile_id integer not null,
      -- 'CSO' is ours
      source text not null,
      purpose text not null,
      stack_level integer,
      -- OCPP 2.0.1 ChargingProfileType
      profile jsonb not null,
      transaction_id uuid,
      -- of the start command that it came with; leads to the transaction
      intent_id uuid,
      set_at timestamptz,
      reported_at timestamptz,
      -- the request that it was reported to last
      report_id integer,
      cleared_at timestamptz,
      clear_reason text
        check (clear_reason in ('cleared', 'replaced', 'transaction-ended', 'not-started', 'not-reported', 'unknown-to-station')),
      check ((cleared_at is null) = (clear_reason is null))
    ) with (fillfactor = 80);
    create index charging_profiles_current on csms.charging_profiles (station_id, profile_id) where cleared_at is null;
    create index charging_profiles_tx on csms.charging_profiles (id) where cleared_at is null and purpose = 'TxProfile';
    create index charging_profiles_list on csms.charging_profiles (station_id, id desc);
    create index charging_profiles_cleared on csms.charging_profiles (cleared_at) where cleared_at is not null;

    -- What stations were asked to report, so that what they leave out is known to be gone.
    create table csms.charging_profile_requests (
      station_id uuid not null references csms.stations on delete cascade,
      request_id integer not null,
      command_id uuid not null,
      criteria jsonb not null,
      requested_at timestamptz not null,
      completed_at timestamptz,
      primary key (station_id, request_id)
    );
    create index charging_profile_requests_time on csms.charging_profile_requests (requested_at);

    -- What others than we let the station charge with. A cleared row is history.
    create table csms.charging_limits (
      id uuid primary key,
      organization_id uuid not null,
      site_id uuid not null,
      station_id uuid not null references csms.stations on delete cascade,
      -- null: the station as a whole
      evse_id integer,
      source text not null,
      grid_critical boolean,
      -- OCPP 2.0.1 ChargingScheduleType
      schedules jsonb,
      set_at timestamptz not null,
      reported_at timestamptz not null,
      cleared_at timestamptz,
      clear_reason text check (clear_reason in ('cleared', 'replaced')),
      flags text[] not null default '{}'
    ) with (fillfactor = 80);
    create unique index charging_limits_current on csms.charging_limits (station_id, source, evse_id) nulls not distinct
      where cleared_at is null;
    create index charging_limits_list on csms.charging_limits (station_id, id desc);
    create index charging_limits_cleared on csms.charging_limits (cleared_at) where cleared_at is not null;

    create table csms.composite_schedules (
      station_id uuid not null references csms.stations on delete cascade,
      evse_id integer not null,
      charging_rate_unit text not null,
      organization_id uuid not null,
      site_id uuid not null,
      -- OCPP 2.0.1 CompositeScheduleType
      schedule jsonb not null,
      command_id uuid not null,
      received_at timestamptz not null,
      primary key (station_id, evse_id, charging_rate_unit)
    );

    -- What cars said that they need (ISO 15118), and the schedules that they chose.
    create table csms.vehicle_plans (
      id uuid primary key,
      organization_id uuid not null,
      site_id uuid not null,
      station_id uuid not null references csms.stations on delete cascade,
      evse_id integer not null,
      -- that ran at the EVSE when it came
      transaction_id uuid,
      kind text not null check (kind in ('needs', 'schedule')),
      detail jsonb not null,
      received_at timestamptz not null,
      flags text[] not null default '{}'
    );
    create index vehicle_plans_list on csms.vehicle_plans (station_id, id desc);
    create index vehicle_plans_time on csms.vehicle_plans (received_at);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table csms.vehicle_plans, csms.composite_schedules, csms.charging_limits, csms.charging_profile_requests,
      csms.charging_profiles, csms.reservations;
  `);
}
