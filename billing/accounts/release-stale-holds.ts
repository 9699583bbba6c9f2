import type { Clock, Instant } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import type { Knex } from 'knex';
import type { CardCharges } from '../payment/card-charges.ts';
import { listStaleHolds, setHoldTransaction } from './holds-repository.ts';
import { releaseHolds } from './release-holds.ts';

/** Whoever knows what has become of start intents. */
export interface OpenCharges {
  /** Of these intents, those that became a charge which runs, or has ended and is not settled yet. */
  ofIntents(intentIds: readonly Uuid[]): Promise<readonly { readonly intentId: Uuid; readonly transactionId: Uuid }[]>;
}

export interface StaleHoldsOptions {
  /** What may be held for nothing. */
  readonly held: HeldForIntents;
  /** Without it, every hold of that age is released: then the age is all that tells. */
  readonly openCharges?: OpenCharges | undefined;
}

/** A place in which something is held for start intents. */
export interface HeldForIntents {
  /** Intents that nobody has asked about since, in their order. */
  stale(askedBefore: Instant, after: Uuid | null, count: number): Promise<Uuid[]>;
  /** An open charge needs it. */
  keep(intentId: Uuid, transactionId: Uuid): Promise<void>;
  /** @returns whether something was held: somebody may have asked meanwhile */
  release(intentId: Uuid, askedBefore: Instant): Promise<boolean>;
}

/** What is set aside in wallets. */
export function heldInWallets(knex: Knex, clock: Clock): HeldForIntents {
  return {
    stale: (askedBefore, after, count) => listStaleHolds(knex, askedBefore, after, count),
    keep: (intentId, transactionId) => setHoldTransaction(knex, intentId, transactionId),
    release: async (intentId, askedBefore) =>
      (await knex.transaction((trx) => releaseHolds(trx, [intentId], clock.now(), askedBefore))).length > 0,
  };
}

/** What is held on cards. */
export function heldOnCards(knex: Knex, cards: CardCharges): HeldForIntents {
  return {
    stale: (askedBefore, after, count) => cards.stale(askedBefore, after, count),
    keep: async () => undefined,
    release: (intentId, askedBefore) =>
      knex.transaction(async (trx) => {
        const opened = await cards.open(trx, [intentId]);
        return opened.cancelStale(intentId, askedBefore);
      }),
  };
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
  { held, openCharges }: StaleHoldsOptions,
  askedBefore: Instant,
  signal?: AbortSignal,
): Promise<number> {
  const isStopped = (): boolean => signal?.aborted === true;
  let released = 0;
  let after: Uuid | null = null;
  while (!isStopped()) {
    const intentIds: Uuid[] = await held.stale(askedBefore, after, BATCH);
    const open = await openChargesOf(openCharges, intentIds);
    for (const intentId of intentIds) {
      if (isStopped()) return released;
      const transactionId = open.get(intentId);
      if (transactionId !== undefined) {
        await held.keep(intentId, transactionId);
        continue;
      }
      if (await held.release(intentId, askedBefore)) released += 1;
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
