import { byContent } from '../../ocpp-j/outcome.ts';
import type { Ocpp16Command } from '../command.ts';

/** GetConfiguration (OCPP 1.6 §6.23). The answer has no status; without names it is everything the station knows. */
export const getVariables: Ocpp16Command<'get-variables', 'GetConfiguration'> = {
  command: 'get-variables',
  action: 'GetConfiguration',
  toCalls: ({ payload }) => [{ key: payload.variables?.map(({ variable }) => variable) }],
  toOutcome: byContent(({ configurationKey, unknownKey }) => [configurationKey, unknownKey].every(isListOrAbsent)),
  fromPayload: ({ key }) => ({
    action: 'get-variables',
    payload: { variables: key?.map((variable) => ({ variable })) },
  }),
};

function isListOrAbsent(value: unknown): boolean {
  return value === undefined || value === null || Array.isArray(value);
}
