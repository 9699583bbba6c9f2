import type { Knex } from 'knex';

/**
 * The bills that stations make themselves, each as it came: the first one of a transaction, and every other one beside it. `has_bill` spares
 * those who have none the look for it.
 *
 * Several EVSEs may feed one vehicle: what belongs together has the name of its group, the intent first, then the transaction.
 *
 * A name that a charge was given is found again whatever has become of its intent: unknown is something else than void.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table csms.station_bills (
      transaction_id uuid not null references csms.transactions on delete cascade,
      -- 1 for the first one, which counts
      position integer not null,
      -- of the bill's content: a repetition has the same
      digest uuid not null,
      station_id uuid not null,
      organization_id uuid not null,
      site_id uuid not null,
      received_at timestamptz not null,
      energy_mwh bigint not null,
      loss_adjusted_mwh bigint,
      -- decimals as the station gave them
      amount text not null,
      currency text not null,
      periods jsonb not null,
      details jsonb not null,
      primary key (transaction_id, position),
      unique (transaction_id, digest)
    );

    alter table csms.transactions add column has_bill boolean not null default false, add column parallel_group text;
    create index transactions_parallel_group on csms.transactions (parallel_group) where parallel_group is not null;

    alter table csms.start_intents add column parallel_group text;
    drop index csms.start_intents_dialect_ref;
    drop index csms.start_intents_ref;
    create index start_intents_ref on csms.start_intents (station_id, dialect_ref) where dialect_ref is not null;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop index csms.start_intents_ref;
    create index start_intents_ref on csms.start_intents (station_id, dialect_ref)
      where dialect_ref is not null and status in ('pending', 'expired');
    create index start_intents_dialect_ref on csms.start_intents (station_id, dialect_ref)
      where status = 'pending' and dialect_ref is not null;
    alter table csms.start_intents drop column parallel_group;
    drop index csms.transactions_parallel_group;
    alter table csms.transactions drop column parallel_group, drop column has_bill;
    drop table csms.station_bills;
  `);
}
