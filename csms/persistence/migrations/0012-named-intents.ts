import type { Knex } from 'knex';

/**
 * Intents are found by the name that a charge was given with them, also after their time: what a pile kept back comes late. The token is then
 * shown as it was given.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create index start_intents_ref on csms.start_intents (station_id, dialect_ref)
      where dialect_ref is not null and status in ('pending', 'expired');
    alter table csms.start_intents add column display_id_token text;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table csms.start_intents drop column display_id_token;
    drop index csms.start_intents_ref;
  `);
}
