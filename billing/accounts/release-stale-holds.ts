import type { Clock, Instant } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import type { Knex } from 'knex';
import { listStaleHolds, setHoldTransaction } from './holds-repository.ts';
import { releaseHolds } from './release-holds.ts';

/** Whoever knows what has become of start intents. */
export interface OpenCharges {
  /** Of these intents, those that became a charge which runs, or has ended and is not settled yet. */
  ofIntents(intentIds: readonly Uuid[]): Promise<readonly { readonly intentId: Uuid; readonly transactionId: Uuid }[]>;
}

export interface StaleHoldsOptions {
  readonly knex: Knex;
  readonly clock: Clock;
  /** Without it, every hold of that age is released: then the age is all that tells. */
  readonly openCharges?: OpenCharges | undefined;
}

const BATCH = 100;

/**
 * Releases what is held for intents that never became a charge. What an open charge needs stays held.
 *
 * @param askedBefore of intents that nobody has asked about since
 * @param signal stops between two holds
 * @returns how many were released
 */
export async function releaseStaleHolds(
  { knex, clock, openCharges }: StaleHoldsOptions,
  askedBefore: Instant,
  signal?: AbortSignal,
): Promise<number> {
  const isStopped = (): boolean => signal?.aborted === true;
  let released = 0;
  let after: Uuid | null = null;
  while (!isStopped()) {
    const intentIds: Uuid[] = await listStaleHolds(knex, askedBefore, after, BATCH);
    const open = await openChargesOf(openCharges, intentIds);
    for (const intentId of intentIds) {
      if (isStopped()) return released;
      const transactionId = open.get(intentId);
      if (transactionId !== undefined) {
        await setHoldTransaction(knex, intentId, transactionId);
        continue;
      }
      released += (await knex.transaction((trx) => releaseHolds(trx, [intentId], clock.now(), askedBefore))).length;
    }
    after = intentIds.at(-1) ?? null;
    if (intentIds.length < BATCH) return released;
  }
  return released;
}

async function openChargesOf(
  openCharges: OpenCharges | undefined,
  intentIds: readonly Uuid[],
): Promise<ReadonlyMap<Uuid, Uuid>> {
  if (openCharges === undefined || intentIds.length === 0) return new Map();
  const charges = await openCharges.ofIntents(intentIds);
  return new Map(charges.map(({ intentId, transactionId }) => [intentId, transactionId]));
}
