import type { Knex } from 'knex';

/** What the daily proof has compared with what it was made from: payments with their provider, records with their meters. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- Checks that could not be made, or not to their end, with why.
    alter table billing.ledger_proofs add column unanswered jsonb not null default '[]';
    -- Null: the payment has changed since the provider was asked about it.
    alter table billing.payments add column provider_checked_at timestamptz;
    create index payments_to_compare on billing.payments (provider, updated_at) where provider_checked_at is null;
    -- When the record was last found to be what the meter says.
    alter table billing.settlements add column compared_at timestamptz;
    create index settlements_to_compare on billing.settlements (compared_at nulls first, transaction_id) where state = 'settled';
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop index billing.settlements_to_compare;
    alter table billing.settlements drop column compared_at;
    drop index billing.payments_to_compare;
    alter table billing.payments drop column provider_checked_at;
    alter table billing.ledger_proofs drop column unanswered;
  `);
}
