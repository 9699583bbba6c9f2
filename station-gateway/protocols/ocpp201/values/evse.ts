import { asFields, readInteger } from '../../ocpp-j/values/fields.ts';

/** As many as a station command can address. */
const MAX_NUMBER = 1000;

/**
 * EVSEType (OCPP 2.0.1 Part 2 §2.25): EVSE 0 is the station as a whole. Connectors are numbered from 1: what stations write for "none" is null.
 *
 * @returns undefined when it names no EVSE from 0 to 1000
 */
export function readEvse(value: unknown): { evseId: number; connectorId: number | null } | undefined {
  const { id, connectorId } = asFields(value);
  const evseId = readEvseId(id);
  return evseId === undefined ? undefined : { evseId, connectorId: readInteger(connectorId, 1, MAX_NUMBER) ?? null };
}

/** A number of an EVSE or a connector. */
export function readEvseId(value: unknown): number | undefined {
  return readInteger(value, 0, MAX_NUMBER);
}
