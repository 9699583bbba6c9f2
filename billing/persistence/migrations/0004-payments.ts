import type { Knex } from 'knex';

/**
 * Payments with their refunds, the cards that providers keep for accounts, and the notifications of providers. What becomes of a payment is
 * committed before the provider is asked, and what came of it after; `next_check_at` is when somebody looks at it again, `busy_until` how long
 * whoever asks the provider is left alone.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table billing.payment_customers (
      provider text not null,
      account_id uuid not null,
      organization_id uuid not null,
      provider_ref text not null,
      -- a card is being saved: what the customer has is looked at again and again until then
      watch_until timestamptz,
      next_check_at timestamptz,
      created_at timestamptz not null,
      primary key (provider, account_id),
      unique (provider, provider_ref),
      foreign key (account_id, organization_id) references billing.accounts (id, organization_id)
    );
    create index payment_customers_to_check on billing.payment_customers (next_check_at) where next_check_at is not null;

    -- no more of a card than people need to tell it from another
    create table billing.payment_methods (
      id uuid primary key,
      organization_id uuid not null,
      account_id uuid not null,
      provider text not null,
      provider_ref text not null,
      brand text not null check (length(brand) <= 50),
      last4 text not null check (length(last4) <= 4),
      expiry_year integer not null,
      expiry_month integer not null,
      created_at timestamptz not null,
      -- the provider does not have it any more
      removed_at timestamptz,
      unique (provider, provider_ref),
      foreign key (provider, account_id) references billing.payment_customers
    );
    create index payment_methods_of_account on billing.payment_methods (account_id, id desc);

    create table billing.payments (
      id uuid primary key,
      organization_id uuid not null,
      account_id uuid not null,
      purpose text not null check (purpose in ('charge', 'top-up')),
      intent_id uuid,
      cdr_id uuid,
      provider text not null,
      provider_ref text,
      method_id uuid not null references billing.payment_methods,
      currency text not null,
      requested_minor bigint not null check (requested_minor > 0),
      is_driver_present boolean not null,
      authorized_minor bigint not null default 0 check (authorized_minor >= 0),
      captured_minor bigint not null default 0 check (captured_minor >= 0),
      -- refunds that did not fail
      refunded_minor bigint not null default 0 check (refunded_minor >= 0),
      fee_minor bigint,
      fee_currency text,
      state text not null check (state in ('authorizing', 'unknown', 'failed', 'needs-action', 'declined', 'authorized', 'capturing',
        'cancelling', 'captured', 'cancelled')),
      wanted text not null check (wanted in ('hold', 'capture', 'cancel')),
      capture_minor bigint check (capture_minor > 0),
      increase_refused boolean not null default false,
      decline_reason text,
      decline_code text,
      failure text,
      -- who asks for a payment again under the same key gets the same payment
      idempotency_key text not null,
      checks integer not null default 0,
      next_check_at timestamptz,
      busy_until timestamptz,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      unique (organization_id, idempotency_key),
      unique (provider, provider_ref),
      foreign key (account_id, organization_id) references billing.accounts (id, organization_id),
      check ((purpose = 'charge') = (intent_id is not null)),
      check ((wanted = 'capture') = (capture_minor is not null)),
      check ((fee_minor is null) = (fee_currency is null)),
      check (state = 'captured' or captured_minor = 0)
    );
    create unique index payments_of_intent on billing.payments (intent_id) where intent_id is not null;
    create index payments_to_check on billing.payments (next_check_at) where next_check_at is not null;
    create index payments_of_organization on billing.payments (organization_id, id desc);
    create index payments_of_account on billing.payments (account_id, id desc);
    create index payments_of_cdr on billing.payments (cdr_id) where cdr_id is not null;

    create table billing.payment_refunds (
      id uuid primary key,
      payment_id uuid not null references billing.payments,
      organization_id uuid not null,
      provider text not null,
      provider_ref text,
      amount_minor bigint not null check (amount_minor > 0),
      currency text not null,
      reason text not null check (length(reason) between 1 and 500),
      idempotency_key text not null,
      state text not null check (state in ('pending', 'succeeded', 'failed')),
      booked_from_receivable boolean not null default false,
      requested_by text,
      checks integer not null default 0,
      next_check_at timestamptz,
      busy_until timestamptz,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      unique (payment_id, idempotency_key),
      unique (provider, provider_ref)
    );
    create index payment_refunds_to_check on billing.payment_refunds (next_check_at) where next_check_at is not null;

    create table billing.payment_events (
      id uuid primary key,
      provider text not null,
      provider_event_id text not null,
      type text not null,
      occurred_at timestamptz not null,
      received_at timestamptz not null,
      payment_id uuid,
      outcome text not null check (outcome in ('applied', 'stale', 'not-ours', 'ignored')),
      unique (provider, provider_event_id)
    );
    create index payment_events_by_age on billing.payment_events (received_at);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table billing.payment_events;
    drop table billing.payment_refunds;
    drop table billing.payments;
    drop table billing.payment_methods;
    drop table billing.payment_customers;
  `);
}
