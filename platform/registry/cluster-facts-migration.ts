import type { Migration } from '../database/migrations.ts';

export const CLUSTER_FACTS: Migration = {
  name: '0005-cluster-facts',
  up: async (knex) => {
    await knex.raw(`
      -- Tells databases apart, whatever address they are reached at. A restored dump is the same database in another place.
      create table platform.database_identity (
        is_only boolean primary key default true check (is_only),
        id uuid not null
      );
      insert into platform.database_identity (id) values (gen_random_uuid());
      -- What all processes of the cluster must agree about, noted by the first of them. Counts in the database that all share.
      create table platform.cluster_facts (
        name text primary key,
        value text not null,
        noted_at timestamptz not null default now()
      )`);
  },
  down: async (knex) => {
    await knex.raw('drop table platform.cluster_facts; drop table platform.database_identity');
  },
};
