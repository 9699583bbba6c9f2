import type { ProviderPayment } from './payment-provider.ts';
import { isPaymentOf, type Payment } from './payment-state.ts';

/** A payment that has come to its end here, with what was given back of it. */
export interface RestingPayment {
  readonly payment: Payment;
  readonly refundedMinor: bigint;
  /** A refund of it is under way: what is given back cannot be compared yet. */
  readonly hasOpenRefund: boolean;
}

/**
 * What of a payment at its end is otherwise at the provider: whether money was taken, how much, and how much was given back.
 *
 * @param seen what the provider says of it; undefined where it has never heard of it
 * @returns in words; nothing where both say the same
 */
export function differencesOf(
  { payment, refundedMinor, hasOpenRefund }: RestingPayment,
  seen: ProviderPayment | undefined,
): string[] {
  const { id, state, currency, capturedMinor, providerRef } = payment;
  const differs = (here: string, there: string) => [`payment ${id} ${here}; the provider ${there}`];
  if (seen === undefined) {
    return providerRef === null && state !== 'captured' ? [] : differs(`is ${state}`, 'does not know it');
  }
  if (!isPaymentOf(payment, seen)) {
    return differs(
      `is ${providerRef} in ${currency}`,
      `tells of ${seen.providerRef} in ${seen.currency}, which is for ${seen.paymentId ?? 'nobody here'}`,
    );
  }
  const holdsMoney = seen.state === 'captured' || seen.state === 'authorized';
  const isOtherEnd = state === 'cancelled' && seen.state !== 'cancelled';
  if (state !== 'captured') {
    return holdsMoney || isOtherEnd
      ? differs(`is ${state}`, `says ${seen.state}, ${seen.capturedMinor} minor units captured`)
      : [];
  }
  if (seen.state !== 'captured') {
    return differs(`is captured over ${capturedMinor} minor units of ${currency}`, `says ${seen.state}, 0 captured`);
  }
  const found: string[] = [];
  if (seen.capturedMinor !== capturedMinor) {
    found.push(
      ...differs(`is captured over ${capturedMinor} minor units of ${currency}`, `says ${seen.capturedMinor}`),
    );
  }
  if (seen.refunds !== null && !hasOpenRefund) {
    const given = seen.refunds.reduce(
      (sum, { state, amountMinor }) => (state === 'failed' ? sum : sum + amountMinor),
      0n,
    );
    if (given !== refundedMinor) {
      found.push(...differs(`has ${refundedMinor} minor units of ${currency} given back`, `says ${given}`));
    }
  }
  return found;
}
