import { VoltpileError } from '@voltpile/kernel/errors';
import Stripe from 'stripe';
import { outcomeUnknown, providerRefused, providerUnavailable } from '../payment-provider.ts';

/** Errors of a connection that never was: the request has not left. */
const NOT_CONNECTED = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'CERT_HAS_EXPIRED',
]);

/**
 * What Stripe's library throws, as what it says about the money. Its errors hold headers, keys and people's data: only what names the trouble goes on.
 */
export function toProviderError(error: unknown): unknown {
  if (error instanceof VoltpileError || !(error instanceof Stripe.errors.StripeError)) return error;
  const { statusCode, code } = error;
  const cause = new Error(
    `Stripe: ${error.type}, code ${code ?? 'none'}, status ${statusCode ?? 'none'}, request ${error.requestId ?? 'none'}`,
  );
  if (error instanceof Stripe.errors.StripeConnectionError) {
    const detail = (error.detail as { code?: unknown } | undefined)?.code;
    return NOT_CONNECTED.has(String(detail)) ? providerUnavailable({}, cause) : outcomeUnknown({}, cause);
  }
  // The same request is being carried out at this moment, under the same key.
  if (statusCode === 409) return outcomeUnknown({}, cause);
  if (statusCode === 429 || statusCode === 401 || statusCode === 403) return providerUnavailable({}, cause);
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return providerRefused({ code: code ?? error.type }, cause);
  }
  return outcomeUnknown({}, cause);
}
