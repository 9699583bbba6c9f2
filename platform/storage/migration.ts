import type { Migration } from '../database/migrations.ts';

/** How large tables were, once a day. */
export const TABLE_SIZES: Migration = {
  name: '0006-table-sizes',
  up: async (knex) =>
    knex.raw(`
      create table platform.table_sizes (
        day date not null,
        schema_name text not null,
        table_name text not null,
        bytes bigint not null,
        primary key (schema_name, table_name, day)
      )`),
  down: async (knex) => knex.raw('drop table platform.table_sizes'),
};
