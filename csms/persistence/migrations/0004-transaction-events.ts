import type { Knex } from 'knex';

/**
 * Reports about transactions whose stations make the name and count their reports (OCPP 2.x TransactionEvent): one row each, so that
 * gaps, repetitions and the state at any time can be told whatever the order of arrival.
 *
 * `superseded`: the station gave the name once more, to another transaction; reports that come from now on are about that one.
 * `id_token_at`: when the token was shown that the transaction runs under; of several the first accepted one counts.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table csms.transaction_events (
      transaction_id uuid not null,
      -- the transaction's, as for samples
      partition_at timestamptz not null,
      number integer not null,
      -- of the content: a repetition has the same, another report under the same number has not
      digest uuid not null,
      type text not null check (type in ('started', 'updated', 'ended')),
      trigger text,
      charging_state text,
      offline boolean,
      occurred_at timestamptz not null,
      effective_at timestamptz not null,
      received_at timestamptz not null,
      primary key (transaction_id, number, digest, partition_at)
    ) partition by range (partition_at);
    create table csms.transaction_events_default partition of csms.transaction_events default;

    alter table csms.transactions drop constraint transactions_origin_check;
    alter table csms.transactions
      add constraint transactions_origin_check check (origin in ('reported', 'orphan', 'superseded')),
      add column id_token_type text,
      add column id_token_at timestamptz;

    create index start_intents_dialect_ref on csms.start_intents (station_id, dialect_ref)
      where status = 'pending' and dialect_ref is not null;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop index csms.start_intents_dialect_ref;
    update csms.transactions set origin = 'orphan' where origin = 'superseded';
    alter table csms.transactions drop column id_token_at, drop column id_token_type, drop constraint transactions_origin_check;
    alter table csms.transactions add constraint transactions_origin_check check (origin in ('reported', 'orphan'));
    drop table csms.transaction_events;
  `);
}
