import { defineError } from '@voltpile/kernel/errors';
import { OCPP16_ACTIONS } from './actions/ocpp16.ts';
import { OCPP21_ACTIONS } from './actions/ocpp21.ts';
import { OCPP201_ACTIONS } from './actions/ocpp201.ts';
import type { ActionEntry } from './actions/types.ts';
import { type Frame, type MessageId, parseFrame } from './rpc/frames.ts';
import type { OcppVersion } from './rpc/types.ts';
import { findAllProblems, type Problem, warmUp } from './validator.ts';

export const notAMessage = defineError('ocpp.not_a_message', 'InvalidArgument', 'not a message of OCPP-J: {reason}');

/** A message for people at a station. */
export interface InspectedMessage {
  readonly protocol: 'ocpp';
  readonly messageType: 'CALL' | 'CALLRESULT' | 'CALLERROR' | 'CALLRESULTERROR' | 'SEND';
  readonly messageId: MessageId;
  readonly action?: string;
  readonly payload: unknown;
  /** Versions in which it is valid; of an answer nobody can tell. */
  readonly versions: readonly OcppVersion[];
  /** What is wrong with it in the other versions that have the action. */
  readonly problems?: Readonly<Partial<Record<OcppVersion, readonly Problem[]>>>;
}

const TABLES: readonly (readonly [OcppVersion, readonly ActionEntry[]])[] = [
  ['ocpp1.6', OCPP16_ACTIONS],
  ['ocpp2.0.1', OCPP201_ACTIONS],
  ['ocpp2.1', OCPP21_ACTIONS],
];

const TYPES: Readonly<Record<Exclude<Frame['type'], 'malformed'>, InspectedMessage['messageType']>> = {
  call: 'CALL',
  'call-result': 'CALLRESULT',
  'call-error': 'CALLERROR',
  'call-result-error': 'CALLRESULTERROR',
  send: 'SEND',
};

/**
 * Reads one message whatever its version, and tells in which versions it is valid.
 *
 * @throws ocpp.not_a_message
 */
export async function inspectOcpp(text: string): Promise<InspectedMessage> {
  // The newest version knows every type of message.
  const frame = parseFrame(text, 'ocpp2.1');
  if (frame.type === 'malformed') throw notAMessage({ reason: frame.detail });
  const head = { protocol: 'ocpp', messageType: TYPES[frame.type], messageId: frame.messageId } as const;
  switch (frame.type) {
    case 'call-result':
      return { ...head, payload: frame.payload, versions: [] };
    case 'call-error':
    case 'call-result-error': {
      const { code, description, details } = frame;
      return { ...head, payload: { code, description, details }, versions: [] };
    }
    default:
      return { ...head, action: frame.action, payload: frame.payload, ...(await versionsOf(frame)) };
  }
}

async function versionsOf({ type, action, payload }: Extract<Frame, { type: 'call' | 'send' }>) {
  const versions: OcppVersion[] = [];
  const problems: Partial<Record<OcppVersion, readonly Problem[]>> = {};
  for (const [version, table] of TABLES) {
    const entry = table.find((one) => one.action === action);
    if (entry === undefined || (entry.isSend === true) !== (type === 'send')) continue;
    await warmUp(version);
    const invalid = findAllProblems(version, action, payload);
    if (invalid === null) versions.push(version);
    else problems[version] = invalid.problems;
  }
  return Object.keys(problems).length === 0 ? { versions } : { versions, problems };
}
