import type { Instant } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import type { Knex } from 'knex';
import type { Ledger, NewEntry } from '../ledger/entry.ts';
import { closeHold, type Hold } from './holds-repository.ts';

/**
 * Gives back to the wallet what was held for a start intent, once: whoever comes later finds nothing to do.
 *
 * @param askedBefore only where nobody has asked about the intent since
 * @returns what was held; null when nothing is held any more, or never was
 */
export async function releaseHold(
  ledger: Ledger,
  transaction: Knex.Transaction,
  intentId: Uuid,
  at: Instant,
  askedBefore?: Instant,
): Promise<Hold | null> {
  const hold = await closeHold(transaction, intentId, at, askedBefore);
  if (hold === undefined) return null;
  await ledger.post(transaction, releaseOf(hold, at));
  return hold;
}

/** What was held is in the wallet again. */
export function releaseOf({ intentId, accountId, organizationId, currency, amountMinor }: Hold, at: Instant): NewEntry {
  return {
    organizationId,
    currency,
    kind: 'release',
    idempotencyKey: `release/${intentId}`,
    reference: { type: 'intent', id: intentId },
    at,
    description: 'No longer set aside',
    postings: [
      { account: { kind: 'hold', accountId }, debitMinor: amountMinor },
      { account: { kind: 'wallet', accountId }, debitMinor: -amountMinor },
    ],
  };
}
