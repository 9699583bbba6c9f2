import type { Knex } from 'knex';

/**
 * Local lists of stations (which tokens each should know, and which it has confirmed), the rules for stations without connection, and the
 * group whose tokens stop any transaction.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table csms.organizations add column master_pass_group_id text;
    alter table csms.sites
      add column local_list_policy jsonb not null default '{"kind": "off"}',
      add column offline_policy jsonb not null default '{}';

    create index id_tokens_group on csms.id_tokens (organization_id, lower(group_id_token)) where group_id_token is not null;

    -- Counts the changes of an organisation's tokens: a list that was worked out at another number may be out of step.
    create table csms.id_token_revisions (
      organization_id uuid primary key references csms.organizations on delete cascade,
      revision bigint not null
    ) with (fillfactor = 50);

    create table csms.local_lists (
      station_id uuid primary key references csms.stations on delete cascade,
      -- null: the site's
      policy jsonb,
      status text not null default 'unknown' check (status in ('in-step', 'pending', 'failed', 'unsupported', 'unknown')),
      -- a list was sent by hand: nothing is sent by itself
      operator_managed boolean not null default false,
      -- we have sent something that may still be there
      managed boolean not null default false,
      -- what csms.local_list_entries is; null: what the station holds is not known
      confirmed_version integer,
      -- as the station told it, while what it holds is not known
      heard_version integer,
      -- the highest number that was ever sent or heard
      last_version integer not null default 0,
      -- the list that has left, or was about to, until it is known what came of it
      sent jsonb,
      -- the station was asked for its version
      asking boolean not null default false,
      -- a command is on its way until then at the latest
      busy_until timestamptz,
      -- digest of the rules and token revision that the list is in step with
      basis text,
      -- when the first of its tokens expires
      next_expiry_at timestamptz,
      failures integer not null default 0,
      retry_at timestamptz,
      last_error text,
      verified_at timestamptz,
      updated_at timestamptz not null
    ) with (fillfactor = 70);
    create index local_lists_busy on csms.local_lists (busy_until) where busy_until is not null;

    create table csms.local_list_entries (
      station_id uuid not null references csms.local_lists on delete cascade,
      -- folded
      value text collate "C" not null,
      id_token text not null,
      id_token_type text,
      status text not null,
      group_id_token text,
      expires_at timestamptz,
      primary key (station_id, value)
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table csms.local_list_entries, csms.local_lists, csms.id_token_revisions;
    drop index csms.id_tokens_group;
    alter table csms.sites drop column local_list_policy, drop column offline_policy;
    alter table csms.organizations drop column master_pass_group_id;
  `);
}
