import type { Knex } from 'knex';

/**
 * Tariffs, their versions, and to whom they are assigned. Prices that have held are evidence of every bill that they have made: the database itself
 * refuses to change them, also to its owner.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table billing.tariffs (
      id uuid primary key,
      organization_id uuid not null,
      name text not null,
      currency text not null,
      description text,
      archived_at timestamptz,
      -- counts on: the number of a version that was withdrawn is not given again
      last_version integer not null default 0,
      created_at timestamptz not null,
      created_by text
    );
    create index tariffs_organization on billing.tariffs (organization_id, id desc);

    create table billing.tariff_versions (
      id uuid primary key,
      tariff_id uuid not null references billing.tariffs,
      version integer not null check (version >= 1),
      effective_from timestamptz not null,
      form text not null check (form in ('ocpi', 'half-hour')),
      -- null where it was entered in OCPI's model
      entered jsonb,
      content jsonb not null,
      warnings jsonb not null,
      created_at timestamptz not null,
      created_by text,
      unique (tariff_id, version),
      unique (tariff_id, effective_from),
      check ((form = 'ocpi') = (entered is null))
    );

    create function billing.refuse_version_change() returns trigger language plpgsql as $$
    begin
      if tg_op = 'DELETE' then
        if old.effective_from > now() then
          return old;
        end if;
        raise exception 'version % of tariff % has come into effect', old.version, old.tariff_id
          using errcode = 'insufficient_privilege';
      end if;
      raise exception 'versions of tariffs are not changed' using errcode = 'insufficient_privilege';
    end $$;
    create trigger versions_are_not_changed before update or delete on billing.tariff_versions
      for each row execute function billing.refuse_version_change();
    create trigger versions_are_not_truncated before truncate on billing.tariff_versions
      for each statement execute function billing.refuse_version_change();

    create table billing.tariff_assignments (
      id uuid primary key,
      organization_id uuid not null,
      tariff_id uuid not null references billing.tariffs,
      -- driver and place in one: what is assigned twice at one time would be ambiguous
      target_key text not null,
      driver_kind text check (driver_kind in ('account', 'partner', 'account-group')),
      driver_id text,
      place_kind text not null check (place_kind in ('organization', 'site', 'station', 'evse')),
      site_id uuid,
      station_id text,
      evse_id integer,
      valid_from timestamptz not null,
      valid_to timestamptz check (valid_to >= valid_from),
      created_at timestamptz not null,
      created_by text,
      closed_by text,
      check ((driver_kind is null) = (driver_id is null)),
      check ((place_kind = 'site') = (site_id is not null)),
      check ((place_kind in ('station', 'evse')) = (station_id is not null)),
      check ((place_kind = 'evse') = (evse_id is not null))
    );
    create index tariff_assignments_target on billing.tariff_assignments (organization_id, target_key, valid_from desc);
    create unique index tariff_assignments_open on billing.tariff_assignments (organization_id, target_key)
      where valid_to is null;
    create index tariff_assignments_tariff on billing.tariff_assignments (tariff_id, id desc);
    create index tariff_assignments_organization on billing.tariff_assignments (organization_id, id desc);

    create function billing.refuse_assignment_change() returns trigger language plpgsql as $$
    begin
      if tg_op = 'DELETE' then
        if old.valid_from > now() then
          return old;
        end if;
        raise exception 'assignment % has begun: it can be closed only', old.id using errcode = 'insufficient_privilege';
      end if;
      if tg_op = 'UPDATE' then
        if to_jsonb(new) - '{valid_to,closed_by}'::text[] = to_jsonb(old) - '{valid_to,closed_by}'::text[]
           and (old.valid_to is null or old.valid_to > now()) then
          return new;
        end if;
      end if;
      raise exception 'assignments are closed, not changed' using errcode = 'insufficient_privilege';
    end $$;
    create trigger assignments_are_not_changed before update or delete on billing.tariff_assignments
      for each row execute function billing.refuse_assignment_change();
    create trigger assignments_are_not_truncated before truncate on billing.tariff_assignments
      for each statement execute function billing.refuse_assignment_change();
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table billing.tariff_assignments, billing.tariff_versions, billing.tariffs;
    drop function billing.refuse_assignment_change();
    drop function billing.refuse_version_change();
  `);
}
