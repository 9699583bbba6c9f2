import { toVoltpileError } from '@voltpile/kernel/errors';
import type { Logger } from '@voltpile/platform/telemetry/logger';
import { amountNotPayable, outcomeUnknown, providerRefused, providerUnavailable } from './payment-provider.ts';

/**
 * What came of a request to a provider. `not-done`: nothing has happened, later it may; `refused`: nothing has happened, and never will; `lost`: nobody
 * knows.
 */
export type Asked<T> =
  | { readonly kind: 'answered'; readonly answer: T }
  | { readonly kind: 'not-done'; readonly code: string }
  | { readonly kind: 'refused'; readonly code: string }
  | { readonly kind: 'lost' };

/** Asks a provider, with its errors as what they say about the money. What nobody foresaw counts as lost. */
export async function askProvider<T>(ask: () => Promise<T>, logger: Logger): Promise<Asked<T>> {
  try {
    return { kind: 'answered', answer: await ask() };
  } catch (error) {
    const { code, details } = toVoltpileError(error);
    if (providerUnavailable.is(error)) {
      logger.warn({ err: error }, 'the payment provider cannot be reached');
      return { kind: 'not-done', code: 'provider-unavailable' };
    }
    if (providerRefused.is(error) || amountNotPayable.is(error)) {
      logger.warn({ err: error }, 'the payment provider has refused a request');
      return { kind: 'refused', code: String(details.code ?? code) };
    }
    if (outcomeUnknown.is(error)) logger.warn({ err: error }, 'an answer of the payment provider was lost');
    else logger.error({ err: error }, 'a request to the payment provider failed in an unknown way');
    return { kind: 'lost' };
  }
}
