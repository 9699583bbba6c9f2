import type { Knex } from 'knex';

/** What accounts pay to the organisation itself. A payment is kept as it was booked; all that may come to it is that it was taken back. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table billing.ledger_entries drop constraint ledger_entries_kind_check;
    alter table billing.ledger_entries add constraint ledger_entries_kind_check check (kind in ('charge', 'credit', 'top-up', 'hold', 'release',
      'wallet-payment', 'payment', 'payment-reversal', 'capture', 'refund', 'fee', 'write-off', 'adjustment'));
    alter table billing.ledger_entries drop constraint ledger_entries_reference_type_check;
    alter table billing.ledger_entries add constraint ledger_entries_reference_type_check
      check (reference_type in ('cdr', 'payment', 'received-payment', 'intent', 'invoice', 'account'));

    create table billing.received_payments (
      id uuid primary key,
      organization_id uuid not null,
      account_id uuid not null,
      currency text not null check (currency ~ '^[A-Z]{3}$'),
      amount_minor bigint not null check (amount_minor > 0),
      method text not null check (method in ('bank-transfer', 'cash', 'other')),
      -- by which it is found again: the line of a statement, the number of a receipt
      reference text not null check (length(reference) between 1 and 200),
      -- when the money came
      received_on date not null,
      idempotency_key text not null check (length(idempotency_key) between 1 and 500),
      entry_id uuid not null references billing.ledger_entries (id),
      recorded_by text not null,
      recorded_at timestamptz not null,
      -- of one that was booked by mistake
      reversal_entry_id uuid references billing.ledger_entries (id),
      reversal_reason text,
      reversed_by text,
      reversed_at timestamptz,
      unique (account_id, idempotency_key),
      foreign key (account_id, organization_id) references billing.accounts (id, organization_id),
      check (num_nulls(reversal_entry_id, reversal_reason, reversed_by, reversed_at) in (0, 4))
    );
    create index received_payments_list on billing.received_payments (organization_id, id desc);
    create index received_payments_account on billing.received_payments (account_id, id desc);

    create function billing.keep_received_payment() returns trigger language plpgsql as $$
    begin
      if tg_op = 'UPDATE' then
        if old.reversal_entry_id is null and new.reversal_entry_id is not null
          and (to_jsonb(new) - array['reversal_entry_id', 'reversal_reason', 'reversed_by', 'reversed_at'])
            = (to_jsonb(old) - array['reversal_entry_id', 'reversal_reason', 'reversed_by', 'reversed_at']) then
          return new;
        end if;
      end if;
      raise exception '% of billing.received_payments is not allowed: a payment is kept as it was booked', tg_op
        using errcode = 'restrict_violation';
    end $$;
    create trigger received_payments_kept before update or delete on billing.received_payments
      for each row execute function billing.keep_received_payment();
    create trigger received_payments_kept_whole before truncate on billing.received_payments
      for each statement execute function billing.keep_received_payment();
  `);
}

/** Fails where such payments were booked: what is in the books stays there. */
export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table billing.received_payments;
    drop function billing.keep_received_payment();
    alter table billing.ledger_entries drop constraint ledger_entries_kind_check;
    alter table billing.ledger_entries add constraint ledger_entries_kind_check check (kind in ('charge', 'credit', 'top-up', 'hold', 'release',
      'wallet-payment', 'capture', 'refund', 'fee', 'write-off', 'adjustment'));
    alter table billing.ledger_entries drop constraint ledger_entries_reference_type_check;
    alter table billing.ledger_entries add constraint ledger_entries_reference_type_check
      check (reference_type in ('cdr', 'payment', 'intent', 'invoice', 'account'));
  `);
}
