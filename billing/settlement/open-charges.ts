import type { ChargingCurvesPort } from '@voltpile/csms/contract/charging-curves-port';
import type { Knex } from 'knex';
import type { OpenCharges } from '../accounts/release-stale-holds.ts';
import { finishedCharges } from './settlements-repository.ts';

/** Which start intents became charges that are not settled yet: what is held for them is still needed. */
export function createOpenCharges(knex: Knex, curves: ChargingCurvesPort): OpenCharges {
  return {
    async ofIntents(intentIds) {
      const charges = await curves.ofIntents(intentIds);
      const finished = await finishedCharges(
        knex,
        charges.map(({ transactionId }) => transactionId),
      );
      return charges.filter(({ transactionId }) => !finished.has(transactionId));
    },
  };
}
