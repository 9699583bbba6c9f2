import type { CommandFacts } from '@voltpile/csms/contract/station-link';
import { FLAT_COMPONENT, type VariableAttribute } from '@voltpile/csms/contract/station-port';
import { chunked } from '../../ocpp-j/chunks.ts';
import { byContent } from '../../ocpp-j/outcome.ts';
import { asFields, asList, readName } from '../../ocpp-j/values/fields.ts';
import { worstStatus } from '../../ocpp-j/worst.ts';
import type { Ocpp16Command } from '../command.ts';
import { findUnflat } from '../values/flat-names.ts';

/** Longer than any value that a station may write (§7.29: 500), shorter than what would fill the database. */
const MAX_VALUE = 2500;

const outcomeOfOne = byContent(({ configurationKey, unknownKey }) =>
  [configurationKey, unknownKey].every(isListOrAbsent),
);

/**
 * GetConfiguration (OCPP 1.6 §6.23), in as many messages as the station needs (GetConfigurationMaxKeys, §9.1.8). The answer has no status;
 * without names it is everything the station knows.
 */
export const getVariables: Ocpp16Command<'get-variables', 'GetConfiguration'> = {
  command: 'get-variables',
  action: 'GetConfiguration',
  toCalls: ({ payload: { variables }, itemsPerMessage }) => {
    const unflat = findUnflat(variables);
    if (unflat !== undefined) return unflat;
    const keys = variables?.map(({ variable }) => variable);
    return keys === undefined || keys.length === 0 || itemsPerMessage === undefined
      ? [{ key: keys }]
      : chunked(keys, itemsPerMessage).map((key) => ({ key }));
  },
  toOutcome: (answers) => {
    const parts = answers.map((answer) => ({ answer, ...outcomeOfOne([answer]) }));
    const told = answers.map((answer) => (answer.kind === 'result' ? asFields(answer.payload) : {}));
    const configurationKey = told.flatMap((each) => asList(each.configurationKey));
    const unknownKey = told.flatMap((each) => (Array.isArray(each.unknownKey) ? each.unknownKey : []));
    const problem = parts.find(({ status }) => status !== 'accepted');
    const [first] = parts;
    return {
      status: worstStatus(parts),
      response: parts.length === 1 ? first?.response : { ...asFields(problem?.response), configurationKey, unknownKey },
      ...(answers.some(({ kind }) => kind === 'result') ? { facts: toFacts(configurationKey, unknownKey) } : {}),
    };
  },
  fromPayload: ({ key }) => ({
    action: 'get-variables',
    payload: { variables: key?.map((variable) => ({ variable })) },
  }),
};

function isListOrAbsent(value: unknown): boolean {
  return value === undefined || value === null || Array.isArray(value);
}

function toFacts(configurationKey: readonly unknown[], unknownKey: readonly unknown[]): CommandFacts {
  const component = { name: FLAT_COMPONENT };
  return {
    kind: 'variables',
    variables: configurationKey.flatMap((item) => {
      const { key, readonly, value } = asFields(item);
      const name = readName(key);
      if (name === undefined) return [];
      const text = readValue(value);
      const attribute: VariableAttribute = {
        type: 'Actual',
        ...(typeof readonly === 'boolean' ? { mutability: readonly ? 'ReadOnly' : 'ReadWrite' } : {}),
        ...(text === undefined ? {} : { value: text }),
      };
      return [{ component, variable: { name }, attributes: [attribute] }];
    }),
    unknown: unknownKey.flatMap((key) => {
      const name = readName(key);
      return name === undefined ? [] : [{ component, variable: { name } }];
    }),
  };
}

/** A value as it is; some stations write numbers and truth values without the quotes. */
function readValue(value: unknown): string | undefined {
  if (typeof value === 'string') return value.slice(0, MAX_VALUE);
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}
