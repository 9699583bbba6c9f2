import type { Knex } from 'knex';

/** Accounts may pay for each charge by card; which card that is, and since when nobody has asked about what is held for a start. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table billing.accounts drop constraint accounts_payment_mode_check;
    -- card: held on a saved card before the start, captured at the end
    alter table billing.accounts add constraint accounts_payment_mode_check check (payment_mode in ('prepaid', 'postpaid', 'card'));

    alter table billing.payment_methods add constraint payment_methods_own unique (id, account_id);
    -- null: the newest one
    alter table billing.accounts add column default_payment_method_id uuid;
    alter table billing.accounts add constraint accounts_default_payment_method
      foreign key (default_payment_method_id, id) references billing.payment_methods (id, account_id);

    -- a card of a station that is shown again renews its intent
    alter table billing.payments add column asked_at timestamptz;
    update billing.payments set asked_at = created_at;
    alter table billing.payments alter column asked_at set not null;
    create index payments_held on billing.payments (asked_at) where purpose = 'charge' and wanted = 'hold';
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop index billing.payments_held;
    alter table billing.payments drop column asked_at;
    alter table billing.accounts drop constraint accounts_default_payment_method, drop column default_payment_method_id;
    alter table billing.payment_methods drop constraint payment_methods_own;
    -- as what it is most like: what was charged is owed
    update billing.accounts set payment_mode = 'postpaid' where payment_mode = 'card';
    alter table billing.accounts drop constraint accounts_payment_mode_check;
    alter table billing.accounts add constraint accounts_payment_mode_check check (payment_mode in ('prepaid', 'postpaid'));
  `);
}
