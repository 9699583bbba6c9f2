import type { Uuid } from '@voltpile/kernel/ids';
import type { Knex } from 'knex';
import type { PaymentState } from '../contract/payments.ts';

/** States in which a capture that was planned is not known to have happened, or to have failed. */
const UNDER_WAY: readonly PaymentState[] = ['authorizing', 'unknown', 'authorized', 'capturing'];

/**
 * What cards are about to pay of what an account owes, in minor units of the currency. It stands in the account's debt until the provider has said that it
 * was taken: whoever holds the lock of that balance sees either the debt and the capture, or neither.
 */
export async function capturesUnderWay(db: Knex, accountId: Uuid, currency: string): Promise<bigint> {
  const row: { readonly sum: string | null } | undefined = await db
    .withSchema('billing')
    .table('payments')
    .where({ account_id: accountId, currency, purpose: 'charge', wanted: 'capture' })
    .whereIn('state', UNDER_WAY)
    .sum('capture_minor as sum')
    .first();
  return BigInt(row?.sum ?? 0);
}
