import type { StationCommandOf } from '@voltpile/csms/contract/commands';
import type { Ocpp201Request } from '@voltpile/ocpp/actions/ocpp201-payloads';
import type { OneWayMapping } from '../../ocpp-j/mapping.ts';
import { byContent } from '../../ocpp-j/outcome.ts';

/**
 * CostUpdated (OCPP 2.0.1 Part 2 §1.13; I02): what a running charge has cost so far. There is no message for the final cost but the answer to the
 * end. Read back, CostUpdated is a raw call: people may give it, the neutral command they may not.
 */
export const showCost: OneWayMapping<StationCommandOf<'show-cost'>, Ocpp201Request<'CostUpdated'>> = {
  command: 'show-cost',
  action: 'CostUpdated',
  toCalls: ({ stationTransactionId, payload: { cost, isFinal } }) =>
    isFinal
      ? { unsendable: 'The final cost can only go with the answer to the end of a transaction.' }
      : [{ totalCost: Number(cost.amount), transactionId: stationTransactionId }],
  toOutcome: byContent(() => true),
};
