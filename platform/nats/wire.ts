import { defineError } from '@voltpile/kernel/errors';

/** What is in the headers of calls and answers between services. */
export const HEADERS = {
  /** When the caller gives up: epoch milliseconds by its clock. */
  deadline: 'Voltpile-Deadline',
  trace: 'traceparent',
  /** Arguments that are undefined, by their places: JSON would make null of them. */
  absent: 'Voltpile-Absent',
  /** The answer is an error. */
  error: 'Voltpile-Error',
  /** The answer is longer than a message: in so many parts. */
  parts: 'Voltpile-Parts',
  /** Where the other parts are. */
  partsAt: 'Voltpile-Parts-At',
} as const;

/** Of two hosts; a call that is over by more than that is not begun. */
export const CLOCK_TOLERANCE_MS = 5000;
/** Left for headers and subject in the largest message that the broker takes. */
export const ENVELOPE_BYTES = 8 * 1024;
/** Of an answer in parts. */
export const MOST_ANSWER_BYTES = 64 * 1024 * 1024;
/** No method of ours has nearly as many. */
export const MOST_ARGUMENTS = 32;
/** Where the parts of answers are fetched, without the name of who has them. */
export const PARTS_AT = 'voltpile.parts.';

export const callTooLarge = defineError(
  'port.call_too_large',
  'InvalidArgument',
  'A call of {method} takes {bytes} bytes; at most {most} can be sent.',
);
export const answerTooLarge = defineError(
  'port.answer_too_large',
  'FailedPrecondition',
  'The answer of {method} is too large: {bytes} bytes.',
);
export const noService = defineError('port.no_service', 'Unavailable', 'Nobody serves {method} at the moment.');
export const timedOut = defineError('port.timed_out', 'Unavailable', '{method} did not answer in time.');
export const connectionLost = defineError(
  'port.connection_lost',
  'Unavailable',
  'The connection was lost while {method} was asked; it may have been done.',
);
export const notConnected = defineError('port.not_connected', 'Unavailable', 'There is no connection to the services.');
export const badCall = defineError(
  'port.bad_call',
  'InvalidArgument',
  'The call of {method} cannot be read: {problem}.',
);
/** Whoever answered is another program, or broken. */
export const badAnswer = defineError('port.bad_answer', 'Internal', 'The answer of {method} cannot be read.');
export const overloaded = defineError('port.overloaded', 'Unavailable', 'The service has too much to do for {method}.');
export const deadlinePassed = defineError(
  'port.deadline_passed',
  'Unavailable',
  'The caller of {method} has given up waiting.',
);

/** `voltpile.station.v1.booted`: whoever serves it. With a node in it, that one only. */
export function subjectOf(
  port: { readonly name: string; readonly version: number },
  method: string,
  node?: string,
): string {
  const whom = node === undefined ? '' : `node.${node}.`;
  return `voltpile.${whom}${port.name}.v${port.version}.${method}`;
}

/** What {@link subjectOf} has made; undefined for other subjects. */
export function methodOfSubject(
  subject: string,
): { readonly port: string; readonly version: number; readonly method: string } | undefined {
  const [, port, version, method] = SUBJECT.exec(subject) ?? [];
  if (port === undefined || version === undefined || method === undefined) return undefined;
  return { port, version: Number(version), method };
}

const SUBJECT = /^voltpile\.(?:node\.[^.]+\.)?([a-z0-9-]+)\.v(\d+)\.(\w+)$/;

export function encode(value: unknown): Uint8Array {
  return Buffer.from(value === undefined ? '' : JSON.stringify(value));
}

export function decode(bytes: Uint8Array): unknown {
  return bytes.length === 0
    ? undefined
    : JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString());
}
