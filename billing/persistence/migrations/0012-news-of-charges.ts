import type { Knex } from 'knex';

/**
 * How often something was told of a charge, and how often it had been when what is stored of it was found: where they differ, it is looked at again. A
 * flag alone cannot tell what came while the charge was being looked at. The version before keeps to the flag, whose rows the new index finds, too.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table billing.settlements add column news integer not null default 0, add column news_seen integer not null default 0;
    create index settlements_to_look_at on billing.settlements (due_at) where state = 'pending' or is_touched or news <> news_seen;
    drop index billing.settlements_due;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    create index settlements_due on billing.settlements (due_at) where state = 'pending' or is_touched;
    drop index billing.settlements_to_look_at;
    alter table billing.settlements drop column news, drop column news_seen;
  `);
}
