import type { ComponentName, VariableName } from '@voltpile/csms/contract/station-port';
import type { Ocpp201Request } from '@voltpile/ocpp/actions/ocpp201-payloads';

type Component201 = Ocpp201Request<'GetVariables'>['getVariableData'][number]['component'];
type Variable201 = Ocpp201Request<'GetVariables'>['getVariableData'][number]['variable'];

/** A variable as the neutral commands name it. */
export interface NamedVariable {
  readonly component?: ComponentName | undefined;
  readonly variable: string;
  readonly instance?: string | undefined;
}

export const COMPONENT_NEEDED = { unsendable: 'OCPP 2.0.1 needs the component of each variable.' } as const;

/** ComponentType (OCPP 2.0.1 Part 2 §2.16). */
export function toComponent({ name, instance, evseId, connectorId }: ComponentName): Component201 {
  return { name, instance, ...(evseId === undefined ? {} : { evse: { id: evseId, connectorId } }) };
}

/** VariableType (§2.54). */
export function toVariable({ name, instance }: VariableName): Variable201 {
  return { name, instance };
}

export function fromComponent({ name, instance, evse }: Component201): ComponentName {
  return { name, instance, evseId: evse?.id, connectorId: evse?.connectorId };
}

export function fromVariable({ component, variable }: { component: Component201; variable: Variable201 }) {
  return { component: fromComponent(component), variable: variable.name, instance: variable.instance };
}
