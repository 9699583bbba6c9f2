import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { parseOcppDateTime } from './date-time.ts';
import type { OcppVersion, RpcErrorCode } from './rpc/types.ts';
import { loadSchemas } from './schemas.ts';

export type PayloadKind = 'request' | 'response';

/** What is wrong with a payload. Neither paths nor messages hold anything of its content. */
export interface Invalid {
  /** The code for a CALLERROR, by the first problem. */
  readonly code: RpcErrorCode;
  readonly problems: readonly Problem[];
}

export interface Problem {
  /** JSON pointer of the member that is wrong, also when it is missing: `/meterValue/0/timestamp`; empty for the payload itself. */
  readonly path: string;
  /** What is wrong with it: `must be integer`. */
  readonly message: string;
}

/** One compiled schema. The first problem ends the check. */
export type PayloadCheck = (payload: unknown) => Invalid | null;

interface Checks {
  readonly first: ReadonlyMap<string, ValidateFunction>;
  readonly all: ReadonlyMap<string, ValidateFunction>;
}

const compiled = new Map<OcppVersion, Promise<Checks>>();
const ready = new Map<OcppVersion, Checks>();

/**
 * Loads and compiles every schema of a version: to be awaited at boot, before anything is validated. 1.6 takes about 0.2 s, 2.0.1 0.7 s,
 * 2.1 1.1 s, with 15 to 60 MB each. Calling it again is free.
 */
export async function warmUp(version: OcppVersion): Promise<void> {
  let checks = compiled.get(version);
  if (checks === undefined) {
    checks = compileAll(version);
    compiled.set(version, checks);
  }
  ready.set(version, await checks);
}

async function compileAll(version: OcppVersion): Promise<Checks> {
  const schemas = await loadSchemas(version);
  const first = makeAjv(false);
  const all = makeAjv(true);
  const checks = { first: new Map<string, ValidateFunction>(), all: new Map<string, ValidateFunction>() };
  for (const { action, request, response } of schemas) {
    checks.first.set(key(action, 'request'), first.compile(request));
    if (response !== null) checks.first.set(key(action, 'response'), first.compile(response));
    checks.all.set(key(action, 'request'), all.compile(request));
  }
  return checks;
}

/**
 * The schemas are taken as they are (ajv's strict mode would refuse some of them for style). A date-time is whatever
 * {@link parseOcppDateTime} reads, in place of ajv-formats' own, whose idea of a missing zone changes between versions. Tenths are
 * compared with six decimals: 0.3 is a multiple of 0.1 for people.
 */
function makeAjv(allErrors: boolean): Ajv {
  const ajv = new Ajv({ allErrors, strict: false, validateSchema: false, multipleOfPrecision: 6 });
  addFormats.default(ajv, ['uri']);
  ajv.addFormat('date-time', (text: string) => parseOcppDateTime(text) !== null);
  return ajv;
}

function key(action: string, kind: PayloadKind): string {
  return `${action}:${kind}`;
}

function checksOf(version: OcppVersion): Checks {
  const checks = ready.get(version);
  if (checks === undefined) throw new Error(`warmUp('${version}') has to be awaited before payloads are validated.`);
  return checks;
}

function compiledCheck(checks: ReadonlyMap<string, ValidateFunction>, action: string, kind: PayloadKind) {
  const check = checks.get(key(action, kind));
  if (check === undefined) throw new Error(`There is no schema of the ${kind} of ${action}.`);
  return check;
}

/** The check of one schema, to be kept where many payloads of a kind are validated. Throws before {@link warmUp}, or for an unknown action. */
export function payloadCheck(version: OcppVersion, action: string, kind: PayloadKind): PayloadCheck {
  const check = compiledCheck(checksOf(version).first, action, kind);
  return (payload) => (check(payload) ? null : toInvalid(check.errors ?? []));
}

/** Checks one payload against the schema of its action; null when it keeps to it. Throws before {@link warmUp}, or for an unknown action. */
export function validate(version: OcppVersion, action: string, kind: PayloadKind, payload: unknown): Invalid | null {
  return payloadCheck(version, action, kind)(payload);
}

/**
 * Everything that is wrong with a request, for the record of a message that is taken all the same. The work grows with the number of
 * problems, so this is not for payloads of unlimited size.
 */
export function findAllProblems(version: OcppVersion, action: string, payload: unknown): Invalid | null {
  const check = compiledCheck(checksOf(version).all, action, 'request');
  return check(payload) ? null : toInvalid(check.errors ?? []);
}

function toInvalid(errors: readonly ErrorObject[]): Invalid {
  const [first] = errors;
  return {
    code: first === undefined ? 'FormatViolation' : toErrorCode(first),
    problems: errors.map(toProblem),
  };
}

function toProblem(error: ErrorObject): Problem {
  if (error.keyword === 'required') {
    // The name comes from the schema, not from the payload.
    return {
      path: `${error.instancePath}/${(error.params as { missingProperty: string }).missingProperty}`,
      message: 'is missing',
    };
  }
  return { path: error.instancePath, message: error.message ?? 'is not as the schema says' };
}

/**
 * Which constraint a schema keyword stands for (OCPP-J 1.6 §4.2.3 table 7): a missing or surplus occurrence, a wrong data type, a wrong
 * value of the right type, or a structure that is not the message's (unknown members, no object at all).
 */
function toErrorCode(error: ErrorObject): RpcErrorCode {
  switch (error.keyword) {
    case 'required':
    case 'minItems':
    case 'maxItems':
      return 'OccurrenceConstraintViolation';
    case 'type':
      return error.instancePath === '' ? 'FormatViolation' : 'TypeConstraintViolation';
    case 'additionalProperties':
    case 'additionalItems':
      return 'FormatViolation';
    default:
      return 'PropertyConstraintViolation';
  }
}
