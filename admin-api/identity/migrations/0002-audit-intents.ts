import type { Knex } from 'knex';

/** What is about to be done, until the audit log says what became of it; `unknown` is for what nobody can say of any more. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table identity.audit_intents (
      id uuid primary key,
      at timestamptz not null,
      actor_id uuid,
      actor_email text,
      action text not null,
      object_type text not null,
      object_id text,
      request jsonb,
      request_id text,
      address text,
      -- the entry that could not be written when it was done
      done jsonb
    );
    alter table identity.audit drop constraint audit_outcome_check;
    -- What is there was checked already.
    alter table identity.audit add constraint audit_outcome_check check (outcome in ('done', 'refused', 'unknown')) not valid;
  `);
}

/** Fails where the outcome of something is unknown: what is in the log stays there. */
export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table identity.audit_intents;
    alter table identity.audit drop constraint audit_outcome_check;
    alter table identity.audit add constraint audit_outcome_check check (outcome in ('done', 'refused'));
  `);
}
