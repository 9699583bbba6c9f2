import type { Knex } from 'knex';

/**
 * Invoices and credit notes, which are never changed or removed: triggers refuse it, also to the owner. Their numbers have no gaps, since a number
 * is taken in the transaction that inserts its invoice.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- the operator as its invoices show it; each invoice keeps a copy
    create table billing.invoice_issuers (
      organization_id uuid primary key,
      party jsonb not null,
      updated_at timestamptz not null
    );

    create table billing.invoice_numbers (
      organization_id uuid not null,
      series text not null,
      last_number integer not null check (last_number > 0),
      last_issued_at timestamptz not null,
      primary key (organization_id, series)
    );

    create table billing.invoices (
      id uuid primary key,
      organization_id uuid not null,
      series text not null,
      number integer not null check (number > 0),
      kind text not null check (kind in ('invoice', 'credit-note')),
      account_id uuid,
      customer_name text,
      issued_at timestamptz not null,
      period_from timestamptz,
      period_to timestamptz,
      language text not null check (language in ('en', 'zh')),
      currency text not null check (length(currency) = 3),
      record_count integer not null check (record_count between 1 and 10000),
      -- null where prices of at least one record hold their tax
      excl_vat_minor bigint,
      incl_vat_minor bigint not null,
      -- all that is printed
      content jsonb not null,
      credits_invoice_id uuid references billing.invoices,
      -- takes the whole of that invoice back
      credits_whole boolean not null default false,
      unique (organization_id, series, number),
      check ((period_from is null) = (period_to is null) and period_from < period_to),
      check (credits_invoice_id is null or kind = 'credit-note'),
      check (not credits_whole or credits_invoice_id is not null)
    );
    create index invoices_organization on billing.invoices (organization_id, id desc);
    create index invoices_account on billing.invoices (account_id, id desc) where account_id is not null;
    create index invoices_credits on billing.invoices (credits_invoice_id) where credits_invoice_id is not null;
    create unique index invoices_credited_once on billing.invoices (credits_invoice_id) where credits_whole;

    create table billing.invoice_cdrs (
      invoice_id uuid not null references billing.invoices,
      cdr_id uuid not null,
      -- named by a note that takes back the invoice on which it is
      is_reversal boolean not null,
      -- of a credit record: what it takes back
      credits_cdr_id uuid,
      primary key (invoice_id, cdr_id)
    );
    -- a record is invoiced once
    create unique index invoice_cdrs_once on billing.invoice_cdrs (cdr_id) where not is_reversal;
    create index invoice_cdrs_cdr on billing.invoice_cdrs (cdr_id);
    create index invoice_cdrs_credits on billing.invoice_cdrs (credits_cdr_id) where credits_cdr_id is not null;

    create function billing.keep_invoices() returns trigger language plpgsql as $$
    begin
      raise exception 'invoices are never changed or removed' using errcode = 'restrict_violation';
    end $$;
    create trigger keep before update or delete on billing.invoices
      for each row execute function billing.keep_invoices();
    create trigger keep_all before truncate on billing.invoices
      for each statement execute function billing.keep_invoices();
    create trigger keep before update or delete on billing.invoice_cdrs
      for each row execute function billing.keep_invoices();
    create trigger keep_all before truncate on billing.invoice_cdrs
      for each statement execute function billing.keep_invoices();

    create table billing.outgoing_mails (
      id uuid primary key,
      invoice_id uuid not null references billing.invoices,
      recipient text not null,
      language text not null check (language in ('en', 'zh')),
      status text not null check (status in ('queued', 'sent', 'failed')),
      attempts integer not null default 0,
      -- while somebody sends it: when it may be taken up again, should the sender have died
      next_attempt_at timestamptz,
      last_error text,
      created_at timestamptz not null,
      sent_at timestamptz,
      check ((status = 'sent') = (sent_at is not null)),
      check ((status = 'queued') = (next_attempt_at is not null))
    );
    create index outgoing_mails_due on billing.outgoing_mails (next_attempt_at) where status = 'queued';
    create index outgoing_mails_invoice on billing.outgoing_mails (invoice_id, id desc);
    create unique index outgoing_mails_waiting on billing.outgoing_mails (invoice_id, recipient) where status = 'queued';
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table billing.outgoing_mails, billing.invoice_cdrs, billing.invoices, billing.invoice_numbers, billing.invoice_issuers;
    drop function billing.keep_invoices();
  `);
}
