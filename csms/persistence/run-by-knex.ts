import type { Knex } from 'knex';
import type { QueryResult } from 'pg';
import type { BatchQuery } from './batch-connection.ts';

/**
 * Runs statements of the writers within a knex transaction, one after the other. Their parameters `$1`, `$2` … must each stand once, in
 * order: knex numbers them itself.
 */
export function runByKnex(trx: Knex): (queries: readonly BatchQuery[]) => Promise<QueryResult[]> {
  return async (queries) => {
    const results: QueryResult[] = [];
    for (const { statement, values } of queries) {
      results.push((await trx.raw(statement.text.replace(/\$\d+/g, '?'), values as Knex.RawBinding[])) as QueryResult);
    }
    return results;
  };
}
