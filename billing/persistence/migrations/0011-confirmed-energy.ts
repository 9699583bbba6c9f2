import type { Knex } from 'knex';

/** What a charge can have had at most, beside the decision of whoever has confirmed that it had more. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw('alter table billing.settlement_decisions add column confirmed_above_mwh bigint');
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table billing.settlement_decisions drop column confirmed_above_mwh');
}
