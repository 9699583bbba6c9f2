import { readInteger } from '../../ocpp-j/values/fields.ts';

/** As many as a station command can address. */
const MAX_CONNECTOR_ID = 1000;

/**
 * A 1.6 connector is our EVSE with one connector, number 1; connector 0 is the station as a whole, EVSE 0 (OCPP 1.6 §3.5).
 *
 * @returns undefined when the value is no connector number from 0 to 1000
 */
export function readConnector(value: unknown): { evseId: number; connectorId: number } | undefined {
  const evseId = readInteger(value, 0, MAX_CONNECTOR_ID);
  return evseId === undefined ? undefined : { evseId, connectorId: evseId === 0 ? 0 : 1 };
}
