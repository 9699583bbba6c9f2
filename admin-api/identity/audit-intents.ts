import type { Clock } from '@voltpile/kernel/clock';
import { defineError } from '@voltpile/kernel/errors';
import { type Uuid, uuidv7 } from '@voltpile/kernel/ids';
import type { Knex } from 'knex';
import type { AuditActor, AuditFacts, AuditLog } from './audit-log.ts';
import type { RequestOrigin } from './caller.ts';
import { summarize } from './summarize.ts';

export const auditUnavailable = defineError(
  'audit.unavailable',
  'Unavailable',
  'The audit log cannot be written to at the moment. Nothing was done.',
);

/** No request takes longer. */
const UNDER_WAY_MS = 600_000;
const MOST_AT_ONCE = 1000;

/** What somebody is about to do to what. */
export interface AuditIntent extends Pick<AuditFacts, 'action' | 'objectType' | 'objectId'> {
  /** Its body; secrets in it are masked before it is stored. */
  readonly request: unknown;
}

/** An intent that is written down: what its end needs. */
export interface OpenIntent {
  readonly id: Uuid;
  readonly actor: AuditActor;
  readonly origin: RequestOrigin;
}

interface Logger {
  error(facts: object, text: string): void;
}

/**
 * What is written down before it is done, so that nothing is done without a trace. When it was done, its entry in the audit log takes its place, in one
 * commit. What cannot be completed stays, and {@link repair} makes an entry of it: of what was done, or, after a crash, of an `unknown` outcome.
 */
export class AuditIntents {
  readonly #knex: Knex;
  readonly #clock: Clock;
  readonly #audit: AuditLog;
  readonly #logger: Logger;

  constructor(parts: {
    readonly knex: Knex;
    readonly clock: Clock;
    readonly audit: AuditLog;
    readonly logger: Logger;
  }) {
    this.#knex = parts.knex;
    this.#clock = parts.clock;
    this.#audit = parts.audit;
    this.#logger = parts.logger;
  }

  /** @throws Unavailable `audit.unavailable`: then nothing must be done */
  async begin(actor: AuditActor, intent: AuditIntent, origin: RequestOrigin): Promise<OpenIntent> {
    const now = this.#clock.now();
    const id = uuidv7(now);
    try {
      await this.#intents().insert({
        id,
        at: new Date(now),
        actor_id: actor.userId,
        actor_email: actor.email,
        action: intent.action,
        object_type: intent.objectType,
        object_id: intent.objectId,
        request: summarize({ request: intent.request }),
        request_id: origin.requestId,
        address: origin.address,
      });
    } catch (error) {
      throw auditUnavailable({}, error);
    }
    return { id, actor, origin };
  }

  /**
   * It was done, and cannot be undone any more: this never fails.
   *
   * @param facts null: nothing of note
   */
  async complete({ id, actor, origin }: OpenIntent, facts: AuditFacts | null): Promise<void> {
    try {
      await this.#knex.transaction(async (trx) => {
        if (facts !== null) await this.#audit.append(actor, facts, origin, 'done', trx);
        await this.#intents(trx).where({ id }).delete();
      });
    } catch (err) {
      this.#logger.error({ err, requestId: origin.requestId }, 'what was done is not in the audit log yet');
      await this.#keep(id, facts);
    }
  }

  /** It was refused. */
  async drop({ id, origin }: OpenIntent): Promise<void> {
    try {
      await this.#intents().where({ id }).delete();
    } catch (err) {
      this.#logger.error({ err, requestId: origin.requestId }, 'what was refused is still noted as an intent');
    }
  }

  /**
   * Makes entries of the audit log of what was done and could not be written there, and of what nobody can be at any more.
   *
   * @returns how many
   */
  async repair(): Promise<number> {
    const { rowCount } = await this.#knex.raw<{ rowCount: number }>(
      `with left_over as (delete from identity.audit_intents where id in (select id from identity.audit_intents
           where done is not null or at < ? order by id limit ? for update skip locked) returning *)
       insert into identity.audit (id, at, actor_id, actor_email, action, outcome, object_type, object_id, before, after, request_id, address)
       select id, at, actor_id, actor_email, coalesce(done ->> 'action', action), case when done is null then 'unknown' else 'done' end,
         coalesce(done ->> 'objectType', object_type), coalesce(done ->> 'objectId', object_id), nullif(done -> 'before', 'null'),
         case when done is null then request else nullif(done -> 'after', 'null') end, request_id, address
       from left_over`,
      [new Date(this.#clock.now() - UNDER_WAY_MS), MOST_AT_ONCE],
    );
    return rowCount;
  }

  async #keep(id: Uuid, facts: AuditFacts | null): Promise<void> {
    if (facts === null) return;
    const { action, objectType, objectId } = facts;
    const [before, after] = [facts.before, facts.after].map((view) => JSON.parse(summarize(view) ?? 'null') as unknown);
    try {
      await this.#intents()
        .where({ id })
        .update({ done: JSON.stringify({ action, objectType, objectId, before, after }) });
    } catch {
      // The intent itself stays: its outcome will be unknown.
    }
  }

  #intents(db: Knex = this.#knex): Knex.QueryBuilder {
    return db.withSchema('identity').table('audit_intents');
  }
}
