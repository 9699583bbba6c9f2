import type { Knex } from 'knex';

/**
 * Finds transactions by their end. Rows lie about in the order of their ends, so that a few bytes for each stretch of the table do, and an end costs
 * nothing to note.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(
    'create index transactions_ended on csms.transactions using brin (ended_at) with (pages_per_range = 32, autosummarize = on)',
  );
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop index csms.transactions_ended');
}
