import type { Clock } from '@voltpile/kernel/clock';
import { type Uuid, uuidv7 } from '@voltpile/kernel/ids';
import type { Knex } from 'knex';
import { withDatabaseErrors } from '../database/connection.ts';
import { makePage, readPage } from '../database/id-page.ts';
import type { Instance } from './instances.ts';
import { type Judgement, judge, judgeStops, type Member, type MembershipChange } from './membership.ts';

/** Something that became of a member. */
export interface MembershipEvent
  extends Pick<Member, 'service' | 'node' | 'host' | 'pid' | 'version' | 'zone' | 'startedAt' | 'lastSeenAt'> {
  readonly id: Uuid;
  /** RFC 3339: when it was noticed. */
  readonly at: string;
  readonly kind: MembershipChange;
}

export interface MembershipFilter {
  readonly service?: string | undefined;
  readonly node?: string | undefined;
}

interface FactsRow {
  service: Member['service'];
  node: string;
  host: string;
  /** int8 comes as text. */
  pid: string;
  version: string;
  zone: string | null;
  started_at: Date;
  last_seen_at: Date;
}

interface MemberRow extends FactsRow {
  state: Member['state'];
  missed: number;
}

interface EventRow extends FactsRow {
  id: Uuid;
  at: Date;
  kind: MembershipChange;
}

const LIST = 'service-history';
const KEEP_DAYS = 90;
/** Of one that has not come back. Where every process begins with an empty data folder there are many. */
const KEEP_MEMBER_DAYS = 7;
/** Of processes that start and die all day long. */
const MOST_EVENTS = 50_000;
const DAY_MS = 86_400_000;

/** Who came and went. */
export class ServiceHistory {
  readonly #knex: Knex;
  readonly #clock: Clock;

  /** @param knex on a database whose schema `platform` is migrated */
  constructor(knex: Knex, clock: Clock) {
    this.#knex = knex;
    this.#clock = clock;
  }

  /**
   * Writes down what the members have become, by who has answered now.
   *
   * @throws Unavailable `database.unavailable`
   */
  note(seen: readonly Instance[]): Promise<Judgement['changes']> {
    return this.#write((known, now) => judge(known, seen, now));
  }

  /**
   * Writes down that a process stops.
   *
   * @throws Unavailable `database.unavailable`
   */
  async noteStop(instances: readonly Instance[]): Promise<void> {
    await this.#write((known, now) => judgeStops(known, instances, now));
  }

  /**
   * Newest first.
   *
   * @throws InvalidArgument `list.bad_cursor`, `list.bad_limit`
   */
  async list(filter: MembershipFilter, page: { readonly limit: number; readonly cursor?: string | undefined }) {
    const { limit, after } = readPage(LIST, page);
    return withDatabaseErrors(async () => {
      const query = this.#knex
        .withSchema('platform')
        .select<EventRow[]>('*')
        .from('service_history')
        .orderBy('id', 'desc')
        .limit(limit + 1);
      if (after !== null) query.where('id', '<', after);
      if (filter.service !== undefined) query.where('service', filter.service);
      if (filter.node !== undefined) query.where('node', filter.node);
      return makePage(LIST, (await query).map(toEvent), limit);
    });
  }

  /** Forgets what is old, and of what is new the oldest where it is too much. */
  async trim(): Promise<void> {
    const daysAgo = (days: number): Date => new Date(this.#clock.now() - days * DAY_MS);
    await withDatabaseErrors(async () => {
      await this.#knex.raw(
        `delete from platform.service_history where at < ? or id <= (
           select id from platform.service_history order by id desc offset ? limit 1)`,
        [daysAgo(KEEP_DAYS), MOST_EVENTS],
      );
      await this.#knex.raw(`delete from platform.service_members where state <> 'present' and last_seen_at < ?`, [
        daysAgo(KEEP_MEMBER_DAYS),
      ]);
    });
  }

  #write(decide: (known: readonly Member[], now: string) => Judgement): Promise<Judgement['changes']> {
    return withDatabaseErrors(() =>
      this.#knex.transaction(async (trx) => {
        // The job that looks who is there, and a process that says that it stops, come at the same time.
        await trx.raw('lock table platform.service_members in share row exclusive mode');
        const rows = await trx.withSchema('platform').select<MemberRow[]>('*').from('service_members');
        const now = this.#clock.now();
        const { members, changes } = decide(rows.map(toKnown), new Date(now).toISOString());
        const stored = new Set(await storeMembers(trx, members));
        const told = changes.filter(({ member }) => stored.has(member));
        await storeChanges(trx, told, now);
        return told;
      }),
    );
  }
}

/**
 * Members come from other processes: one that cannot be stored is left out, and the others are stored.
 *
 * @returns those that are stored
 */
async function storeMembers(trx: Knex.Transaction, members: readonly Member[]): Promise<readonly Member[]> {
  if (members.length === 0) return [];
  try {
    await trx.transaction((inner) =>
      inner
        .withSchema('platform')
        .table('service_members')
        .insert(members.map(fromMember))
        .onConflict(['service', 'node'])
        .merge(),
    );
    return members;
  } catch (error) {
    if (!isBadData(error)) throw error;
    if (members.length === 1) return [];
    const stored: Member[] = [];
    for (const member of members) stored.push(...(await storeMembers(trx, [member])));
    return stored;
  }
}

async function storeChanges(trx: Knex.Transaction, changes: Judgement['changes'], now: number): Promise<void> {
  if (changes.length === 0) return;
  const rows = changes.map(({ kind, member }) => {
    const { state: _state, missed: _missed, ...facts } = fromMember(member);
    return { id: uuidv7(now), at: new Date(now), kind, ...facts };
  });
  await trx.withSchema('platform').table('service_history').insert(rows);
}

/** Classes 22 and 54 of PostgreSQL's errors: a value that it cannot hold, or not in an index. */
function isBadData(error: unknown): boolean {
  const { code } = error as { readonly code?: unknown };
  return typeof code === 'string' && /^(22|54)...$/.test(code);
}

function fromMember(member: Member) {
  const { service, node, host, pid, version, zone, startedAt, state, lastSeenAt, missed } = member;
  return { service, node, host, pid, version, zone, started_at: startedAt, state, last_seen_at: lastSeenAt, missed };
}

function toKnown(row: MemberRow): Member {
  return { ...toFacts(row), state: row.state, missed: row.missed };
}

function toEvent(row: EventRow): MembershipEvent {
  return { id: row.id, at: row.at.toISOString(), kind: row.kind, ...toFacts(row) };
}

function toFacts(row: FactsRow) {
  const { service, node, host, version, zone } = row;
  return {
    service,
    node,
    host,
    pid: Number(row.pid),
    version,
    zone,
    startedAt: row.started_at.toISOString(),
    lastSeenAt: row.last_seen_at.toISOString(),
  };
}
