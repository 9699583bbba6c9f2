import { invalidOption } from '../../station/errors.ts';
import type { CentralRequest, CentralResponse, Component, ComponentVariable, ReportData, Variable } from '../types.ts';
import { fits, splitList, type VariableDefinition } from './variable-definition.ts';
import { PART_VARIABLES, type PartVariableKey, VARIABLES, type VariableKey } from './variables.ts';

type GetData = CentralRequest<'GetVariables'>['getVariableData'][number];
type GetResult = CentralResponse<'GetVariables'>['getVariableResult'][number];
type SetData = CentralRequest<'SetVariables'>['setVariableData'][number];
export type SetStatus = CentralResponse<'SetVariables'>['setVariableResult'][number]['attributeStatus'];

/** One variable of one component. */
export interface DeviceVariable {
  readonly component: Component;
  readonly variable: Variable;
  readonly definition: VariableDefinition;
  /** Undefined for variables of an EVSE or a connector. */
  readonly key: VariableKey | undefined;
  /** The EVSE that it belongs to. */
  readonly evseId: number | undefined;
  read(): string;
}

/** Where values come from that are worked out, and who has a say in changes. */
export interface DeviceModelHost {
  readonly evseCount: number;
  /** The value of a variable that changes by itself; undefined when the stored one counts. */
  live(key: VariableKey): string | undefined;
  livePart(key: PartVariableKey, evseId: number): string;
  /** Whether a value that fits is also possible now. */
  allows(key: VariableKey, value: string): boolean;
}

interface Names {
  readonly component: string;
  readonly variable: Variable;
}

/** The station's components and variables (OCPP 2.0.1, B05–B08): kept over reboots and power cuts. Names are found without regard to case. */
export class DeviceModel {
  readonly #host: DeviceModelHost;
  /** Only what differs from the shared table. */
  readonly #changed = new Map<VariableKey, string>();
  /** Accepted with RebootRequired, in force from the next boot. */
  readonly #afterReboot = new Map<VariableKey, string>();
  /** Made when somebody asks first: most stations of a fleet are never asked. */
  #all: ReadonlyMap<string, DeviceVariable> | undefined;

  /** @throws invalidOption for an unknown variable or a value that does not fit; read-only ones may be set here */
  constructor(host: DeviceModelHost, initial: Readonly<Record<string, string>> = {}) {
    this.#host = host;
    for (const [key, value] of Object.entries(initial)) {
      if (!isVariableKey(key)) throw invalidOption({ option: 'configuration', reason: `unknown variable ${key}` });
      if (!fits(VARIABLES[key], value)) {
        throw invalidOption({ option: 'configuration', reason: `${key} does not take this value` });
      }
      this.#changed.set(key, value);
    }
  }

  text(key: VariableKey): string {
    return this.#host.live(key) ?? this.#changed.get(key) ?? VARIABLES[key].value;
  }

  integer(key: VariableKey): number {
    return Number(this.text(key));
  }

  flag(key: VariableKey): boolean {
    return this.text(key).toLowerCase() === 'true';
  }

  list(key: VariableKey): string[] {
    return splitList(this.text(key));
  }

  /** The largest value that a variable may have, as its characteristics tell. */
  max(key: VariableKey): number {
    return (VARIABLES[key] as VariableDefinition).max ?? Number.POSITIVE_INFINITY;
  }

  /** Sets a value from inside (a boot answer), without the rules for SetVariables. */
  set(key: VariableKey, value: string): void {
    this.#changed.set(key, value);
  }

  /** Changes a value by the rules for SetVariables. */
  change(key: VariableKey, value: string): 'Accepted' | 'Rejected' | 'RebootRequired' {
    const definition: VariableDefinition = VARIABLES[key];
    if (definition.mutability === 'ReadOnly' || !fits(definition, value) || !this.#host.allows(key, value)) {
      return 'Rejected';
    }
    if (definition.rebootRequired === true) {
      this.#afterReboot.set(key, value);
      return 'RebootRequired';
    }
    // A secret is used, not kept to be read.
    if (definition.mutability !== 'WriteOnly') this.#changed.set(key, value);
    return 'Accepted';
  }

