import type { Instant } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import type { Knex } from 'knex';
import type { NewEntry } from '../ledger/entry.ts';
import { Journal } from '../ledger/journal.ts';
import type { BooksAccount } from '../ledger/ledger-repository.ts';
import { closeHolds, type Hold } from './holds-repository.ts';

/**
 * Gives back to the wallets what was held for start intents, once: whoever comes later finds nothing to do.
 *
 * @param askedBefore only where nobody has asked about the intent since
 * @returns what was held, and is not any more
 */
export async function releaseHolds(
  transaction: Knex.Transaction,
  intentIds: readonly Uuid[],
  at: Instant,
  askedBefore?: Instant,
): Promise<readonly Hold[]> {
  const holds = await closeHolds(transaction, intentIds, at, askedBefore);
  const journal = await Journal.open(transaction, holds.flatMap(accountsOfHold));
  for (const hold of holds) journal.add(releaseOf(hold, at));
  await journal.write(transaction);
  return holds;
}

/** All that a release is posted to. */
export function accountsOfHold({ organizationId, currency, accountId }: Hold): BooksAccount[] {
  const books = { organizationId, currency };
  return [
    { ...books, ref: { kind: 'wallet', accountId } },
    { ...books, ref: { kind: 'hold', accountId } },
  ];
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
