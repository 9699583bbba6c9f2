import type { Unsendable } from '../../ocpp-j/mapping.ts';

/**
 * Why a command about this connector cannot be sent; undefined when it can. An EVSE of OCPP 1.6 is what 1.6 calls a connector, so there is
 * one connector at each.
 */
export function findOtherConnector(
  evseId: number | undefined,
  connectorId: number | undefined,
): Unsendable | undefined {
  if (connectorId === undefined) return undefined;
  if (evseId === undefined || evseId === 0) return { unsendable: 'A connector is named together with its EVSE.' };
  return connectorId === 1 ? undefined : { unsendable: 'An EVSE of OCPP 1.6 has connector 1 only.' };
}
