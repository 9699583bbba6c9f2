import type { StationKey } from '@voltpile/csms/contract/ids';
import type { Instant } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import { encodeCall, encodeCallError, encodeCallResult } from '@voltpile/ocpp/rpc/frames';
import type { CallOutcome, CallReply, InboundCall, OcppVersion } from '@voltpile/ocpp/rpc/types';
import type { ExchangeOutcome, LoggedExchange } from './exchange-log.ts';

/** Whose messages they are. */
export interface Talker {
  readonly station: StationKey;
  readonly identity: string;
  readonly organizationId: Uuid;
  readonly siteId: Uuid;
  readonly dialect: { readonly version: OcppVersion };
}

function about({ station, identity, organizationId, siteId, dialect }: Talker) {
  return { station, identity, organizationId, siteId, protocol: dialect.version };
}

/** A message of the station and our answer. */
export function messageExchange(
  talker: Talker,
  {
    call,
    receivedAt,
    oddities,
  }: { readonly call: InboundCall; readonly receivedAt: Instant; readonly oddities: readonly string[] },
  reply: CallReply,
  latencyMs: number,
): LoggedExchange {
  return {
    ...about(talker),
    direction: 'from-station',
    action: call.action,
    messageId: call.messageId,
    outcome: reply.kind,
    errorCode: reply.kind === 'error' ? reply.code : null,
    requestedAt: receivedAt,
    latencyMs: reply.kind === 'none' ? null : latencyMs,
    request: call.frame,
    response: written(() => encodeReply(talker.dialect.version, call.messageId, reply)),
    oddities,
  };
}

/** A message of ours and what came of it. */
export function commandExchange(
  talker: Talker,
  call: {
    readonly messageId: string;
    readonly action: string;
    readonly payload: object;
    readonly requestedAt: Instant;
  },
  outcome: CallOutcome,
  now: Instant,
): LoggedExchange {
  const { messageId, action, payload, requestedAt } = call;
  const isAnswered = outcome.kind === 'result' || outcome.kind === 'error';
  return {
    ...about(talker),
    direction: 'to-station',
    action,
    messageId,
    outcome: OUTCOMES[outcome.kind],
    errorCode: outcome.kind === 'error' ? outcome.code : null,
    requestedAt,
    latencyMs: isAnswered ? now - requestedAt : null,
    request: written(() => encodeCall(messageId, action, payload)) ?? '',
    response: isAnswered ? written(() => encodeAnswer(messageId, outcome)) : null,
    oddities: [],
  };
}

/**
 * A frame with which something was wrong, though it may have been answered.
 *
 * @param kind what was wrong, in one word
 */
export function oddExchange(
  talker: Talker,
  problem: { readonly kind: string; readonly detail: string },
  frame: string,
  now: Instant,
): LoggedExchange {
  return {
    ...about(talker),
    direction: 'from-station',
    action: null,
    messageId: null,
    outcome: 'malformed',
    errorCode: problem.kind,
    requestedAt: now,
    latencyMs: null,
    request: frame,
    response: null,
    oddities: [problem.detail],
  };
}

const OUTCOMES: Readonly<Record<CallOutcome['kind'], ExchangeOutcome>> = {
  result: 'result',
  error: 'error',
  timeout: 'timeout',
  closed: 'lost',
};

/** What cannot be written as JSON was not sent either: the record of it must not become a failure of its own. */
function written(encode: () => string | null): string | null {
  try {
    return encode();
  } catch {
    return null;
  }
}

function encodeReply(version: OcppVersion, messageId: string, reply: CallReply): string | null {
  switch (reply.kind) {
    case 'result':
      return encodeCallResult(messageId, reply.payload);
    case 'error':
      return encodeCallError(version, messageId, reply.code, reply.description);
    case 'none':
      return null;
  }
}

/** The station's answer, written again from what was read of it. */
function encodeAnswer(messageId: string, outcome: Extract<CallOutcome, { kind: 'result' | 'error' }>): string {
  return outcome.kind === 'result'
    ? JSON.stringify([3, messageId, outcome.payload])
    : JSON.stringify([4, messageId, outcome.code, outcome.description, outcome.details ?? {}]);
}
