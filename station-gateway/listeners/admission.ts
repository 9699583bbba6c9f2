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

/** What a station that is not admitted is told. */
export function rejectionOf(decision: Exclude<AdmissionDecision, { outcome: 'admitted' }>): Rejection {
  const { headers } = BAD_CREDENTIALS;
  switch (decision.outcome) {
    case 'unknown-station':
      return { status: 404, reason: 'unknown-station', text: 'This identity is not known here.' };
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
