import type { Knex } from 'knex';

/**
 * Who charges and pays, and the books. What is in the books stays as it was written: triggers refuse every change, also to the owner of the
 * tables, and an entry that does not come to nothing is refused when it is committed.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table billing.account_groups (
      id uuid primary key,
      organization_id uuid not null,
      name text not null check (length(name) between 1 and 200),
      created_at timestamptz not null,
      unique (organization_id, name),
      unique (id, organization_id)
    );

    create table billing.accounts (
      id uuid primary key,
      organization_id uuid not null,
      kind text not null check (kind in ('driver', 'company', 'partner')),
      name text not null check (length(name) between 1 and 200),
      email text check (length(email) <= 320),
      language text not null check (language in ('en', 'zh')),
      currency text not null check (currency ~ '^[A-Z]{3}$'),
      status text not null check (status in ('active', 'blocked')),
      -- prepaid: from the wallet; postpaid: invoiced later
      payment_mode text not null check (payment_mode in ('prepaid', 'postpaid')),
      group_id uuid,
      -- of invoices
      address jsonb,
      tax_id text check (length(tax_id) <= 50),
      created_at timestamptz not null,
      updated_at timestamptz not null,
      unique (id, organization_id),
      foreign key (group_id, organization_id) references billing.account_groups (id, organization_id)
    );
    create index accounts_list on billing.accounts (organization_id, id desc);
    create index accounts_group on billing.accounts (group_id, id desc) where group_id is not null;

    create table billing.ledger_accounts (
      id uuid primary key,
      organization_id uuid not null,
      currency text not null check (currency ~ '^[A-Z]{3}$'),
      kind text not null
        check (kind in ('wallet', 'hold', 'receivable', 'provider', 'revenue', 'vat', 'fees', 'write-off')),
      -- of a party; null in a receivable: whoever charged without an account
      account_id uuid,
      provider text,
      code text not null generated always as
        (kind || coalesce(':' || account_id::text, '') || coalesce(':' || provider, '')) stored,
      created_at timestamptz not null default now(),
      unique (organization_id, currency, code),
      unique (id, organization_id, currency),
      unique (id, kind),
      foreign key (account_id, organization_id) references billing.accounts (id, organization_id),
      check (kind not in ('wallet', 'hold') or account_id is not null),
      check (kind in ('wallet', 'hold', 'receivable') or account_id is null),
      check ((kind = 'provider') = (provider is not null))
    );
    create index ledger_accounts_party on billing.ledger_accounts (account_id) where account_id is not null;

    create table billing.ledger_entries (
      id uuid primary key,
      organization_id uuid not null,
      currency text not null,
      kind text not null check (kind in ('charge', 'credit', 'top-up', 'hold', 'release', 'wallet-payment', 'capture', 'refund', 'fee',
        'write-off', 'adjustment')),
      idempotency_key text not null check (length(idempotency_key) between 1 and 500),
      -- SHA-256: the same key with another content is refused
      content_hash bytea not null check (length(content_hash) = 32),
      reference_type text not null check (reference_type in ('cdr', 'payment', 'intent', 'invoice', 'account')),
      reference_id uuid not null,
      description text not null check (length(description) between 1 and 500),
      -- how many it was written with: none can be added later
      posting_count smallint not null check (posting_count >= 2),
      -- when it happened, and when it was written
      at timestamptz not null,
      recorded_at timestamptz not null default now(),
      unique (organization_id, idempotency_key),
      unique (id, organization_id, currency)
    );
    create index ledger_entries_list on billing.ledger_entries (organization_id, id desc);
    create index ledger_entries_kind on billing.ledger_entries (kind, id desc);
    create index ledger_entries_reference on billing.ledger_entries (reference_id, id desc);

    create table billing.ledger_postings (
      entry_id uuid not null,
      ledger_account_id uuid not null,
      -- the same as of the entry and of the account: an entry has one currency
      organization_id uuid not null,
      currency text not null,
      -- 1, 2, … within its account, without gaps
      number bigint not null check (number > 0),
      -- above 0 a debit, below 0 a credit
      debit_minor bigint not null check (debit_minor <> 0),
      -- of the account, behind this posting
      balance_minor bigint not null,
      primary key (entry_id, ledger_account_id),
      unique (ledger_account_id, number),
      foreign key (entry_id, organization_id, currency) references billing.ledger_entries (id, organization_id, currency),
      foreign key (ledger_account_id, organization_id, currency) references billing.ledger_accounts (id, organization_id, currency)
    );

    -- Beside the postings: changed with them, under the row's lock.
    create table billing.ledger_balances (
      ledger_account_id uuid primary key,
      kind text not null,
      -- debits less credits
      balance_minor bigint not null default 0,
      last_number bigint not null default 0,
      updated_at timestamptz not null default now(),
      foreign key (ledger_account_id, kind) references billing.ledger_accounts (id, kind),
      -- What a party has here we owe it, so it stands on the side of credits.
      constraint ledger_balances_not_overdrawn check (kind not in ('wallet', 'hold') or balance_minor <= 0)
    );

    create function billing.check_ledger_entry() returns trigger language plpgsql as $$
    declare
      wanted uuid;
      expected integer;
      found integer;
      total numeric;
    begin
      if tg_table_name = 'ledger_entries' then
        wanted := new.id;
      else
        wanted := new.entry_id;
      end if;
      select posting_count into expected from billing.ledger_entries where id = wanted;
      select count(*), coalesce(sum(debit_minor), 0) into found, total from billing.ledger_postings where entry_id = wanted;
      if found <> expected or total <> 0 then
        raise exception 'entry % of the ledger has % postings of % and comes to %', wanted, found, expected, total
          using errcode = 'check_violation', constraint = 'ledger_entries_balanced';
      end if;
      return null;
    end $$;
    create constraint trigger ledger_entries_balanced after insert on billing.ledger_entries
      deferrable initially deferred for each row execute function billing.check_ledger_entry();
    create constraint trigger ledger_postings_balanced after insert on billing.ledger_postings
      deferrable initially deferred for each row execute function billing.check_ledger_entry();

    create function billing.refuse_ledger_change() returns trigger language plpgsql as $$
    begin
      raise exception '% of billing.% is not allowed: the ledger is kept as it was written', tg_op, tg_table_name
        using errcode = 'restrict_violation';
    end $$;
    create trigger ledger_accounts_kept before update or delete on billing.ledger_accounts
      for each row execute function billing.refuse_ledger_change();
    create trigger ledger_accounts_kept_whole before truncate on billing.ledger_accounts
      for each statement execute function billing.refuse_ledger_change();
    create trigger ledger_entries_kept before update or delete on billing.ledger_entries
      for each row execute function billing.refuse_ledger_change();
    create trigger ledger_entries_kept_whole before truncate on billing.ledger_entries
      for each statement execute function billing.refuse_ledger_change();
    create trigger ledger_postings_kept before update or delete on billing.ledger_postings
      for each row execute function billing.refuse_ledger_change();
    create trigger ledger_postings_kept_whole before truncate on billing.ledger_postings
      for each statement execute function billing.refuse_ledger_change();
    revoke update, delete, truncate on billing.ledger_accounts, billing.ledger_entries, billing.ledger_postings from public;

    -- What is set aside for a charge, by the start intent that it was authorised with.
    create table billing.holds (
      intent_id uuid primary key,
      account_id uuid not null,
      organization_id uuid not null,
      currency text not null check (currency ~ '^[A-Z]{3}$'),
      amount_minor bigint not null check (amount_minor > 0),
      state text not null check (state in ('open', 'released')),
      -- the charge that it is for, as soon as that is known
      transaction_id uuid,
      created_at timestamptz not null,
      -- a card that is shown again renews its intent
      asked_at timestamptz not null,
      released_at timestamptz,
      foreign key (account_id, organization_id) references billing.accounts (id, organization_id),
      check ((state = 'released') = (released_at is not null))
    );
    create index holds_list on billing.holds (account_id, intent_id desc);
    create index holds_open on billing.holds (asked_at) where state = 'open';

    -- What the checks of the books found.
    create table billing.ledger_proofs (
      id uuid primary key,
      started_at timestamptz not null,
      finished_at timestamptz not null,
      is_sound boolean not null,
      checks jsonb not null,
      findings jsonb not null
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table billing.ledger_proofs, billing.holds, billing.ledger_balances, billing.ledger_postings, billing.ledger_entries,
      billing.ledger_accounts, billing.accounts, billing.account_groups;
    drop function billing.check_ledger_entry(), billing.refuse_ledger_change();
  `);
}
