import type { Page, PageRequest } from '@voltpile/csms/contract/access-scope';
import type { Clock } from '@voltpile/kernel/clock';
import { type Uuid, uuidv7 } from '@voltpile/kernel/ids';
import type { Knex } from 'knex';
import type { RequestOrigin } from './caller.ts';
import { decodeCursor, encodeCursor } from './list-cursor.ts';
import { summarize } from './summarize.ts';

/** What was done to what. `before` and `after` are any JSON-safe views; secrets in them are masked before they are stored. */
export interface AuditFacts {
  /** `station.update` */
  readonly action: string;
  readonly objectType: string;
  readonly objectId: string | null;
  readonly before?: unknown;
  readonly after?: unknown;
}

/** `unknown`: it was begun, and nobody can say any more what became of it. */
export type AuditOutcome = 'done' | 'refused' | 'unknown';

export interface AuditActor {
  readonly userId: Uuid | null;
  readonly email: string | null;
}

export interface AuditEntry {
  readonly id: Uuid;
  readonly at: string;
  readonly actorId: Uuid | null;
  readonly actorEmail: string | null;
  readonly action: string;
  readonly outcome: AuditOutcome;
  readonly objectType: string;
  readonly objectId: string | null;
  readonly before: unknown;
  readonly after: unknown;
  readonly requestId: string | null;
  readonly address: string | null;
}

export interface AuditFilter {
  readonly action?: string | undefined;
  readonly actorId?: Uuid | undefined;
  readonly objectType?: string | undefined;
  readonly objectId?: string | undefined;
  /** RFC 3339; `from` inclusive, `to` exclusive. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

interface AuditRow {
  id: Uuid;
  at: Date;
  actor_id: Uuid | null;
  actor_email: string | null;
  action: string;
  outcome: AuditOutcome;
  object_type: string;
  object_id: string | null;
  before: unknown;
  after: unknown;
  request_id: string | null;
  address: string | null;
}

/** Who did what, when and from where. The table only grows: the database refuses changes to its rows. */
export class AuditLog {
  readonly #knex: Knex;
  readonly #clock: Clock;

  constructor(knex: Knex, clock: Clock) {
    this.#knex = knex;
    this.#clock = clock;
  }

  /** Writes one entry; part of `transaction` when one is given. */
  async append(
    actor: AuditActor,
    facts: AuditFacts,
    origin: RequestOrigin | null,
    outcome: AuditOutcome = 'done',
    transaction: Knex = this.#knex,
  ): Promise<void> {
    const now = this.#clock.now();
    await transaction
      .withSchema('identity')
      .table('audit')
      .insert({
        id: uuidv7(now),
        at: new Date(now),
        actor_id: actor.userId,
        actor_email: actor.email,
        action: facts.action,
        outcome,
        object_type: facts.objectType,
        object_id: facts.objectId,
        before: summarize(facts.before),
        after: summarize(facts.after),
        request_id: origin?.requestId ?? null,
        address: origin?.address ?? null,
      });
  }

  /** Newest first. */
  async list(filter: AuditFilter, page: PageRequest): Promise<Page<AuditEntry>> {
    const query = this.#knex
      .withSchema('identity')
      .select<AuditRow[]>('*')
      .from('audit')
      .orderBy('id', 'desc')
      .limit(page.limit + 1);
    if (page.cursor !== undefined) query.where('id', '<', decodeCursor(page.cursor));
    if (filter.action !== undefined) query.where('action', filter.action);
    if (filter.actorId !== undefined) query.where('actor_id', filter.actorId);
    if (filter.objectType !== undefined) query.where('object_type', filter.objectType);
    if (filter.objectId !== undefined) query.where('object_id', filter.objectId);
    if (filter.from !== undefined) query.where('at', '>=', filter.from);
    if (filter.to !== undefined) query.where('at', '<', filter.to);
    const rows = await query;
    const items = rows.slice(0, page.limit).map(fromRow);
    const last = items.at(-1);
    return { items, nextCursor: rows.length > page.limit && last !== undefined ? encodeCursor(last.id) : null };
  }
}

function fromRow(row: AuditRow): AuditEntry {
  return {
    id: row.id,
    at: row.at.toISOString(),
    actorId: row.actor_id,
    actorEmail: row.actor_email,
    action: row.action,
    outcome: row.outcome,
    objectType: row.object_type,
    objectId: row.object_id,
    before: row.before,
    after: row.after,
    requestId: row.request_id,
    address: row.address,
  };
}
