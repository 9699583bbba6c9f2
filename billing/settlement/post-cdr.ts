import type { Instant } from '@voltpile/kernel/clock';
import type { Knex } from 'knex';
import type { Ledger, Posting } from '../ledger/entry.ts';
import { amountsOf, type NewCdr } from './charge-record.ts';

/** What a charge comes to is owed by whoever charged, is revenue, and in part tax. Nothing is written where nothing is due. */
export async function postCdr(ledger: Ledger, transaction: Knex.Transaction, cdr: NewCdr, at: Instant): Promise<void> {
  const { dueMinor, vatMinor } = amountsOf(cdr);
  const postings: Posting[] = [
    { account: { kind: 'receivable', accountId: cdr.accountId }, debitMinor: dueMinor },
    { account: { kind: 'revenue' }, debitMinor: vatMinor - dueMinor },
    { account: { kind: 'vat' }, debitMinor: -vatMinor },
  ];
  const written = postings.filter(({ debitMinor }) => debitMinor !== 0n);
  if (written.length === 0) return;
  await ledger.post(transaction, {
    organizationId: cdr.organizationId,
    currency: cdr.currency,
    kind: cdr.kind,
    idempotencyKey: `cdr/${cdr.id}`,
    reference: { type: 'cdr', id: cdr.id },
    at,
    description: `${cdr.kind === 'charge' ? 'Charge' : 'Credit of a charge'} at ${cdr.stationId}, ${cdr.energyWh} Wh`,
    postings: written,
  });
}
