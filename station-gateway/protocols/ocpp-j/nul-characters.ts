import type { InboundCall } from '@voltpile/ocpp/rpc/types';

const ESCAPED = '\\u0000';
/** Any escape of a JSON text, so that the second half of an escaped backslash is not taken for the beginning of another escape. */
const ESCAPES = /\\(?:u0000|.)/g;

/** Whether a text of the payload may hold the character NUL. In JSON it can only be written as an escape, so the frame tells. */
export function mayHoldNul(frame: string): boolean {
  return frame.includes(ESCAPED);
}

/**
 * The call's payload with every NUL replaced by U+FFFD. PostgreSQL's text cannot hold NUL, and a message that can never be stored
 * would come again and again.
 */
export function payloadWithoutNul(call: InboundCall): unknown {
  return (JSON.parse(replaceNul(call.frame)) as unknown[])[3];
}

/** The same for any JSON value: stations pad the values of configuration keys with NUL. */
export function withoutNul<T>(value: T): T {
  const text = JSON.stringify(value);
  return mayHoldNul(text) ? (JSON.parse(replaceNul(text)) as T) : value;
}

function replaceNul(json: string): string {
  return json.replace(ESCAPES, (found) => (found === ESCAPED ? '\\ufffd' : found));
}
