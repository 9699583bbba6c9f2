import type { Clock, Instant } from '@voltpile/kernel/clock';
import { type Uuid, uuidv7 } from '@voltpile/kernel/ids';
import type { Knex } from 'knex';
import type { LedgerFinding } from '../contract/ledger.ts';

/** A question to the books whose answer should be empty. Parts of billing that know more of what is in them add their own. */
export interface LedgerCheck {
  /** `wallets-not-overdrawn`: unique, and stable for whoever watches it. */
  readonly name: string;
  /** @returns what is wrong, in words; at most `limit` of it */
  find(db: Knex.Transaction, limit: number): Promise<readonly string[]>;
}

export interface LedgerProof {
  readonly id: Uuid;
  readonly startedAt: Instant;
  readonly finishedAt: Instant;
  readonly checks: readonly string[];
  readonly findings: readonly LedgerFinding[];
}

/** Of one check. What is more is more of the same. */
const MAX_FINDINGS = 100;

/** Asks all questions of one state of the books, while others go on to write. */
export async function proveLedger(knex: Knex, checks: readonly LedgerCheck[], clock: Clock): Promise<LedgerProof> {
  const startedAt = clock.now();
  const findings = await knex.transaction(
    async (trx) => {
      const found: LedgerFinding[] = [];
      for (const { name, find } of checks) {
        for (const problem of await find(trx, MAX_FINDINGS)) found.push({ check: name, problem });
      }
      return found;
    },
    { isolationLevel: 'repeatable read', readOnly: true },
  );
  return { id: uuidv7(), startedAt, finishedAt: clock.now(), checks: checks.map(({ name }) => name), findings };
}

/** A check that is one query with a column `problem`; its last parameter is how many rows are wanted. */
export function sqlCheck(name: string, query: string): LedgerCheck {
  return {
    name,
    async find(db, limit) {
      const { rows } = await db.raw<{ rows: { problem: string }[] }>(`${query} limit ?`, [limit]);
      return rows.map(({ problem }) => problem);
    },
  };
}
