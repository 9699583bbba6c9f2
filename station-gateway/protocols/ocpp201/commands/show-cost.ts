import type { StationCommandOf } from '@voltpile/csms/contract/commands';
import type { Ocpp201Request } from '@voltpile/ocpp/actions/ocpp201-payloads';
import type { OneWayMapping } from '../../ocpp-j/mapping.ts';
import { byContent } from '../../ocpp-j/outcome.ts';

/**
 * CostUpdated (OCPP 2.0.1 Part 2 §1.13; I02): what a charge has cost so far, “based on the information known by the CSMS”. A charge is settled after its end
 * was answered, so that is how the final cost comes, too. Read back, CostUpdated is a raw call: people may give it, the neutral command they may not.
 */
export const showCost: OneWayMapping<StationCommandOf<'show-cost'>, Ocpp201Request<'CostUpdated'>> = {
  command: 'show-cost',
  action: 'CostUpdated',
  toCalls: ({ stationTransactionId, payload: { cost } }) => [
    { totalCost: Number(cost.amount), transactionId: stationTransactionId },
  ],
  toOutcome: byContent(() => true),
};
