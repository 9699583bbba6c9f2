/** OCPP-J versions by their WebSocket subprotocol. */
export type OcppVersion = 'ocpp1.6' | 'ocpp2.0.1' | 'ocpp2.1';

/** A CALL that came in. */
export interface InboundCall {
  readonly messageId: string;
  readonly action: string;
  /** Parsed JSON, not yet validated. */
  readonly payload: unknown;
  /** The whole frame as it came. */
  readonly frame: string;
}

/** Our answer to a CALL. `none` sends nothing at all: the socket is about to be closed so that the station asks again. */
export type CallReply =
  | { readonly kind: 'result'; readonly payload: object }
  | { readonly kind: 'error'; readonly code: RpcErrorCode; readonly description: string }
  | { readonly kind: 'none' };

/** What came of a CALL of ours. */
export type CallOutcome =
  | { readonly kind: 'result'; readonly payload: unknown }
  | { readonly kind: 'error'; readonly code: string; readonly description: string; readonly details: unknown }
  | { readonly kind: 'timeout' }
  /** The socket went. `sent` tells whether the station may have seen the CALL. */
  | { readonly kind: 'closed'; readonly sent: boolean };

/** Error codes by meaning; the spelling on the wire depends on the version (1.6 keeps its misspellings, see `error-codes.ts`). */
export type RpcErrorCode =
  | 'NotImplemented'
  | 'NotSupported'
  | 'InternalError'
  | 'ProtocolError'
  | 'SecurityError'
  | 'FormatViolation'
  | 'PropertyConstraintViolation'
  | 'OccurrenceConstraintViolation'
  | 'TypeConstraintViolation'
  | 'RpcFrameworkError'
  | 'MessageTypeNotSupported'
  | 'GenericError';

export const RPC_PROBLEMS = [
  'not-json',
  'not-a-message',
  'unknown-message-type',
  'bad-message-id',
  'late-result',
  'unmatched-result',
  'duplicate-message-id',
  'invalid-result',
  /** More CALLs are waiting for our answer than one connection may have; this one was dropped without an answer. */
  'too-many-calls',
  /** Whoever answers CALLs threw in place of answering; the CALL stays without an answer. */
  'handler-failed',
] as const;

/** Something odd on the wire that got no handler: for the log and the metrics. Never contains secrets of ours. */
export interface RpcProblem {
  readonly kind: (typeof RPC_PROBLEMS)[number];
  readonly detail: string;
}
