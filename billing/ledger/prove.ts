import type { Clock, Instant } from '@voltpile/kernel/clock';
import { defineError, toVoltpileError } from '@voltpile/kernel/errors';
import { type Uuid, uuidv7 } from '@voltpile/kernel/ids';
import type { Knex } from 'knex';
import type { LedgerFinding, UnansweredCheck } from '../contract/ledger.ts';

export const proofRunning = defineError(
  'ledger.proof_running',
  'Conflict',
  'Another process checks the ledger at the moment; what it finds is in the list of proofs.',
  { retryable: true },
);

/**
 * A question to the books whose answer should be empty. Parts of billing that know more of what is in them add their own. Others go on to write
 * meanwhile, and each statement sees what was committed when it began: what must fit together is asked for in one.
 */
export interface LedgerCheck {
  /** `wallets-not-overdrawn`: unique, and stable for whoever watches it. */
  readonly name: string;
  /**
   * @param signal aborted: throws before its next statement
   * @returns what is wrong, in words; at most `limit` of it
   */
  find(db: Knex.Transaction, limit: number, signal?: AbortSignal): Promise<readonly string[]>;
}

/**
 * A question to others than the database, whose answer should be empty. It is asked when the database has answered, and outside of every transaction;
 * bounded in number and time. Whoever does not answer is no finding.
 */
export interface OutsideCheck {
  /** As of {@link LedgerCheck}. */
  readonly name: string;
  /**
   * @param signal aborted: throws before its next question
   * @returns what is wrong, in words, at most `limit` of it; and why not all was asked, null where it was
   */
  ask(
    limit: number,
    signal?: AbortSignal,
  ): Promise<{ readonly problems: readonly string[]; readonly unanswered: string | null }>;
}

export interface LedgerProof {
  readonly id: Uuid;
  readonly startedAt: Instant;
  readonly finishedAt: Instant;
  readonly checks: readonly string[];
  readonly findings: readonly LedgerFinding[];
  readonly unanswered: readonly UnansweredCheck[];
}

/** Of one check. What is more is more of the same. */
const MAX_FINDINGS = 100;

/**
 * No statement may take longer: what goes through a whole table does so in pieces. One core at most is kept busy, so that those who charge have the
 * others, and between two statements nothing keeps PostgreSQL from tidying up. Names without a schema are PostgreSQL's own, whoever has set what.
 */
const LIMITS = `set local statement_timeout = '10min'; set local max_parallel_workers_per_gather = 0; set local jit = off; set local search_path = ''`;
const LOCK = `select pg_try_advisory_xact_lock(hashtextextended('voltpile ledger proof', 0)) as got`;

/**
 * Asks all questions, one process at a time, while others go on to write.
 *
 * @param outside asked after the others, without a transaction
 * @param signal aborted: gives up before the next question
 * @throws Conflict `ledger.proof_running`
 */
export async function proveLedger(
  knex: Knex,
  checks: readonly LedgerCheck[],
  clock: Clock,
  signal?: AbortSignal,
  outside: readonly OutsideCheck[] = [],
): Promise<LedgerProof> {
  const startedAt = clock.now();
  const findings = await knex.transaction(
    async (trx) => {
      await trx.raw(LIMITS);
      const { rows } = await trx.raw<{ rows: { got: boolean }[] }>(LOCK);
      if (rows[0]?.got !== true) throw proofRunning();
      const found: LedgerFinding[] = [];
      for (const { name, find } of checks) {
        for (const problem of await find(trx, MAX_FINDINGS, signal)) found.push({ check: name, problem });
      }
      return found;
    },
    { isolationLevel: 'read committed', readOnly: true },
  );
  const unanswered: UnansweredCheck[] = [];
  for (const check of outside) {
    signal?.throwIfAborted();
    const answer = await askOutside(check, signal);
    findings.push(...answer.problems.map((problem) => ({ check: check.name, problem })));
    if (answer.unanswered !== null) unanswered.push({ check: check.name, reason: answer.unanswered });
  }
  const names = [...checks, ...outside].map(({ name }) => name);
  return { id: uuidv7(), startedAt, finishedAt: clock.now(), checks: names, findings, unanswered };
}

/** Others that cannot be reached do not cost the proof what it has found. */
async function askOutside(check: OutsideCheck, signal?: AbortSignal): ReturnType<OutsideCheck['ask']> {
  try {
    return await check.ask(MAX_FINDINGS, signal);
  } catch (error) {
    const { kind, code } = toVoltpileError(error);
    if (kind !== 'Unavailable' || signal?.aborted === true) throw error;
    return { problems: [], unanswered: code };
  }
}

/** A check that is one query with a column `problem`; its last parameter is how many rows are wanted. */
export function sqlCheck(name: string, query: string): LedgerCheck {
  return {
    name,
    async find(db, limit, signal) {
      signal?.throwIfAborted();
      return problemsOf(db, query, [limit]);
    },
  };
}

/** A question about the rows of a table, each of which can be answered without the others. */
export interface KeysetQuestion {
  /** With its schema. */
  readonly table: string;
  /** A column of UUIDs that has an index; it need not be unique. */
  readonly key: string;
  /** With a column `problem`. Its first parameters are two keys: it is about rows behind the first one, up to the second one. */
  readonly query: string;
}

/** Rows of a table that a statement is about: about a second's work of the slowest question. */
const PIECE = 10_000;
const FIRST_KEY = '00000000-0000-0000-0000-000000000000';
const LAST_KEY = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** A check that goes through tables in the order of keys, a limited number of rows at a time: it needs no more memory for more rows. */
export function keysetCheck(name: string, questions: readonly KeysetQuestion[], piece = PIECE): LedgerCheck {
  return {
    name,
    async find(db, limit, signal) {
      const found: string[] = [];
      for (const { table, key, query } of questions) {
        let after = FIRST_KEY;
        while (after !== LAST_KEY && found.length < limit) {
          signal?.throwIfAborted();
          const upTo = await keyBehind(db, table, key, after, piece);
          found.push(...(await problemsOf(db, query, [after, upTo, limit - found.length])));
          after = upTo;
        }
      }
      return found;
    },
  };
}

/** The key so many rows further on; the last there can be where there are not so many. */
async function keyBehind(db: Knex, table: string, key: string, after: string, count: number): Promise<string> {
  const { rows } = await db.raw<{ rows: { key: string }[] }>(
    `select ${key} as key from ${table} where ${key} > ?::uuid order by ${key} offset ? limit 1`,
    [after, count - 1],
  );
  return rows[0]?.key ?? LAST_KEY;
}

async function problemsOf(db: Knex, query: string, values: readonly (string | number)[]): Promise<string[]> {
  const { rows } = await db.raw<{ rows: { problem: string }[] }>(`${query} limit ?`, [...values]);
  return rows.map(({ problem }) => problem);
}
