import { DIGEST_KIND, type DigestedTable, digestOf } from '../persistence/row-digests.ts';
import type { KeysetQuestion } from './prove.ts';

/**
 * Rows of a table that do not say any more what they said when they were inserted, by their digests. Somebody who writes another digest, too, is not found.
 *
 * @param named in SQL: how a row `r` is called, `record 0192…`
 * @param pieces by which keys of the rows they are asked for
 */
export function digestQuestion(
  table: DigestedTable,
  named: string,
  pieces: Pick<KeysetQuestion, 'table' | 'key'> = { table: `billing.${table}`, key: 'id' },
): KeysetQuestion {
  return {
    ...pieces,
    query: `select format('%s %s', ${named}, case
          when r.digest is null and e.digest is null then 'has no digest of what it said when it was written'
          when get_byte(coalesce(r.digest, e.digest), 0) <> ${DIGEST_KIND} then 'has a digest of a kind that is not known'
          else 'does not say what it said when it was written' end) as problem
      from billing.${table} r left join billing.earlier_digests e on e.relation = '${table}' and e.row_id = r.id
      where r.id > ?::uuid and r.id <= ?::uuid
        and (${digestOf(table, 'r')} = all (array[coalesce(r.digest, e.digest), coalesce(e.digest, r.digest)])) is not true`,
  };
}
