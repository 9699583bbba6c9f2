import type { CdrView } from '../contract/cdr.ts';
import type { RecordStanding } from './persistence/invoices-repository.ts';

/**
 * Of an account's open records those that may be invoiced now. A charge always may; a credit only if what it takes back is on an invoice, or comes
 * with it: nobody gets back what nobody was asked for, nor twice what a note has taken back as a whole.
 *
 * @param standings of what credits take back, where it was invoiced
 */
export function selectRecords(
  records: readonly CdrView[],
  standings: ReadonlyMap<string, RecordStanding>,
): readonly CdrView[] {
  const together = new Set(records.map(({ id }) => id));
  return records.filter(({ kind, creditsCdrId }) => {
    if (kind === 'charge' || creditsCdrId === null) return true;
    return together.has(creditsCdrId) || standings.get(creditsCdrId)?.isCredited === false;
  });
}
