import type { Knex } from 'knex';

/** Values that contradict others of their sample count for the energy as well: then they need their corrected time, too. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw('alter table csms.sample_conflicts add column effective_at timestamptz');
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table csms.sample_conflicts drop column effective_at');
}
