import {
  ERROR_KINDS,
  type ErrorDetails,
  fromSerializedError,
  internalError,
  type SerializedError,
  type VoltpileError,
} from '@voltpile/kernel/errors';
import * as z from 'zod';
import { badAnswer, decode, encode } from './wire.ts';

/** An error tells what was wrong; one that repeats a long argument is cut. */
const MOST_BYTES = 64 * 1024;
const MOST_CHARACTERS = 500;
const MOST_ITEMS = 20;
const CODE = /^[\w.-]{1,100}$/;

const detail = z.union([
  z.string(),
  z.number(),
  z.boolean(),
  z.null(),
  z.array(z.union([z.string(), z.number()])).readonly(),
]);
/** Of another version, perhaps: a kind that is not known here, details of another shape. */
const facts = z.object({
  code: z.string().regex(CODE),
  kind: z.enum(ERROR_KINDS).catch('Internal'),
  message: z.string(),
  retryable: z.boolean().catch(false),
  details: z.record(z.string(), detail).catch({}),
}) satisfies z.ZodType<SerializedError>;

/** What crosses the network of an error, shortened where it is long. It never throws, whatever the error holds. */
export function encodeError(error: VoltpileError): { readonly code: string; readonly bytes: Uint8Array } {
  if (!CODE.test(error.code)) return encodeError(internalError());
  const { code } = error;
  for (const details of [() => error.details, () => shortenedDetails(error.details)]) {
    try {
      const bytes = encode({ ...error.toJSON(), details: details() });
      if (bytes.length <= MOST_BYTES) return { code, bytes };
    } catch {
      // Something that JSON does not carry.
    }
    // The message repeats the details.
    error = fromSerializedError({ ...error.toJSON(), message: shortened(error.message) });
  }
  return { code, bytes: encode({ ...error.toJSON(), details: {} }) };
}

/** @throws Internal `port.bad_answer` when it is no error that can be read */
export function decodeError(method: string, bytes: Uint8Array): VoltpileError {
  try {
    return fromSerializedError(facts.parse(decode(bytes)));
  } catch (error) {
    throw badAnswer({ method }, error);
  }
}

function shortenedDetails(details: ErrorDetails): ErrorDetails {
  return Object.fromEntries(
    Object.entries(details)
      .slice(0, MOST_ITEMS)
      .map(([name, value]) => [shortened(name), shortenedDetail(value)]),
  );
}

function shortenedDetail(value: ErrorDetails[string]): ErrorDetails[string] {
  if (typeof value === 'string') return shortened(value);
  if (typeof value !== 'object' || value === null) return value;
  return value.slice(0, MOST_ITEMS).map((item) => (typeof item === 'string' ? shortened(item) : item));
}

function shortened(text: string): string {
  return text.length <= MOST_CHARACTERS ? text : `${text.slice(0, MOST_CHARACTERS - 1).toWellFormed()}…`;
}
