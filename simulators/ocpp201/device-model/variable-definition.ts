import type { ReportData } from '../types.ts';

export type DataType = NonNullable<ReportData['variableCharacteristics']>['dataType'];

/** What a variable is: its first value, and what may be done with it (OCPP 2.0.1, part 1, 4). */
export interface VariableDefinition {
  readonly value: string;
  readonly dataType: DataType;
  /** ReadWrite when absent. */
  readonly mutability?: 'ReadOnly' | 'WriteOnly';
  readonly unit?: string;
  /** Of a number, or of the length of a text or a list. */
  readonly min?: number;
  readonly max?: number;
  /** Members of a list, or the options. */
  readonly values?: readonly string[];
  /** A change counts from the next boot on and is answered with RebootRequired. */
  readonly rebootRequired?: boolean;
  readonly monitorable?: boolean;
}

type Rest = Omit<VariableDefinition, 'value' | 'dataType'>;

export const integer = (value: number, rest: Rest = {}): VariableDefinition => ({
  value: String(value),
  dataType: 'integer',
  min: 0,
  max: 2_147_483,
  ...rest,
});
export const seconds = (value: number, rest: Rest = {}): VariableDefinition => integer(value, { unit: 's', ...rest });
export const flag = (value: boolean, rest: Rest = {}): VariableDefinition => ({
  value: String(value),
  dataType: 'boolean',
  ...rest,
});
export const text = (value: string, rest: Rest = {}): VariableDefinition => ({ value, dataType: 'string', ...rest });
export const members = (value: string, values: readonly string[], rest: Rest = {}): VariableDefinition => ({
  value,
  dataType: 'MemberList',
  values,
  ...rest,
});
export const option = (value: string, values: readonly string[], rest: Rest = {}): VariableDefinition => ({
  value,
  dataType: 'OptionList',
  values,
  ...rest,
});
export const READ_ONLY = { mutability: 'ReadOnly' } as const;

const DEFAULT_MAX_LENGTH = 1000;

/** Whether a variable takes a value. */
export function fits(definition: VariableDefinition, value: string): boolean {
  const { dataType, min = 0, max = DEFAULT_MAX_LENGTH, values } = definition;
  switch (dataType) {
    case 'integer':
      return /^-?\d{1,10}$/.test(value) && Number(value) >= min && Number(value) <= max;
    case 'decimal':
      return value.trim() !== '' && Number.isFinite(Number(value)) && Number(value) >= min && Number(value) <= max;
    case 'boolean':
      return /^(true|false)$/i.test(value);
    case 'string':
      return value.length >= min && value.length <= max;
    case 'dateTime':
      return Number.isFinite(Date.parse(value));
    case 'OptionList':
      return values === undefined || values.includes(value);
    case 'MemberList':
    case 'SequenceList': {
      const parts = splitList(value);
      if (parts.length < min || parts.length > max || new Set(parts).size !== parts.length) return false;
      return values === undefined || parts.every((part) => values.includes(part));
    }
  }
}

/** The members of a list's value. */
export function splitList(value: string): string[] {
  return value
    .split(',')
    .map((member) => member.trim())
    .filter((member) => member !== '');
}
