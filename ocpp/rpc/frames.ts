import { readErrorCode, spellErrorCode } from './error-codes.ts';
import type { OcppVersion, RpcErrorCode, RpcProblem } from './types.ts';

/**
 * OCPP-J text frames (OCPP-J 1.6 §4.2, OCPP 2.0.1 Part 4 §4.2): one JSON array whose first element is the message type.
 *
 * What is let pass beyond the specification, because stations in the field do it: numbers as message ids (echoed as numbers), ids of
 * up to 255 characters in place of 36, superfluous elements, a missing or null payload (the validator judges payloads), and any type
 * for an error's description and details.
 */
export type Frame =
  | { readonly type: 'call'; readonly messageId: MessageId; readonly action: string; readonly payload: unknown }
  | { readonly type: 'call-result'; readonly messageId: MessageId; readonly payload: unknown }
  | CallErrorFrame<'call-error'>
  /** 2.1 only: the station could not use our CALLRESULT. */
  | CallErrorFrame<'call-result-error'>
  /** 2.1 only: a CALL that is never answered. */
  | { readonly type: 'send'; readonly messageId: MessageId; readonly action: string; readonly payload: unknown }
  | MalformedFrame;

/** As it stood in the frame: an id is given back in the type in which it came. */
export type MessageId = string | number;

interface CallErrorFrame<T extends string> {
  readonly type: T;
  readonly messageId: MessageId;
  /** An {@link RpcErrorCode} when the word is known in any spelling, else the word itself. */
  readonly code: string;
  readonly description: string;
  readonly details: unknown;
}

export interface MalformedFrame {
  readonly type: 'malformed';
  readonly problem: RpcProblem['kind'];
  /** For the log; holds nothing of the frame's content. */
  readonly detail: string;
  /** Null when it could not be read. */
  readonly messageId: MessageId | null;
  /** False for what is meant as an answer or needs none: a CALLERROR may only ever answer a CALL. */
  readonly answerable: boolean;
}

/** The specification's limit of a message id. */
export const MESSAGE_ID_LENGTH = 36;
/** What we still answer. */
export const MESSAGE_ID_LENGTH_TOLERATED = 255;
/** The specification's limit of an error description. */
export const DESCRIPTION_LENGTH = 255;

const CALL = 2;
const CALLRESULT = 3;
const CALLERROR = 4;
const CALLRESULTERROR = 5;
const SEND = 6;

/** Reads one text frame. Never throws: what cannot be read is a `malformed` frame that says why. */
export function parseFrame(text: string, version: OcppVersion): Frame {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return malformed('not-json', 'the frame is not JSON', null, true);
  }
  if (!Array.isArray(message)) return malformed('not-a-message', 'the frame is not a JSON array', null, true);
  const type: unknown = message[0];
  if (typeof type !== 'number') return malformed('not-a-message', 'the frame has no message type', null, true);
  const messageId = readMessageId(message[1]);
  const isNew = type === CALLRESULTERROR || type === SEND;
  if (type < CALL || type > SEND || !Number.isInteger(type) || (isNew && version !== 'ocpp2.1')) {
    // 5 and 6 of a later version are an answer and a one-way message: neither is ever answered.
    return malformed('unknown-message-type', `message type ${type} is not known in ${version}`, messageId, !isNew);
  }
  if (messageId === null) {
    return malformed('bad-message-id', 'the message id is not a string of at most 255 characters', null, type === CALL);
  }
  if (type === CALLRESULT) return { type: 'call-result', messageId, payload: message[2] };
  const word: unknown = message[2];
  if (type === CALL || type === SEND) {
    if (typeof word !== 'string') {
      return malformed('not-a-message', 'the action is not a string', messageId, type === CALL);
    }
    return { type: type === CALL ? 'call' : 'send', messageId, action: word, payload: message[3] };
  }
  return {
    type: type === CALLERROR ? 'call-error' : 'call-result-error',
    messageId,
    code: typeof word === 'string' ? (readErrorCode(word) ?? shorten(word)) : 'GenericError',
    description: typeof message[3] === 'string' ? shorten(message[3]) : '',
    details: message[4],
  };
}

function malformed(
  problem: RpcProblem['kind'],
  detail: string,
  messageId: MessageId | null,
  answerable: boolean,
): MalformedFrame {
  return { type: 'malformed', problem, detail, messageId, answerable };
}

function readMessageId(value: unknown): MessageId | null {
  if (typeof value === 'string') return value.length <= MESSAGE_ID_LENGTH_TOLERATED ? value : null;
  return Number.isSafeInteger(value) ? (value as number) : null;
}

/** Whether the id keeps to the specification; others are answered all the same, and reported. */
export function isProperMessageId(messageId: MessageId): boolean {
  return typeof messageId === 'string' && messageId.length > 0 && messageId.length <= MESSAGE_ID_LENGTH;
}

/** CALL: `[2, id, action, payload]`. */
export function encodeCall(messageId: string, action: string, payload: object): string {
  return JSON.stringify([CALL, messageId, action, payload]);
}

/** CALLRESULT: `[3, id, payload]`. */
export function encodeCallResult(messageId: MessageId, payload: object): string {
  return JSON.stringify([CALLRESULT, messageId, payload]);
}

/** CALLERROR: `[4, id, code, description, {}]`. Details stay empty: they would tell the station our inside, or its own payload. */
export function encodeCallError(
  version: OcppVersion,
  messageId: MessageId,
  code: RpcErrorCode,
  description: string,
): string {
  return JSON.stringify([CALLERROR, messageId, spellErrorCode(version, code), shorten(description), {}]);
}

/** CALLRESULTERROR (2.1): `[5, id, code, description, {}]`. */
export function encodeCallResultError(messageId: MessageId, code: RpcErrorCode, description: string): string {
  return JSON.stringify([CALLRESULTERROR, messageId, spellErrorCode('ocpp2.1', code), shorten(description), {}]);
}

function shorten(text: string): string {
  return text.length <= DESCRIPTION_LENGTH ? text : `${text.slice(0, DESCRIPTION_LENGTH - 1)}…`;
}
