import type { Instant } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import type { RefundState } from '../contract/payments.ts';
import type { ProviderRefund } from './payment-provider.ts';

export interface Refund {
  readonly id: Uuid;
  readonly paymentId: Uuid;
  readonly organizationId: Uuid;
  readonly provider: string;
  readonly providerRef: string | null;
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly reason: string;
  readonly idempotencyKey: string;
  readonly state: RefundState;
  /** The wallet did not hold it any more when the provider told us: the account owes it instead. */
  readonly bookedFromReceivable: boolean;
  readonly requestedBy: string | null;
  readonly createdAt: Instant;
}

/** Banks send refunds back days after they succeeded; what has failed has failed. */
export const REFUND_TRANSITIONS: Readonly<Record<RefundState, readonly RefundState[]>> = {
  pending: ['succeeded', 'failed'],
  succeeded: ['failed'],
  failed: [],
};

/** Takes what the provider says of a refund. */
export function observeRefund(refund: Refund, seen: ProviderRefund): Refund {
  const known = { ...refund, providerRef: refund.providerRef ?? seen.providerRef };
  return REFUND_TRANSITIONS[refund.state].includes(seen.state) ? { ...known, state: seen.state } : known;
}
