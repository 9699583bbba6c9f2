import type { CommandFacts } from '@voltpile/csms/contract/station-link';
import { FLAT_COMPONENT } from '@voltpile/csms/contract/station-port';
import { withFacts } from '../../ocpp-j/facts.ts';
import { byContent } from '../../ocpp-j/outcome.ts';
import { asFields, asList, readName, readText } from '../../ocpp-j/values/fields.ts';
import type { Ocpp16Command } from '../command.ts';
import { findUnflat } from '../values/flat-names.ts';

/** GetConfiguration (OCPP 1.6 §6.23). The answer has no status; without names it is everything the station knows. */
export const getVariables: Ocpp16Command<'get-variables', 'GetConfiguration'> = {
  command: 'get-variables',
  action: 'GetConfiguration',
  toCalls: ({ payload: { variables } }) =>
    findUnflat(variables) ?? [{ key: variables?.map(({ variable }) => variable) }],
  toOutcome: withFacts(
    byContent(({ configurationKey, unknownKey }) => [configurationKey, unknownKey].every(isListOrAbsent)),
    toFacts,
  ),
  fromPayload: ({ key }) => ({
    action: 'get-variables',
    payload: { variables: key?.map((variable) => ({ variable })) },
  }),
};

function isListOrAbsent(value: unknown): boolean {
  return value === undefined || value === null || Array.isArray(value);
}

function toFacts({ configurationKey, unknownKey }: Readonly<Record<string, unknown>>): CommandFacts {
  const component = { name: FLAT_COMPONENT };
  return {
    kind: 'variables',
    variables: asList(configurationKey).flatMap((item) => {
      const { key, readonly, value } = asFields(item);
      const name = readName(key);
      if (name === undefined) return [];
      const text = readText(value);
      const attribute = {
        type: 'Actual',
        mutability: readonly === true ? 'ReadOnly' : 'ReadWrite',
        ...(text === undefined ? {} : { value: text }),
      } as const;
      return [{ component, variable: { name }, attributes: [attribute] }];
    }),
    unknown: (Array.isArray(unknownKey) ? unknownKey : []).flatMap((key) => {
      const name = readName(key);
      return name === undefined ? [] : [{ component, variable: { name } }];
    }),
  };
}
