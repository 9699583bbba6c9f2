import { VoltpileError } from '@voltpile/kernel/errors';
import type { ValuesOf } from '@voltpile/ykc/fields/field-types';
import { decodeBody } from '@voltpile/ykc/messages/body';
import { login } from '@voltpile/ykc/messages/login';
import type { YkcFrame } from './stream.ts';

/**
 * What a login (0x01) says.
 *
 * @throws ykc.body_too_short
 */
export function readLogin({ frame }: YkcFrame): ValuesOf<typeof login.fields> {
  return decodeBody(login, frame.body).values;
}

/** Why a login cannot be read; null when it can. */
export function loginProblem(frame: YkcFrame): string | null {
  try {
    readLogin(frame);
    return null;
  } catch (error) {
    if (!(error instanceof VoltpileError)) throw error;
    return error.message;
  }
}
