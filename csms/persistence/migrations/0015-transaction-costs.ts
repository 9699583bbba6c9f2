import type { Knex } from 'knex';

/**
 * What charges cost, as the service that bills has told last. A table of its own, because it is written by the minute, and decisions about
 * transactions must not wait for that.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table csms.transaction_costs (
      transaction_id uuid primary key references csms.transactions on delete cascade,
      amount numeric not null,
      currency text not null,
      -- null: nothing limits the charge
      remaining_amount numeric,
      remaining_currency text,
      energy_wh numeric not null,
      -- up to when the charge is priced
      as_of timestamptz not null,
      -- the same of the last report that changed anything but the time
      changed_as_of timestamptz not null,
      is_final boolean not null,
      check ((remaining_amount is null) = (remaining_currency is null))
    ) with (fillfactor = 70);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table csms.transaction_costs');
}
