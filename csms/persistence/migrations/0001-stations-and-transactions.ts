import type { Knex } from 'knex';

/**
 * The stations' domain: organisation → site → station → EVSE → connector, id tokens, start intents, transactions, samples, raw
 * messages, connections, commands and the outbox.
 *
 * Enumerations are text with a check: values can be added without rewriting a type. Energy is integer milliwatt-hours (`_mwh`).
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table csms.organizations (
      id uuid primary key,
      name text not null,
      country_code text,
      party_id text,
      operator_id text check (length(operator_id) = 9),
      created_at timestamptz not null default now()
    );

    create table csms.sites (
      id uuid primary key,
      organization_id uuid not null references csms.organizations,
      name text not null,
      time_zone text not null,
      currency text not null check (currency ~ '^[A-Z]{3}$'),
      address jsonb,
      latitude numeric(10, 7),
      longitude numeric(10, 7),
      opening_hours jsonb,
      funds_fallback text not null default 'allow' check (funds_fallback in ('allow', 'refuse')),
      created_at timestamptz not null default now()
    );
    create index sites_organization on csms.sites (organization_id, id);

    -- A removed station keeps its row, because transactions point to it; its identity is free again.
    create table csms.stations (
      id uuid primary key,
      identity text not null,
      organization_id uuid not null references csms.organizations,
      site_id uuid not null references csms.sites,
      registration_status text not null check (registration_status in ('Accepted', 'Pending', 'Rejected')),
      key_hash bytea,
      protocol text,
      capabilities text[] not null default '{}',
      vendor text,
      model text,
      serial_number text,
      firmware_version text,
      iccid text,
      imsi text,
      meter_type text,
      meter_serial_number text,
      last_boot_at timestamptz,
      last_seen_at timestamptz,
      heartbeat_interval_seconds integer check (heartbeat_interval_seconds between 1 and 86400),
      lenient boolean not null default false,
      rated_power_w bigint check (rated_power_w > 0),
      created_at timestamptz not null default now(),
      removed_at timestamptz
    ) with (fillfactor = 80);
    create unique index stations_identity on csms.stations (identity) where removed_at is null;
    create index stations_site on csms.stations (site_id, id);
    create index stations_organization on csms.stations (organization_id, id);
    create index stations_pending on csms.stations (id) where registration_status = 'Pending' and removed_at is null;

    -- The row that a decision about a station locks. Narrow, because it is written with every start.
    create table csms.station_counters (
      station_id uuid primary key references csms.stations on delete cascade,
      next_transaction_number integer not null check (next_transaction_number > 0)
    ) with (fillfactor = 50);

    create table csms.connections (
      station_id uuid primary key references csms.stations on delete cascade,
      epoch bigint not null,
      node_id text not null,
      protocol text not null,
      remote_address text not null,
      connected_at timestamptz not null,
      disconnected_at timestamptz,
      disconnect_reason text
    ) with (fillfactor = 70);
    create index connections_node on csms.connections (node_id) where disconnected_at is null;

    create table csms.evses (
      id uuid primary key,
      station_id uuid not null references csms.stations on delete cascade,
      evse_id integer not null check (evse_id >= 0),
      emi3_id text,
      unique (station_id, evse_id)
    );

    create table csms.connectors (
      station_id uuid not null,
      evse_id integer not null,
      connector_id integer not null check (connector_id >= 0),
      status text not null,
      status_detail text,
      error_code text,
      info text,
      vendor_error_code text,
      -- effective time of the newest status; older reports only go into the history
      status_at timestamptz not null,
      primary key (station_id, evse_id, connector_id),
      foreign key (station_id, evse_id) references csms.evses (station_id, evse_id) on delete cascade
    ) with (fillfactor = 70);

    create table csms.connector_statuses (
      id uuid not null,
      station_id uuid not null references csms.stations on delete cascade,
      evse_id integer not null,
      connector_id integer not null,
      status text not null,
      status_detail text not null,
      error_code text not null default '',
      info text,
      vendor_id text,
      vendor_error_code text,
      occurred_at timestamptz not null,
      effective_at timestamptz not null,
      received_at timestamptz not null,
      flags text[] not null default '{}',
      primary key (id)
    );
    -- A repeated report is the same fact.
    create unique index connector_statuses_fact on csms.connector_statuses
      (station_id, occurred_at, evse_id, connector_id, status_detail, error_code);
    create index connector_statuses_station on csms.connector_statuses (station_id, id desc);

    -- Firmware, log, security and vendor reports: facts that change nothing else yet.
    create table csms.station_reports (
      id uuid primary key,
      station_id uuid not null references csms.stations on delete cascade,
      kind text not null,
      occurred_at timestamptz not null,
      received_at timestamptz not null,
      detail jsonb not null,
      flags text[] not null default '{}'
    );
    create index station_reports_station on csms.station_reports (station_id, id desc);

    create table csms.id_tokens (
      id uuid primary key,
      organization_id uuid not null references csms.organizations,
      -- folded to lower case: tokens are compared without regard to case
      value text not null check (value = lower(value) and length(value) between 1 and 64),
      display_value text not null,
      type text not null,
      status text not null check (status in ('Accepted', 'Blocked', 'Expired', 'Invalid')),
      group_id_token text,
      expires_at timestamptz,
      concurrent_transactions boolean not null default false,
      account_ref text,
      created_at timestamptz not null default now(),
      unique (organization_id, value)
    );

    create table csms.start_intents (
      id uuid primary key,
      organization_id uuid not null,
      site_id uuid not null,
      station_id uuid not null references csms.stations on delete cascade,
      evse_id integer,
      id_token text not null,
      account_ref text,
      channel text not null check (channel in ('card', 'app', 'partner', 'vin')),
      partner_ref text,
      dialect_ref text,
      limits jsonb not null,
      status text not null check (status in ('pending', 'started', 'expired', 'refused')),
      refusal text,
      transaction_id uuid,
      created_at timestamptz not null,
      expires_at timestamptz not null
    ) with (fillfactor = 80);
    create unique index start_intents_pending on csms.start_intents (station_id, id_token, channel, evse_id)
      nulls not distinct where status = 'pending';
    create unique index start_intents_transaction on csms.start_intents (transaction_id) where transaction_id is not null;

    create table csms.transactions (
      id uuid primary key,
      -- organisation, site and zone as they were at the start: stations move
      organization_id uuid not null,
      site_id uuid not null,
      time_zone text not null,
      station_id uuid not null references csms.stations,
      evse_id integer,
      connector_id integer,
      station_transaction_id text not null,
      -- 'reported' began with a start we saw; 'orphan' was made from an end (or samples) that names a transaction we never saw
      origin text not null default 'reported' check (origin in ('reported', 'orphan')),
      intent_id uuid,
      id_token text,
      display_id_token text,
      stop_id_token text,
      authorization_status text,
      status text not null check (status in ('active', 'ended')),
      -- true when the end was worked out by us, not told by the station; a late end then replaces it
      end_estimated boolean not null default false,
      -- as claimed by the station, unchanged: samples are partitioned by it
      partition_at timestamptz not null,
      started_at timestamptz not null,
      ended_at timestamptz,
      plugged_in_at timestamptz,
      authorized_at timestamptz,
      energy_started_at timestamptz,
      energy_ended_at timestamptz,
      unplugged_at timestamptz,
      charging_state text,
      meter_start_mwh bigint,
      meter_stop_mwh bigint,
      metered_mwh bigint,
      billable_mwh bigint,
      stop_reason text,
      reservation_id integer,
      rated_power_w bigint,
      flags text[] not null default '{}',
      holds text[] not null default '{}',
      start_key text,
      stop_key text,
      created_at timestamptz not null default now()
    ) with (fillfactor = 70);
    create unique index transactions_number on csms.transactions (station_id, station_transaction_id) where origin = 'reported';
    -- A retry of a start finds its transaction; the same key on an ended one is a new transaction.
    -- The predicates name the columns of their keys, so that none of these indexes fits a query that is meant for another: on a table that
    -- is still small the planner would read the whole of any index that fits.
    create unique index transactions_start on csms.transactions (station_id, start_key)
      where status = 'active' and start_key is not null;
    create index transactions_start_key on csms.transactions (station_id, start_key);
    create index transactions_active_token on csms.transactions (id_token, organization_id)
      where status = 'active' and id_token is not null;
    create index transactions_active_evse on csms.transactions (station_id, evse_id)
      where status = 'active' and evse_id is not null;
    create index transactions_station_time on csms.transactions (station_id, started_at desc);
    create index transactions_list on csms.transactions (organization_id, id desc);

    -- What a sample measures, interned: keeps sample rows narrow (four bytes in place of up to eight texts).
    create table csms.sample_kinds (
      id integer generated always as identity primary key,
      measurand text not null,
      phase text,
      location text,
      context text,
      format text,
      unit text,
      basis text not null check (basis in ('register', 'session')),
      unique nulls not distinct (measurand, phase, location, context, format, unit, basis)
    );

    -- owner_id is the transaction, or the EVSE for samples at rest.
    create table csms.samples (
      owner_id uuid not null,
      partition_at timestamptz not null,
      occurred_at timestamptz not null,
      kind_id integer not null,
      ordinal smallint not null,
      value numeric,
      -- only for what is no number (signed data, garbage), as it came
      text_value text,
      -- null: the same as occurred_at
      effective_at timestamptz,
      received_at timestamptz not null,
      primary key (owner_id, occurred_at, kind_id, ordinal, partition_at)
    ) partition by range (partition_at);
    create table csms.samples_default partition of csms.samples default;

    -- Same key, other value: kept beside the first, for a person to look at.
    create table csms.sample_conflicts (
      id uuid primary key,
      owner_id uuid not null,
      occurred_at timestamptz not null,
      kind_id integer not null,
      ordinal smallint not null,
      value numeric,
      text_value text,
      received_at timestamptz not null
    );
    create unique index sample_conflicts_fact on csms.sample_conflicts
      (owner_id, occurred_at, kind_id, ordinal, value, text_value) nulls not distinct;

    create table csms.raw_messages (
      station_id uuid not null,
      received_at timestamptz not null,
      epoch bigint not null,
      message_name text not null,
      transaction_id uuid,
      frame text not null,
      oddities text[]
    ) partition by range (received_at);
    create table csms.raw_messages_default partition of csms.raw_messages default;
    create index raw_messages_station on csms.raw_messages (station_id, received_at);

    create table csms.commands (
      id uuid primary key,
      organization_id uuid not null,
      station_id uuid not null references csms.stations on delete cascade,
      action text not null,
      -- secrets masked
      payload jsonb not null,
      status text not null check (status in ('pending', 'accepted', 'rejected', 'failed', 'timeout', 'offline', 'unknown')),
      response jsonb,
      requested_by text,
      intent_id uuid,
      created_at timestamptz not null,
      deadline timestamptz not null,
      finished_at timestamptz
    ) with (fillfactor = 80);
    create index commands_station on csms.commands (station_id, id desc);
    create index commands_overdue on csms.commands (deadline) where status = 'pending';

    create table csms.outbox (
      id bigint generated always as identity,
      recorded_at timestamptz not null default now(),
      type text not null,
      organization_id uuid not null,
      site_id uuid,
      station_id text,
      data json not null
    ) partition by range (recorded_at);
    create table csms.outbox_default partition of csms.outbox default;
    create index outbox_id on csms.outbox (id);

    create table csms.outbox_cursors (
      consumer text primary key,
      last_id bigint not null,
      updated_at timestamptz not null default now()
    );
  `);
}

/** Undoes the migration: every table of the schema goes, with what is in it. */
export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table csms.outbox_cursors, csms.outbox, csms.commands, csms.raw_messages, csms.sample_conflicts, csms.samples,
      csms.sample_kinds, csms.transactions, csms.start_intents, csms.id_tokens, csms.station_reports, csms.connector_statuses,
      csms.connectors, csms.evses, csms.connections, csms.station_counters, csms.stations, csms.sites, csms.organizations;
  `);
}
