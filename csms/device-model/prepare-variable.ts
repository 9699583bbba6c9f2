import type { Instant } from '@voltpile/kernel/clock';
import type { DeviceVariable, VariableAttribute, VariableCharacteristics } from '../contract/station-port.ts';
import { cutText } from '../persistence/storable-text.ts';
import { type DeviceName, deviceName } from './device-name.ts';
import { shownValue } from './shown-value.ts';

/** Four types exist; room for what nobody has heard of. */
const MAX_ATTRIBUTES = 8;
const MAX_WORD_LENGTH = 50;
const MAX_LIST_LENGTH = 2500;

export interface PreparedCharacteristics {
  readonly dataType: string | null;
  readonly unit: string | null;
  readonly minLimit: string | null;
  readonly maxLimit: string | null;
  readonly valuesList: string | null;
  readonly supportsMonitoring: boolean | null;
}

export interface PreparedAttribute {
  readonly type: string;
  /** Null: not told. Secrets masked. */
  readonly value: string | null;
  readonly valueCut: boolean;
  readonly valueAt: Instant;
  readonly mutability: string | null;
  readonly persistent: boolean | null;
  readonly constant: boolean | null;
}

/** A variable ready to be stored. */
export interface PreparedVariable {
  readonly name: DeviceName;
  readonly characteristics: PreparedCharacteristics | null;
  readonly attributes: readonly PreparedAttribute[];
  readonly flags: readonly string[];
}

/** Takes a variable as the station tells it: see {@link deviceName} and {@link shownValue}. */
export function prepareVariable(given: DeviceVariable, valueAt: Instant): PreparedVariable {
  const name = deviceName(given.component, given.variable);
  const flags = new Set(name.flags);
  const text = (field: string, value: string | null | undefined, maxLength: number): string | null =>
    value === undefined || value === null ? null : cutText(value, maxLength, () => flags.add(`text-cut:${field}`));
  const attributes = given.attributes.slice(0, MAX_ATTRIBUTES).map((attribute) => {
    const prepared = prepareAttribute(name, attribute, valueAt);
    if (prepared.valueCut) flags.add('text-cut:value');
    return prepared;
  });
  if (given.attributes.length > MAX_ATTRIBUTES) flags.add('too-many-attributes');
  const characteristics = prepareCharacteristics(given.characteristics, text);
  return { name, characteristics, attributes, flags: [...flags] };
}

function prepareAttribute(name: DeviceName, attribute: VariableAttribute, valueAt: Instant): PreparedAttribute {
  const { value, mutability, persistent, constant } = attribute;
  const word = (text: string): string => cutText(text, MAX_WORD_LENGTH, () => {});
  const shown = value === undefined || value === null ? null : shownValue(name, value);
  return {
    type: word(attribute.type),
    value: shown?.value ?? null,
    valueCut: shown?.cut ?? false,
    valueAt,
    mutability: mutability === undefined || mutability === null ? null : word(mutability),
    persistent: persistent ?? null,
    constant: constant ?? null,
  };
}

function prepareCharacteristics(
  given: VariableCharacteristics | undefined,
  text: (field: string, value: string | null | undefined, maxLength: number) => string | null,
): PreparedCharacteristics | null {
  if (given === undefined || given === null) return null;
  return {
    dataType: text('dataType', given.dataType, MAX_WORD_LENGTH),
    unit: text('unit', given.unit, MAX_WORD_LENGTH),
    minLimit: text('minLimit', given.minLimit, MAX_WORD_LENGTH),
    maxLimit: text('maxLimit', given.maxLimit, MAX_WORD_LENGTH),
    valuesList: text('valuesList', given.valuesList, MAX_LIST_LENGTH),
    supportsMonitoring: given.supportsMonitoring ?? null,
  };
}
