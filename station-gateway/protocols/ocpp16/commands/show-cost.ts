import type { StationCommandOf } from '@voltpile/csms/contract/commands';
import type { Ocpp16Request } from '@voltpile/ocpp/actions/ocpp16-payloads';
import type { OneWayMapping } from '../../ocpp-j/mapping.ts';
import { byStatus } from '../../ocpp-j/outcome.ts';

type ShowCost = StationCommandOf<'show-cost'>;

const VENDOR = 'org.openchargealliance.costmsg';

/**
 * RunningCost and FinalCost in a DataTransfer (Open Charge Alliance, “OCPP & California Pricing Requirements”, for OCPP 1.6). Stations take them that
 * have the key `CustomDisplayCostAndPrice`, set to true.
 */
export const showCost: OneWayMapping<ShowCost, Ocpp16Request<'DataTransfer'>> = {
  command: 'show-cost',
  action: 'DataTransfer',
  toCalls: (command) => {
    const transactionId = Number(command.stationTransactionId);
    if (!Number.isSafeInteger(transactionId)) return { unsendable: 'The station knows this transaction by no number.' };
    const [messageId, told] = command.payload.isFinal
      ? ['FinalCost', finalCost(command, transactionId)]
      : ['RunningCost', runningCost(command, transactionId)];
    return [{ vendorId: VENDOR, messageId, data: JSON.stringify(told) }];
  },
  toOutcome: byStatus('Accepted'),
};

/** Without prices in `chargingPrice` the station shows what it was told, and reckons nothing on by itself until it is told again. */
function runningCost({ payload: { cost, meterWh, asOf, isCharging } }: ShowCost, transactionId: number): object {
  return {
    transactionId,
    timestamp: asOf,
    meterValue: Math.round(meterWh),
    cost: Number(cost.amount),
    state: isCharging ? 'Charging' : 'Idle',
    chargingPrice: {},
  };
}

function finalCost({ payload: { cost } }: ShowCost, transactionId: number): object {
  return { transactionId, cost: Number(cost.amount), priceText: `${cost.amount} ${cost.currency}` };
}
