import type { ComponentName, VariableName } from '@voltpile/csms/contract/station-port';
import { asFields, readName } from '../../ocpp-j/values/fields.ts';
import { readEvse } from './evse.ts';

/** ComponentType (OCPP 2.0.1 Part 2 §2.16); undefined without a name. */
export function readComponent(value: unknown): ComponentName | undefined {
  const { name, instance, evse } = asFields(value);
  const text = readName(name);
  if (text === undefined) return undefined;
  const place = readEvse(evse);
  return {
    name: text,
    ...optional('instance', readName(instance)),
    ...optional('evseId', place?.evseId),
    ...optional('connectorId', place?.connectorId ?? undefined),
  };
}

/** VariableType (§2.54); undefined without a name. */
export function readVariable(value: unknown): VariableName | undefined {
  const { name, instance } = asFields(value);
  const text = readName(name);
  return text === undefined ? undefined : { name: text, ...optional('instance', readName(instance)) };
}

function optional<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]?: V });
}
