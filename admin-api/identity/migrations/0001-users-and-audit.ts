import type { Knex } from 'knex';

/** People, their sessions, what they did, and the answers kept for repeated requests. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table identity.users (
      id uuid primary key,
      email text not null check (length(email) between 1 and 254),
      password_hash text not null,
      role text not null,
      scope_kind text not null check (scope_kind in ('everything', 'organizations', 'sites')),
      scope_ids uuid[] not null default '{}',
      disabled boolean not null default false,
      created_at timestamptz not null,
      last_login_at timestamptz
    );
    create unique index users_email on identity.users (lower(email));

    create table identity.sessions (
      id uuid primary key,
      user_id uuid not null references identity.users,
      created_at timestamptz not null,
      expires_at timestamptz not null,
      revoked_at timestamptz,
      revoked_reason text,
      address text not null,
      user_agent text
    );
    create index sessions_user on identity.sessions (user_id, id);
    create index sessions_expiry on identity.sessions (expires_at);

    -- Used tokens stay until their session goes: a second use of one is how theft shows.
    create table identity.refresh_tokens (
      token_hash bytea primary key,
      session_id uuid not null references identity.sessions on delete cascade,
      issued_at timestamptz not null,
      expires_at timestamptz not null,
      used_at timestamptz
    );
    create index refresh_tokens_session on identity.refresh_tokens (session_id);

    create table identity.audit (
      id uuid primary key,
      at timestamptz not null,
      actor_id uuid,
      actor_email text,
      action text not null,
      outcome text not null check (outcome in ('done', 'refused')),
      object_type text not null,
      object_id text,
      before jsonb,
      after jsonb,
      request_id text,
      address text
    );
    create index audit_object on identity.audit (object_type, object_id, id);
    create index audit_actor on identity.audit (actor_id, id);

    create function identity.refuse_audit_change() returns trigger language plpgsql as $$
    begin
      raise exception 'the audit log is append-only' using errcode = 'insufficient_privilege';
    end $$;
    create trigger audit_is_append_only before update or delete or truncate on identity.audit
      for each statement execute function identity.refuse_audit_change();

    create table identity.idempotency_keys (
      user_id uuid not null references identity.users,
      key text not null,
      request_hash bytea not null,
      created_at timestamptz not null,
      expires_at timestamptz not null,
      -- Null while the first request is being carried out.
      response bytea,
      primary key (user_id, key)
    );
    create index idempotency_keys_expiry on identity.idempotency_keys (expires_at);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table identity.idempotency_keys;
    drop table identity.audit;
    drop function identity.refuse_audit_change();
    drop table identity.refresh_tokens;
    drop table identity.sessions;
    drop table identity.users;
  `);
}
