import type { Knex } from 'knex';

/**
 * Messages of stations and their answers, for people who look for a fault. Not the record of anything: that is `csms.raw_messages`. One
 * partition a day, dropped as a whole when its time is over.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table operations.message_log (
      id uuid not null,
      station_key uuid not null,
      station_id text not null,
      organization_id uuid not null,
      site_id uuid not null,
      protocol text not null,
      direction text not null,
      action text,
      message_id text,
      outcome text not null,
      error_code text,
      requested_at timestamptz not null,
      latency_ms integer,
      request text not null,
      response text,
      -- bytes as they went over the socket, before anything was cut
      request_bytes integer not null,
      response_bytes integer,
      truncated boolean not null,
      oddities jsonb not null,
      primary key (id, requested_at)
    ) partition by range (requested_at);
    create table operations.message_log_default partition of operations.message_log default;
    create index message_log_station on operations.message_log (station_id, id desc);
    -- rows come in the order of time: a few bytes for each 128 pages find an hour of a day
    create index message_log_time on operations.message_log using brin (requested_at);

    create table operations.message_log_levels (
      station_id text primary key,
      -- null: taken back; the row stays, so that other nodes hear of it
      level text check (level in ('off', 'errors', 'all')),
      changed_at timestamptz not null
    );
    create index message_log_levels_changed on operations.message_log_levels (changed_at);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table operations.message_log_levels, operations.message_log');
}
