import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- What became of each charge that has ended. One row for each transaction; those of one vehicle share the record.
    create table billing.settlements (
      transaction_id uuid primary key,
      organization_id uuid not null,
      site_id uuid not null,
      station_id text not null,
      state text not null check (state in ('pending', 'settled', 'held', 'written-off')),
      -- why a person has to look at it
      reasons text[] not null default '{}',
      -- a settled charge about which something new was told: to be compared with its record
      is_touched boolean not null default false,
      attempts integer not null default 0,
      -- why it could not be settled when it was tried last
      problem text,
      due_at timestamptz not null,
      -- the record that counts now
      cdr_id uuid,
      -- what the charge came to when it was settled or decided: what comes to the same needs no look
      seen text,
      created_at timestamptz not null,
      updated_at timestamptz not null
    );
    create index settlements_due on billing.settlements (due_at) where state = 'pending' or is_touched;
    create index settlements_held on billing.settlements (transaction_id desc) where state = 'held';
    create index settlements_list on billing.settlements (organization_id, transaction_id desc);

    create table billing.cdrs (
      id uuid primary key,
      organization_id uuid not null,
      site_id uuid not null,
      station_id text not null,
      kind text not null check (kind in ('charge', 'credit')),
      account_id uuid,
      currency text not null,
      incl_vat_minor bigint not null,
      ended_at timestamptz not null,
      credits_cdr_id uuid references billing.cdrs,
      -- all that is shown of it
      content jsonb not null,
      created_at timestamptz not null,
      check ((kind = 'credit') = (credits_cdr_id is not null))
    );
    create unique index cdrs_credits on billing.cdrs (credits_cdr_id) where credits_cdr_id is not null;
    create index cdrs_list on billing.cdrs (organization_id, id desc);
    create index cdrs_account on billing.cdrs (account_id, ended_at) where account_id is not null;
    create index cdrs_station on billing.cdrs (station_id, ended_at);

    -- Each transaction is in one record of a generation: however often its end is told, it is charged once.
    create table billing.cdr_transactions (
      transaction_id uuid not null,
      generation integer not null,
      cdr_id uuid not null references billing.cdrs,
      primary key (transaction_id, generation)
    );
    create index cdr_transactions_cdr on billing.cdr_transactions (cdr_id);

    -- Who has decided what about a charge, and why.
    create table billing.settlement_decisions (
      id uuid primary key,
      transaction_id uuid not null references billing.settlements (transaction_id),
      decision text not null check (decision in ('accept', 'correct', 'write-off')),
      reasons text[] not null,
      energy_mwh bigint,
      reason text not null,
      decided_by text not null,
      decided_at timestamptz not null
    );
    create index settlement_decisions_transaction on billing.settlement_decisions (transaction_id, id);

    create function billing.refuse_change() returns trigger language plpgsql as $$
    begin
      raise exception '% of billing.% is not allowed: it is kept as it was written', tg_op, tg_table_name using errcode = 'restrict_violation';
    end $$;
    create trigger cdrs_kept before update or delete on billing.cdrs for each row execute function billing.refuse_change();
    create trigger cdrs_kept_whole before truncate on billing.cdrs for each statement execute function billing.refuse_change();
    create trigger cdr_transactions_kept before update or delete on billing.cdr_transactions
      for each row execute function billing.refuse_change();
    create trigger settlement_decisions_kept before update or delete on billing.settlement_decisions
      for each row execute function billing.refuse_change();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table billing.settlement_decisions;
    drop table billing.cdr_transactions;
    drop table billing.cdrs;
    drop table billing.settlements;
    drop function billing.refuse_change();
  `);
}