  /** Puts what waited for a reboot in force. */
  rebooted(): void {
    for (const [key, value] of this.#afterReboot) this.#changed.set(key, value);
    this.#afterReboot.clear();
  }

  /** Every variable, in the order of the table. */
  all(): readonly DeviceVariable[] {
    return [...this.#variables().values()];
  }

  find(component: Component, variable: Variable): DeviceVariable | 'UnknownComponent' | 'UnknownVariable' {
    const found = this.#variables().get(place(component, variable));
    if (found !== undefined) return found;
    const sameComponent = this.all().some((other) => isSameComponent(other.component, component));
    return sameComponent ? 'UnknownVariable' : 'UnknownComponent';
  }

  /** What GetVariables answers about one variable. */
  get({ component, variable, attributeType }: GetData): GetResult {
    const echo = { component, variable, ...(attributeType === undefined ? {} : { attributeType }) };
    const found = this.find(component, variable);
    if (typeof found === 'string') return { ...echo, attributeStatus: found };
    if (attributeType !== undefined && attributeType !== 'Actual') {
      return { ...echo, attributeStatus: 'NotSupportedAttributeType' };
    }
    if (found.definition.mutability === 'WriteOnly') return { ...echo, attributeStatus: 'Rejected' };
    return { ...echo, attributeStatus: 'Accepted', attributeValue: found.read().slice(0, 2500) };
  }

  /** What SetVariables does and answers about one variable. */
  setAttribute({ component, variable, attributeType, attributeValue }: SetData): {
    readonly status: SetStatus;
    readonly key?: VariableKey | undefined;
  } {
    const found = this.find(component, variable);
    if (typeof found === 'string') return { status: found };
    if (attributeType !== undefined && attributeType !== 'Actual') return { status: 'NotSupportedAttributeType' };
    if (found.key === undefined) return { status: 'Rejected' };
    return { status: this.change(found.key, attributeValue), key: found.key };
  }

  #variables(): ReadonlyMap<string, DeviceVariable> {
    this.#all ??= this.#build();
    return this.#all;
  }

  #build(): ReadonlyMap<string, DeviceVariable> {
    const all = new Map<string, DeviceVariable>();
    const add = (entry: DeviceVariable) => all.set(place(entry.component, entry.variable), entry);
    for (const key of Object.keys(VARIABLES) as VariableKey[]) {
      const { component, variable } = namesOf(key);
      const definition: VariableDefinition = VARIABLES[key];
      const read = () => this.text(key);
      add({ component: { name: component }, variable, definition, key, evseId: undefined, read });
    }
    for (let evseId = 1; evseId <= this.#host.evseCount; evseId += 1) {
      for (const key of Object.keys(PART_VARIABLES) as PartVariableKey[]) {
        const { component: name, variable } = namesOf(key);
        const evse = name === 'Connector' ? { id: evseId, connectorId: 1 } : { id: evseId };
        const read = () => this.#host.livePart(key, evseId);
        add({ component: { name, evse }, variable, definition: PART_VARIABLES[key], key: undefined, evseId, read });
      }
    }
    return all;
  }
}

/** A variable as NotifyReport tells it. */
export function toReportData({ component, variable, definition, read }: DeviceVariable): ReportData {
  const { dataType, mutability = 'ReadWrite', unit, min, max, values, monitorable } = definition;
  const isNumber = dataType === 'integer' || dataType === 'decimal';
  return {
    component,
    variable,
    variableAttribute: [
      {
        type: 'Actual',
        mutability,
        persistent: true,
        constant: false,
        ...(mutability === 'WriteOnly' ? {} : { value: read().slice(0, 2500) }),
      },
    ],
    variableCharacteristics: {
      dataType,
      supportsMonitoring: monitorable === true,
      ...(unit === undefined ? {} : { unit }),
      ...(isNumber && min !== undefined ? { minLimit: min } : {}),
      ...(max === undefined ? {} : { maxLimit: max }),
      ...(values === undefined ? {} : { valuesList: values.join(',') }),
    },
  };
}

/** Whether a variable is one of those asked for; without a variable's name all of the component are. */
export function isAskedFor(entry: DeviceVariable, asked: readonly ComponentVariable[]): boolean {
  return asked.some(({ component, variable }) => {
    const isComponent =
      entry.component.name.toLowerCase() === component.name.toLowerCase() &&
      (component.instance === undefined || component.instance === entry.component.instance) &&
      (component.evse === undefined ||
        (entry.component.evse?.id === component.evse.id &&
          (component.evse.connectorId === undefined ||
            component.evse.connectorId === entry.component.evse.connectorId)));
    return (
      isComponent &&
      (variable === undefined ||
        (entry.variable.name.toLowerCase() === variable.name.toLowerCase() &&
          (variable.instance === undefined || variable.instance === entry.variable.instance)))
    );
  });
}

export function isVariableKey(key: string): key is VariableKey {
  return Object.hasOwn(VARIABLES, key);
}

/** `Component.Variable[instance]` taken apart. */
function namesOf(key: string): Names {
  const [, component = '', name = '', instance] = /^([^.]+)\.([^[]+)(?:\[(.+)\])?$/.exec(key) ?? [];
  return { component, variable: instance === undefined ? { name } : { name, instance } };
}

function place(component: Component, variable: Variable): string {
  return JSON.stringify([
    component.name,
    component.instance,
    component.evse?.id,
    component.evse?.connectorId,
    variable.name,
    variable.instance,
  ]).toLowerCase();
}

function isSameComponent(a: Component, b: Component): boolean {
  return place(a, { name: '' }) === place(b, { name: '' });
}
