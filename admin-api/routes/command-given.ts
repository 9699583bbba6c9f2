import type { CommandView } from '@voltpile/csms/contract/operator-ports';
import type { WriteResult } from '../http/route.ts';
import { commandView } from '../schemas/command.ts';

/** The answers of a route that gives a station a command. */
export const commandGivenResponses = {
  202: { description: 'On its way.', schema: commandView, headers: { Location: 'Where the command is.' } },
};

/** Says that a command is on its way, and writes it down. */
export function commandGiven(
  stationId: string,
  command: CommandView,
  auditAction: 'station.command' | 'station.raw-call' = 'station.command',
): WriteResult {
  return {
    status: 202,
    json: command,
    headers: { Location: `/api/v1/commands/${command.id}` },
    audit: {
      action: auditAction,
      objectType: 'station',
      objectId: stationId,
      // From the command, not from the request: there, secrets are masked.
      after: { commandId: command.id, action: command.action, payload: command.payload },
    },
  };
}
