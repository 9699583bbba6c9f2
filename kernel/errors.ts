/**
 * Errors of the whole house: a stable code, one of eight kinds, a text that may be shown to anybody, and an internal detail that
 * may not. Refusals (a blocked card) are values in return types, not errors: an error says that the question could not be answered.
 */

export const ERROR_KINDS = [
  'InvalidArgument',
  'NotFound',
  'Conflict',
  'FailedPrecondition',
  'Unauthenticated',
  'PermissionDenied',
  'Unavailable',
  'Internal',
] as const;

export type ErrorKind = (typeof ERROR_KINDS)[number];

/** Public, JSON-safe facts about an error (field names, limits, ids): shown to the caller. Never secrets. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean | null | readonly (string | number)[]>>;

/** What crosses a port or a network in place of an error object. */
export interface SerializedError {
  readonly code: string;
  readonly kind: ErrorKind;
  readonly message: string;
  readonly retryable: boolean;
  readonly details: ErrorDetails;
}

/** The one error class that crosses rooms. Make definitions with {@link defineError}, beside the code that throws. */
export class VoltpileError extends Error {
  readonly code: string;
  readonly kind: ErrorKind;
  readonly retryable: boolean;
  readonly details: ErrorDetails;

  constructor(facts: SerializedError, options?: { cause?: unknown }) {
    super(facts.message, options);
    this.name = 'VoltpileError';
    this.code = facts.code;
    this.kind = facts.kind;
    this.retryable = facts.retryable;
    this.details = facts.details;
  }

  /** The public facts only: `cause` and stack stay in this process's log. */
  toJSON(): SerializedError {
    return {
      code: this.code,
      kind: this.kind,
      message: this.message,
      retryable: this.retryable,
      details: this.details,
    };
  }
}

export interface ErrorDefinition {
  readonly code: string;
  readonly kind: ErrorKind;
  /** Makes the error. `cause` is kept for the log and never leaves the process. */
  (details?: ErrorDetails, cause?: unknown): VoltpileError;
  /** True when the value is an error made by this definition (also after it crossed a port). */
  is(error: unknown): error is VoltpileError;
}

/**
 * Declares an error beside the code that throws it.
 *
 * @param code stable dotted name, `capability.what_went_wrong`; clients may rely on it
 * @param message public text; `{name}` is filled from the details
 * @param options.retryable whether the same request may succeed later; by default only `Unavailable` is
 */
export function defineError(
  code: string,
  kind: ErrorKind,
  message: string,
  options: { retryable?: boolean } = {},
): ErrorDefinition {
  const retryable = options.retryable ?? kind === 'Unavailable';
  const make = (details: ErrorDetails = {}, cause?: unknown): VoltpileError =>
    new VoltpileError(
      {
        code,
        kind,
        message: message.replace(/\{(\w+)\}/g, (whole, name: string) =>
          name in details ? String(details[name]) : whole,
        ),
        retryable,
        details,
      },
      cause === undefined ? undefined : { cause },
    );
  const is = (error: unknown): error is VoltpileError => error instanceof VoltpileError && error.code === code;
  return Object.assign(make, { code, kind, is });
}

/** Something we did not foresee. The public text says nothing about the inside. */
export const internalError = defineError('internal', 'Internal', 'Something went wrong on our side.');

/** The catch-all of every boundary: classified errors pass, anything else becomes `internal` with the original as its cause. */
export function toVoltpileError(error: unknown): VoltpileError {
  return error instanceof VoltpileError ? error : internalError({}, error);
}

/** Rebuilds an error from what {@link VoltpileError.toJSON} made. */
export function fromSerializedError(facts: SerializedError): VoltpileError {
  return new VoltpileError(facts);
}
