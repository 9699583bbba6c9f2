import type { ComponentName, VariableName } from '../contract/station-port.ts';
import { cutText } from '../persistence/storable-text.ts';
import { storableNumber } from '../transactions/claimed-time.ts';

/** Twice what OCPP allows. Keys of names that long still fit into an index. */
const MAX_NAME_LENGTH = 100;
/** Parts the pieces of a key; no name holds it, because control characters in names become blanks in the key. */
const SEPARATOR = '\u001f';

/** A component and one of its variables, as stored. */
export interface DeviceName {
  /** The folded name: the same for every spelling that means the same variable. */
  readonly key: string;
  readonly componentName: string;
  readonly componentInstance: string | null;
  readonly evseId: number | null;
  readonly connectorId: number | null;
  readonly variableName: string;
  readonly variableInstance: string | null;
  /** What was odd about it. */
  readonly flags: readonly string[];
}

/**
 * Takes a name as the station gives it. Names are compared without regard to case (OCPP 2.0.1 part 2, identifierString); an instance that
 * is an empty text is none. What is longer than we keep is cut and flagged `text-cut:name`; a number that cannot be one is left out and
 * flagged `number-odd:name`.
 */
export function deviceName(component: ComponentName, variable: VariableName): DeviceName {
  const flags = new Set<string>();
  const text = (value: string): string => cutText(value, MAX_NAME_LENGTH, () => flags.add('text-cut:name'));
  const instance = (value: string | null | undefined): string | null =>
    value === undefined || value === null || value === '' ? null : text(value);
  const number = (value: number | null | undefined): number | null => {
    if (value === undefined || value === null) return null;
    const storable = storableNumber(value);
    if (storable === undefined) flags.add('number-odd:name');
    return storable ?? null;
  };
  const name = {
    componentName: text(component.name),
    componentInstance: instance(component.instance),
    evseId: number(component.evseId),
    connectorId: number(component.connectorId),
    variableName: text(variable.name),
    variableInstance: instance(variable.instance),
  };
  const key = [
    name.componentName,
    name.componentInstance,
    // Numbers of the same length sort as numbers do.
    name.evseId === null ? '' : String(name.evseId).padStart(10, '0'),
    name.connectorId === null ? '' : String(name.connectorId).padStart(10, '0'),
    name.variableName,
    name.variableInstance,
  ];
  return { key: key.map(folded).join(SEPARATOR), ...name, flags: [...flags] };
}

function folded(text: string | null): string {
  return (text ?? '').toLowerCase().replace(/\p{Cc}/gu, ' ');
}
