import type { ChargingCurvesPort } from '@voltpile/csms/contract/charging-curves-port';
import type { Uuid } from '@voltpile/kernel/ids';
import type { Knex } from 'knex';
import type { RunningCosts } from './running-costs.ts';
import type { HeldIntents } from './settlement-ports.ts';
import { knownCharges } from './settlements-repository.ts';

export interface TakeUpOptions {
  readonly knex: Knex;
  readonly curves: Pick<ChargingCurvesPort, 'ofIntents'>;
  readonly held: HeldIntents;
  readonly running: Pick<RunningCosts, 'takeUp'>;
}

const BATCH = 500;

/**
 * Takes up charges that a limit may end and that nobody may be following: time costs, too, so those whose process died cannot wait for a sample.
 * Whatever is limited has something held for it, so that is all that is looked through.
 *
 * @param signal stops between two pages
 * @returns how many were not followed here
 */
export async function takeUpCharges(
  { knex, curves, held, running }: TakeUpOptions,
  signal: AbortSignal,
): Promise<number> {
  let count = 0;
  let after: Uuid | null = null;
  while (!signal.aborted) {
    const intents: readonly Uuid[] = await held.intents(after, BATCH);
    if (intents.length === 0) break;
    const charges = (await curves.ofIntents(intents)).map(({ transactionId }) => transactionId);
    // Those that are noted for their settlement have ended.
    const ended = await knownCharges(knex, charges);
    if (signal.aborted) break;
    count += running.takeUp(charges.filter((id) => !ended.has(id)));
    after = intents.at(-1) ?? null;
    if (intents.length < BATCH) break;
  }
  return count;
}
