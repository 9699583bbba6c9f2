import type { Knex } from 'knex';

/**
 * How far each station last said that its firmware update and its upload are: what it says again is not a new fact. The row is the
 * natural key of such a fact, which stations do not date.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table csms.station_progress (
      station_id uuid not null references csms.stations on delete cascade,
      kind text not null,
      detail jsonb not null,
      primary key (station_id, kind)
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table csms.station_progress');
}
