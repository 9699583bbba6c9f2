import type { CommandPayload } from '@voltpile/csms/contract/commands';
import type { Ocpp201Request } from '@voltpile/ocpp/actions/ocpp201-payloads';
import { fromComponent, toComponent } from './component-names.ts';

type Neutral = CommandPayload<'get-report'>['componentVariables'];
type ComponentVariables = Ocpp201Request<'GetReport'>['componentVariable'];

/** ComponentVariableType[] (OCPP 2.0.1 Part 2 §2.17): which components and variables a report is to be about. */
export function toComponentVariables(wanted: Neutral): ComponentVariables {
  return wanted?.map(({ component, variable, instance }) => ({
    component: toComponent(component),
    ...(variable === undefined ? {} : { variable: { name: variable, instance } }),
  }));
}

export function fromComponentVariables(wanted: ComponentVariables): Neutral {
  return wanted?.map(({ component, variable }) => ({
    component: fromComponent(component),
    variable: variable?.name,
    instance: variable?.instance,
  }));
}
