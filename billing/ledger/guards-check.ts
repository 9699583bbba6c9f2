import { GUARD_FUNCTIONS, GUARDS } from '../persistence/guards.ts';
import { sqlCheck } from './prove.ts';

const rowsOf = (rows: readonly (readonly string[])[]): string =>
  `(values ${rows.map((texts) => `(${texts.map((text) => `'${text}'`).join(', ')})`).join(', ')})`;

const TABLES = [...new Set(GUARDS.map(({ table }) => table))];

/**
 * Whoever may write to the database may not rewrite what is in it without taking its guards off: they are there, switched on, and do what they did
 * when they were made. Nobody but the owner of the tables was allowed to change what is in them, and sessions do not pass triggers by.
 */
export const guardsCheck = sqlCheck(
  'guards-in-place',
  `select * from (
     select format('the trigger %s of billing.%s %s', w.name, w.relation,
         case when t.oid is null then 'is gone' when t.tgenabled not in ('O', 'A') then 'is switched off' else 'is another one' end) as problem
       from ${rowsOf(GUARDS.map(({ table, trigger, definition }) => [table, trigger, definition]))} as w (relation, name, definition)
         left join pg_class c on c.relname = w.relation and c.relnamespace = to_regnamespace('billing')
         left join pg_trigger t on t.tgrelid = c.oid and t.tgname = w.name
       where t.oid is null or t.tgenabled not in ('O', 'A') or pg_get_triggerdef(t.oid) <> w.definition
     union all
     select format('the function billing.%s is gone or another one', w.name)
       from ${rowsOf(GUARD_FUNCTIONS.map(({ name, digest }) => [name, digest]))} as w (name, digest)
       where not exists (
         select from pg_proc p where p.pronamespace = to_regnamespace('billing') and p.proname = w.name
           and encode(sha256(convert_to(p.prosrc, 'UTF8')), 'hex') = w.digest)
     union all
     select format('references of billing.%s are not checked', c.relname)
       from pg_class c
       where c.relnamespace = to_regnamespace('billing')
         and exists (select from pg_trigger t where t.tgrelid = c.oid and t.tgisinternal and t.tgenabled not in ('O', 'A'))
     union all
     select format('everybody may change billing.%s', c.relname)
       from pg_class c
       where c.relnamespace = to_regnamespace('billing') and c.relname in (${TABLES.map((table) => `'${table}'`).join(', ')})
         and (has_table_privilege('public', c.oid, 'delete, truncate, trigger') or has_any_column_privilege('public', c.oid, 'update'))
     union all
     select 'sessions pass triggers by (session_replication_role)' where current_setting('session_replication_role') = 'replica'
   ) as missing`,
);
