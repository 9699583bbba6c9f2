import { readName, readTime } from '../../ocpp-j/values/fields.ts';
import type { Ocpp16Message } from '../message.ts';
import { toChargingState, toConnectorStatus } from '../values/connector-statuses.ts';
import { readConnector } from '../values/connectors.ts';

/** StatusNotification (OCPP 1.6 §6.47): a connector, or the station as connector 0, is in another state. */
export const statusNotification: Ocpp16Message<'StatusNotification'> = {
  action: 'StatusNotification',
  isTransactional: false,
  async handle(request, exchange) {
    const connector = readConnector(request.connectorId);
    const detail = readName(request.status);
    const status = detail === undefined ? undefined : toConnectorStatus(detail);
    if (connector === undefined || detail === undefined || status === undefined) return null;
    const errorCode = readName(request.errorCode);
    const timestamp =
      request.timestamp === undefined || request.timestamp === null ? undefined : readTime(request.timestamp);
    if (timestamp !== undefined) exchange.observeClock(timestamp);
    await exchange.port.connectorStatusChanged({
      origin: exchange.origin(),
      evseId: connector.evseId,
      connectorId: connector.connectorId,
      status,
      detail,
      chargingState: toChargingState(detail),
      errorCode: errorCode === 'NoError' ? undefined : errorCode,
      info: readName(request.info),
      vendorId: readName(request.vendorId),
      vendorErrorCode: readName(request.vendorErrorCode),
      timestamp,
    });
    return {};
  },
};
