-- What a role needs that runs billing, and neither owns its tables nor is a superuser: see docs/guides/operating.md.
-- As the owner of billing's database, after each migration, in one session with
--   set voltpile.application_role = 'billing_app';
-- It may be run again at any time.
do $$
declare
  role_name constant text := current_setting('voltpile.application_role');
  -- Written once and never changed: whoever has the role can add to them, and read them.
  kept constant text[] := array['ledger_accounts', 'ledger_entries', 'ledger_postings', 'cdrs', 'cdr_transactions', 'earlier_digests',
    'invoices', 'invoice_cdrs', 'settlement_decisions'];
  -- What tells which migrations were run.
  told constant text[] := array['migrations', 'migrations_lock', 'migration_notes'];
  place record;
  may text;
begin
  if exists (select from pg_roles where rolname = role_name and (rolsuper or rolbypassrls or rolcreaterole)) then
    raise exception 'the role % can do everything: give another one', role_name;
  end if;
  for place in
    select n.nspname as schema, c.relname as name, c.relkind as kind from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname in ('billing', 'platform') and c.relkind in ('r', 'p', 'v', 'm', 'S')
  loop
    may := case
      when place.kind = 'S' then 'usage, select on sequence'
      when place.name = any (told) then 'select on'
      when place.schema = 'billing' and place.name = any (kept) then 'select, insert on'
      when place.schema = 'billing' and place.name in ('ledger_balances', 'received_payments') then 'select, insert, update on'
      else 'select, insert, update, delete on'
    end;
    execute format('revoke all on %s %I.%I from %I', case when place.kind = 'S' then 'sequence' else 'table' end, place.schema, place.name, role_name);
    execute format('grant %s %I.%I to %I', may, place.schema, place.name, role_name);
  end loop;
  execute format('grant usage on schema billing, platform to %I', role_name);
  execute format('revoke create on schema billing, platform from %I', role_name);
end $$;
