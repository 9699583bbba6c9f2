import type { AttributeType } from '@voltpile/csms/contract/station-port';

const TYPES: ReadonlySet<unknown> = new Set<AttributeType>(['Actual', 'Target', 'MinSet', 'MaxSet']);

/** AttributeEnumType (OCPP 2.0.1 Part 2 §3.3); Actual when absent. */
export function readAttributeType(value: unknown): AttributeType {
  return TYPES.has(value) ? (value as AttributeType) : 'Actual';
}
