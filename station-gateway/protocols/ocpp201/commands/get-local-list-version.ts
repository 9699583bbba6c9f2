import { withFacts } from '../../ocpp-j/facts.ts';
import { byContent } from '../../ocpp-j/outcome.ts';
import type { Ocpp201Command } from '../command.ts';

/** GetLocalListVersion (OCPP 2.0.1 Part 2 §1.25; D02). The answer has no status, only the version: 0 for none. */
export const getLocalListVersion: Ocpp201Command<'get-local-list-version', 'GetLocalListVersion'> = {
  command: 'get-local-list-version',
  action: 'GetLocalListVersion',
  toCalls: () => [{}],
  toOutcome: withFacts(
    byContent(({ versionNumber }) => Number.isInteger(versionNumber)),
    ({ versionNumber }) =>
      Number.isInteger(versionNumber)
        ? { kind: 'local-list-version', versionNumber: Math.max(0, versionNumber as number) }
        : undefined,
  ),
  fromPayload: () => ({ action: 'get-local-list-version', payload: {} }),
};
