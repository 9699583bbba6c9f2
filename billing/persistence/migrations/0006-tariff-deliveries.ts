import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- What each station that shows prices by itself should be told, and what it was told.
    create table billing.tariff_deliveries (
      -- the station's identity
      station_id text primary key,
      organization_id uuid not null,
      site_id uuid not null,
      wanted_version_id uuid,
      -- of the prices that the station should show; null when it can be told none
      wanted_digest text,
      state text not null check (state in ('wanted', 'sent', 'confirmed', 'refused', 'unsupported')),
      -- of the prices that it has, as far as that is known
      confirmed_digest text,
      confirmed_by text check (confirmed_by in ('command', 'asking')),
      confirmed_at timestamptz,
      -- the last command that was given; null in 'sent' while nobody has noted it
      command_id uuid,
      sent_digest text,
      sent_at timestamptz,
      -- with these prices
      attempts integer not null default 0,
      -- when it is looked at; null: when something happens at the station
      due_at timestamptz,
      -- why it is not confirmed
      problem text,
      updated_at timestamptz not null,
      check (state <> 'confirmed' or confirmed_digest = wanted_digest),
      check ((state = 'unsupported') = (wanted_digest is null) or state = 'sent')
    );
    create index tariff_deliveries_due on billing.tariff_deliveries (due_at) where due_at is not null;
    create index tariff_deliveries_state on billing.tariff_deliveries (state, station_id);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table billing.tariff_deliveries');
}
