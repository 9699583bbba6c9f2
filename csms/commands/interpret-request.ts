import { defineError } from '@voltpile/kernel/errors';
import type * as z from 'zod';
import { COMMAND_PAYLOADS, type CommandAction, type GivenCommand } from '../contract/commands.ts';
import type { StationLink } from '../contract/station-link.ts';

export const unknownAction = defineError('command.unknown_action', 'InvalidArgument', 'There is no command {action}.');
export const invalidPayload = defineError(
  'command.invalid_payload',
  'InvalidArgument',
  'The payload of {action} is not valid.',
);
export const dialectUnknown = defineError(
  'command.dialect_unknown',
  'FailedPrecondition',
  'Station {stationId} has never been connected: which actions of its own it has is not known.',
);
export const gatewayMissing = defineError(
  'command.gateway_missing',
  'Unavailable',
  'No gateway is there to read the station’s own actions; try again later.',
);

const MAX_PROBLEMS = 20;

/**
 * Reads what a caller asks for: a neutral action, checked against its schema, or an action of the station's own dialect, which the gateway
 * reads and, where there is one, translates into its neutral twin.
 *
 * @throws InvalidArgument `command.unknown_action`, `command.invalid_payload` (with `problems`); FailedPrecondition
 *   `command.dialect_unknown`; Unavailable `command.gateway_missing`
 */
export async function interpretRequest(
  link: StationLink | undefined,
  station: { readonly id: string; readonly protocol: string | null },
  request: { readonly action: string; readonly payload: unknown },
): Promise<GivenCommand> {
  const { action, payload } = request;
  if (isNeutral(action)) {
    const read = COMMAND_PAYLOADS[action].safeParse(payload);
    if (!read.success) {
      const problems = read.error.issues.flatMap(toProblems);
      throw invalidPayload({ action, problems: problems.slice(0, MAX_PROBLEMS) });
    }
    return { action, payload: read.data } as GivenCommand;
  }
  if (action.length > 100) throw unknownAction({ action: action.slice(0, 100) });
  if (station.protocol === null) throw dialectUnknown({ stationId: station.id });
  if (link === undefined) throw gatewayMissing();
  const read = await link.interpret(station.protocol, action, payload);
  switch (read.kind) {
    case 'command':
    case 'raw':
      return read.command;
    case 'unknown-action':
      throw unknownAction({ action });
    case 'invalid':
      throw invalidPayload({ action, problems: read.problems.slice(0, MAX_PROBLEMS) });
  }
}

/** A field that does not exist is named by its own path, not by the object's that it stands in. */
function toProblems(issue: z.core.$ZodIssue): string[] {
  const path = issue.path.map((part) => `/${String(part)}`).join('');
  if (issue.code !== 'unrecognized_keys') return [`${path === '' ? '/' : path} ${issue.message}`];
  return issue.keys.map((key) => `${path}/${key} There is no such field.`);
}

function isNeutral(action: string): action is CommandAction {
  return Object.hasOwn(COMMAND_PAYLOADS, action);
}
