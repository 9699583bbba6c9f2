import type { Knex } from 'knex';

/**
 * A key on its way to the station (`AuthorizationKey` was set by a command). Both keys open the door until the station has come in
 * with the new one.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw('alter table csms.stations add column next_key_hash bytea');
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table csms.stations drop column next_key_hash');
}
