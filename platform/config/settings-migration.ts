import type { Migration } from '../database/migrations.ts';

export const SETTINGS_VERSIONS: Migration = {
  name: '0004-settings',
  up: async (knex) => {
    await knex.raw(`
      -- What operators have set, above file and environment: each version is the whole set.
      create table platform.settings (
        version integer primary key check (version > 0),
        changed_at timestamptz not null,
        changed_by text not null,
        reason text not null,
        kind text not null check (kind in ('change', 'rollback', 'import')),
        -- Of a rollback: the version whose texts are taken again; 0 is before all.
        rolled_back_to integer check ((kind = 'rollback') = (rolled_back_to is not null)),
        -- Name of the setting → its text. Secrets by reference only.
        texts jsonb not null check (jsonb_typeof(texts) = 'object')
      );
      create function platform.refuse_change() returns trigger language plpgsql as $$
      begin
        raise exception '% of platform.% is not allowed: it is kept as it was written', tg_op, tg_table_name using errcode = 'restrict_violation';
      end $$;
      create trigger settings_kept before update or delete on platform.settings for each row execute function platform.refuse_change();
      create trigger settings_kept_whole before truncate on platform.settings for each statement execute function platform.refuse_change()`);
  },
  down: async (knex) => {
    await knex.raw('drop table platform.settings; drop function platform.refuse_change()');
  },
};
