import type { Knex } from 'knex';

/**
 * The present state of stations and the figures of the day. Made from events, one row a station: `picture` is all of it, and the columns beside it are what
 * lists and sums ask for.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table operations.live_stations (
      station_id text primary key,
      organization_id uuid not null,
      site_id uuid not null,
      -- an event up to this one is in the picture already
      last_event_id bigint not null,
      state text not null,
      is_online boolean not null,
      -- how many EVSEs are at what
      faulted integer not null,
      charging integer not null,
      occupied integer not null,
      reserved integer not null,
      available integer not null,
      unavailable integer not null,
      offline integer not null,
      unknown integer not null,
      changed_at timestamptz not null,
      picture jsonb not null
    ) with (fillfactor = 70);
    create index live_stations_site on operations.live_stations (site_id, station_id);
    create index live_stations_organization on operations.live_stations (organization_id, station_id);

    -- What charges under way told last: much more often than anything else changes, so rows are narrow, and no index has a column that changes.
    create table operations.live_charges (
      transaction_id uuid primary key,
      station_id text not null,
      -- by our clock
      told_at timestamptz not null,
      meter_start_wh double precision,
      charging_state text,
      energy_wh double precision,
      power_w double precision,
      soc_percent double precision,
      metered_at timestamptz,
      -- when the newest reading came, by our clock
      heard_at timestamptz,
      cost_amount text,
      cost_currency text,
      last_event_id bigint not null
    ) with (fillfactor = 70);
    create index live_charges_station on operations.live_charges (station_id);

    -- Charges that have ended; what they were settled at may come before or after.
    create table operations.sessions (
      transaction_id uuid primary key,
      organization_id uuid not null,
      site_id uuid not null,
      station_id text not null,
      evse_id integer,
      ended_at timestamptz,
      energy_wh numeric,
      cost_amount numeric,
      cost_currency text,
      last_event_id bigint not null
    );
    create index sessions_site on operations.sessions (site_id, ended_at);
    create index sessions_ended on operations.sessions using brin (ended_at);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table operations.sessions, operations.live_charges, operations.live_stations');
}
