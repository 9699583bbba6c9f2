import type { Knex } from 'knex';

/** The protocol of stations that name none when they connect, and how well the present connection is secured. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table csms.stations add column default_protocol text;
    alter table csms.connections add column security_profile smallint check (security_profile between 0 and 3);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table csms.connections drop column security_profile;
    alter table csms.stations drop column default_protocol;
  `);
}
