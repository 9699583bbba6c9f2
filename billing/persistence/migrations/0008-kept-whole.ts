import type { Knex } from 'knex';

/** What is kept row by row is kept as a whole, too: nobody empties a table in one go. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create trigger cdr_transactions_kept_whole before truncate on billing.cdr_transactions
      for each statement execute function billing.refuse_change();
    create trigger settlement_decisions_kept_whole before truncate on billing.settlement_decisions
      for each statement execute function billing.refuse_change();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop trigger cdr_transactions_kept_whole on billing.cdr_transactions;
    drop trigger settlement_decisions_kept_whole on billing.settlement_decisions;
  `);
}
