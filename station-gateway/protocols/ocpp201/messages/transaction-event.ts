import type { ChargingState, TransactionDecision, TransactionReport } from '@voltpile/csms/contract/station-port';
import type { Exchange } from '../../ocpp-j/exchange.ts';
import { asFields, readInteger, readName, readTime, readWholeName } from '../../ocpp-j/values/fields.ts';
import { readRequestId } from '../../ocpp-j/values/request-id.ts';
import type { Ocpp201Message } from '../message.ts';
import { digestOf } from '../values/digest.ts';
import { readEvse } from '../values/evse.ts';
import { readIdToken, toIdTokenInfo } from '../values/id-token.ts';
import { readMeterReadings } from '../values/meter-readings.ts';
import { toStopReason } from '../values/stop-reasons.ts';

const MAX_INTEGER = 2_147_483_647;
const CHARGING_STATES: ReadonlySet<string> = new Set<ChargingState>([
  'Charging',
  'EVConnected',
  'SuspendedEV',
  'SuspendedEVSE',
  'Idle',
]);

/**
 * TransactionEvent (OCPP 2.0.1 Part 2 §1.61; E01–E15, I03): whatever happens to a transaction. Always answered with a result. What it
 * costs is told with the answer to an end if it is settled by then (`totalCost`: “SHALL only be sent when charging has ended”, “final total cost”), and
 * otherwise by CostUpdated, which I02.FR.01 allows as well. An event that does not say what kind it is can only be an update: neither a start nor an end is made up.
 */
export const transactionEvent: Ocpp201Message<'TransactionEvent'> = {
  action: 'TransactionEvent',
  isTransactional: true,
  async handle(request, exchange) {
    const info = asFields(request.transactionInfo);
    const number = readInteger(request.seqNo, -MAX_INTEGER, MAX_INTEGER);
    if (number === undefined) exchange.odd('unreadable:/seqNo');
    const stationTransactionId = readWholeName(info.transactionId);
    if (stationTransactionId === undefined) exchange.odd('unreadable:/transactionInfo/transactionId');
    const evse = readEvse(request.evse);
    if (request.evse !== undefined && request.evse !== null && evse === undefined) exchange.odd('unreadable:/evse');
    const timestamp = readTime(request.timestamp);
    const offline = typeof request.offline === 'boolean' ? request.offline : undefined;
    if (offline !== true) exchange.observeClock(timestamp);
    const chargingState = readName(info.chargingState);
    const report = {
      stationTransactionId,
      sequence: { number: number ?? 0, digest: digestOf(request) },
      trigger: readName(request.triggerReason),
      chargingState:
        chargingState !== undefined && CHARGING_STATES.has(chargingState)
          ? (chargingState as ChargingState)
          : undefined,
      offline,
      remoteStartId: readRequestId(info.remoteStartId),
      reservationId: readRequestId(request.reservationId),
      evse,
      idToken: readIdToken(request.idToken),
      timestamp,
      readings: readMeterReadings(request.meterValue),
    };
    const { idTokenInfo, finalCost } = await tell(request.eventType, info.stoppedReason, report, exchange);
    return {
      ...(finalCost === undefined ? {} : { totalCost: Number(finalCost.amount) }),
      ...(report.idToken === undefined || idTokenInfo === undefined ? {} : { idTokenInfo: toIdTokenInfo(idTokenInfo) }),
    };
  },
};

function tell(
  eventType: unknown,
  stoppedReason: unknown,
  report: Omit<TransactionReport, 'origin'>,
  exchange: Exchange,
): Promise<TransactionDecision> {
  switch (eventType) {
    case 'Started':
      return exchange.port.transactionStarted({ ...report, origin: exchange.origin() });
    case 'Ended': {
      const stopReason = toStopReason(readName(stoppedReason));
      return exchange.port.transactionEnded({ ...report, stopReason, origin: exchange.origin() });
    }
    default:
      if (eventType !== 'Updated') exchange.odd('unreadable:/eventType');
      return exchange.port.transactionUpdated({ ...report, origin: exchange.origin() });
  }
}
