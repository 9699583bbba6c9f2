import type { Knex } from 'knex';
import { type DigestedTable, digestOf } from '../row-digests.ts';

/** In the order in which those who write lock them: records before their entries. */
const TABLES: readonly (readonly [table: DigestedTable, trigger: string])[] = [
  ['cdrs', 'digest_cdr'],
  ['invoices', 'digest_invoice'],
  ['ledger_entries', 'digest_ledger_entry'],
];

/**
 * Each record, invoice and entry gets a digest of what it was inserted with. What is there already gets its digest beside it: to write it into the rows
 * would double the tables, and keep everybody out meanwhile. So the many are read while others go on to write, and only the few that came since
 * while they wait.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- of rows that are older than the column
    create table billing.earlier_digests (
      relation text not null,
      row_id uuid not null,
      digest bytea not null,
      primary key (relation, row_id)
    );
    create trigger earlier_digests_kept before update or delete on billing.earlier_digests
      for each row execute function billing.refuse_change();
    create trigger earlier_digests_kept_whole before truncate on billing.earlier_digests
      for each statement execute function billing.refuse_change();
    revoke update, delete, truncate on billing.earlier_digests from public;
  `);
  for (const [table] of TABLES) await knex.raw(fill(table));
  await knex.raw('analyze billing.earlier_digests');
  // A proof reads the same tables in another order, and for long.
  await knex.raw(`select pg_advisory_xact_lock(hashtextextended('voltpile ledger proof', 0))`);
  for (const [table, trigger] of TABLES) {
    await knex.raw(`
      -- one that is given is kept: a copy of the database that was changed on its way is found
      alter table billing.${table} add column digest bytea;
      create function billing.${trigger}() returns trigger language plpgsql as $$
      begin
        if new.digest is null then
          new.digest := ${digestOf(table, 'new')};
        end if;
        return new;
      end $$;
      create trigger ${table}_digested before insert on billing.${table} for each row execute function billing.${trigger}();
    `);
  }
  for (const [table] of TABLES) await knex.raw(fill(table));
}

/** For rows that have none yet. */
function fill(table: DigestedTable): string {
  return `insert into billing.earlier_digests (relation, row_id, digest)
    select '${table}', r.id, ${digestOf(table, 'r')} from billing.${table} r
    where not exists (select from billing.earlier_digests e where e.relation = '${table}' and e.row_id = r.id)`;
}

export async function down(knex: Knex): Promise<void> {
  for (const [table, trigger] of TABLES) {
    await knex.raw(`
      drop trigger ${table}_digested on billing.${table};
      drop function billing.${trigger}();
      alter table billing.${table} drop column digest;
    `);
  }
  await knex.raw('drop table billing.earlier_digests');
}
