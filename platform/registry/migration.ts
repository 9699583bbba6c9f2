import type { Migration } from '../database/migrations.ts';

export const SERVICE_MEMBERS: Migration = {
  name: '0003-service-members',
  up: async (knex) => {
    await knex.raw(`
      -- Who was there when it was looked last: one row for each role of each installation.
      create table platform.service_members (
        service text not null,
        node text not null,
        host text not null,
        pid bigint not null,
        version text not null,
        zone text,
        started_at timestamptz not null,
        state text not null check (state in ('present', 'stopped', 'vanished')),
        last_seen_at timestamptz not null,
        -- Times in a row that it did not answer.
        missed integer not null,
        primary key (service, node)
      );
      create table platform.service_history (
        id uuid primary key,
        at timestamptz not null,
        kind text not null check (kind in ('appeared', 'restarted', 'returned', 'stopped', 'vanished')),
        service text not null,
        node text not null,
        host text not null,
        pid bigint not null,
        version text not null,
        zone text,
        started_at timestamptz not null,
        last_seen_at timestamptz not null
      );
      create index service_history_of_service on platform.service_history (service, id)`);
  },
  down: async (knex) => {
    await knex.raw('drop table platform.service_history; drop table platform.service_members');
  },
};
