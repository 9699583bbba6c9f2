import type { ErrorKind } from '@voltpile/kernel/errors';
import type { OcppVersion, RpcErrorCode } from './types.ts';

/**
 * How each version spells an error code (OCPP-J 1.6 §4.2.3 table 7; OCPP 2.0.1 Part 4 §4.3 table 10; OCPP 2.1 Part 4 §4.3).
 *
 * - 1.6 says `FormationViolation`, and writes `OccurenceConstraintViolation` with one r: its errata keep both on purpose. It has
 *   neither `RpcFrameworkError` nor `MessageTypeNotSupported`.
 * - 2.0.1 says `FormatViolation` but still writes `OccurenceConstraintViolation` with one r; 2.1 is the first with two.
 */
const OCPP_2_0_1: Readonly<Record<RpcErrorCode, string>> = {
  NotImplemented: 'NotImplemented',
  NotSupported: 'NotSupported',
  InternalError: 'InternalError',
  ProtocolError: 'ProtocolError',
  SecurityError: 'SecurityError',
  FormatViolation: 'FormatViolation',
  PropertyConstraintViolation: 'PropertyConstraintViolation',
  OccurrenceConstraintViolation: 'OccurenceConstraintViolation',
  TypeConstraintViolation: 'TypeConstraintViolation',
  RpcFrameworkError: 'RpcFrameworkError',
  MessageTypeNotSupported: 'MessageTypeNotSupported',
  GenericError: 'GenericError',
};

const SPELLINGS: Readonly<Record<OcppVersion, Readonly<Record<RpcErrorCode, string>>>> = {
  'ocpp1.6': {
    ...OCPP_2_0_1,
    FormatViolation: 'FormationViolation',
    RpcFrameworkError: 'FormationViolation',
    MessageTypeNotSupported: 'GenericError',
  },
  'ocpp2.0.1': OCPP_2_0_1,
  'ocpp2.1': { ...OCPP_2_0_1, OccurrenceConstraintViolation: 'OccurrenceConstraintViolation' },
};

const MEANINGS: ReadonlyMap<string, RpcErrorCode> = new Map([
  ...(Object.keys(OCPP_2_0_1) as RpcErrorCode[]).map((code) => [code, code] as const),
  ['FormationViolation', 'FormatViolation'],
  ['OccurenceConstraintViolation', 'OccurrenceConstraintViolation'],
]);

/** The code as the given version writes it. */
export function spellErrorCode(version: OcppVersion, code: RpcErrorCode): string {
  return SPELLINGS[version][code];
}

/**
 * The meaning of a code that came in. Every version's spelling is understood on every version, because stations mix them.
 *
 * @returns undefined for a word that no version knows
 */
export function readErrorCode(word: string): RpcErrorCode | undefined {
  return MEANINGS.get(word);
}

const CODE_OF_KIND: Readonly<Record<ErrorKind, RpcErrorCode>> = {
  InvalidArgument: 'PropertyConstraintViolation',
  NotFound: 'GenericError',
  Conflict: 'GenericError',
  FailedPrecondition: 'GenericError',
  Unauthenticated: 'SecurityError',
  PermissionDenied: 'SecurityError',
  Unavailable: 'InternalError',
  Internal: 'InternalError',
};

/** The code for an error of ours that ends up as a CALLERROR: the one place where kinds become OCPP codes. */
export function errorCodeOfKind(kind: ErrorKind): RpcErrorCode {
  return CODE_OF_KIND[kind];
}
