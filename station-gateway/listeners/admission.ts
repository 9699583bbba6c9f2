import type { AdmissionDecision } from '@voltpile/csms/contract/station-port';
import type { RejectionReason } from '../metrics.ts';
import type { Refusal } from './http-refusal.ts';

export type Rejection = Refusal & { readonly reason: RejectionReason };

/** Answers with a wait carry Retry-After, scattered so that a crowd does not come back as one. */
export function retryAfter(atLeastSeconds: number): Record<string, string> {
  return { 'Retry-After': String(Math.ceil(atLeastSeconds + Math.random() * atLeastSeconds)) };
}

export const BAD_CREDENTIALS: Rejection = {
  status: 401,
  reason: 'bad-credentials',
  text: 'Basic credentials are expected, with the identity of the URL as the user name.',
  headers: { 'WWW-Authenticate': 'Basic realm="ocpp", charset="UTF-8"' },
};

export function subprotocolText(spoken: readonly string[]): string {
  return `Offer a subprotocol that is spoken here: ${spoken.join(', ')}.`;
}

/**
 * What a station that is not admitted is told.
 *
 * @param spoken names of our subprotocols
 */
export function rejectionOf(
  decision: Exclude<AdmissionDecision, { outcome: 'admitted' }>,
  spoken: readonly string[],
): Rejection {
  const { headers } = BAD_CREDENTIALS;
  switch (decision.outcome) {
    case 'unknown-station':
      return { status: 404, reason: 'unknown-station', text: 'This identity is not known here.' };
    case 'protocol-required':
      return { status: 400, reason: 'subprotocol', text: subprotocolText(spoken) };
    case 'wrong-credentials':
      return { status: 401, reason: 'wrong-credentials', text: 'The password is wrong.', headers: headers ?? {} };
    case 'credentials-required':
      return { status: 401, reason: 'credentials-required', text: 'A password is required.', headers: headers ?? {} };
    case 'throttled':
      return {
        status: 429,
        reason: 'throttled',
        text: 'Too many wrong passwords.',
        headers: { 'Retry-After': String(Math.max(1, Math.ceil(decision.retryAfterSeconds))) },
      };
  }
}
