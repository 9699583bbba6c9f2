import type { Instant } from '@voltpile/kernel/clock';
import type { NewEntry, Posting } from '../ledger/entry.ts';
import { amountsOf, type NewCdr } from './charge-record.ts';

/** What a record comes to is owed by whoever charged, is revenue, and in part tax. null where nothing is due: then nothing is written. */
export function entryOfCdr(cdr: NewCdr, at: Instant): NewEntry | null {
  const { dueMinor, vatMinor } = amountsOf(cdr);
  const postings: Posting[] = [
    { account: { kind: 'receivable', accountId: cdr.accountId }, debitMinor: dueMinor },
    { account: { kind: 'revenue' }, debitMinor: vatMinor - dueMinor },
    { account: { kind: 'vat' }, debitMinor: -vatMinor },
  ];
  const written = postings.filter(({ debitMinor }) => debitMinor !== 0n);
  if (written.length === 0) return null;
  return {
    organizationId: cdr.organizationId,
    currency: cdr.currency,
    kind: cdr.kind,
    idempotencyKey: `cdr/${cdr.id}`,
    reference: { type: 'cdr', id: cdr.id },
    at,
    description: `${cdr.kind === 'charge' ? 'Charge' : 'Credit of a charge'} at ${cdr.stationId}, ${cdr.energyWh} Wh`,
    postings: written,
  };
}
