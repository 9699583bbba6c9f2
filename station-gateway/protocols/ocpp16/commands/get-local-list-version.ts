import { withFacts } from '../../ocpp-j/facts.ts';
import { byContent } from '../../ocpp-j/outcome.ts';
import type { Ocpp16Command } from '../command.ts';

/** GetLocalListVersion (OCPP 1.6 §6.27). The answer has no status, only the version: 0 for none, -1 for not supported. */
export const getLocalListVersion: Ocpp16Command<'get-local-list-version', 'GetLocalListVersion'> = {
  command: 'get-local-list-version',
  action: 'GetLocalListVersion',
  toCalls: () => [{}],
  toOutcome: withFacts(
    byContent(({ listVersion }) => Number.isInteger(listVersion)),
    ({ listVersion }) =>
      Number.isInteger(listVersion) ? { kind: 'local-list-version', versionNumber: listVersion as number } : undefined,
  ),
  fromPayload: () => ({ action: 'get-local-list-version', payload: {} }),
};
