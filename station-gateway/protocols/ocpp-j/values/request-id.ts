import { readInteger } from './fields.ts';

const MAX_ID = 2_147_483_647;

/** The number of a request or a reservation of ours, as a station repeats it. Ours are 0 to 2^31 − 1; anything else is none of them. */
export function readRequestId(value: unknown): number | undefined {
  return readInteger(value, 0, MAX_ID);
}

/** Why a command that needs a number cannot leave: the domain has given it none. */
export const NO_REQUEST_ID = { unsendable: 'The command has no request number.' } as const;
