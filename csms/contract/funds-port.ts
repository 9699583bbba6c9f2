import type { Uuid } from '@voltpile/kernel/ids';

/**
 * May this driver charge, and how much? Declared here, implemented by billing. While nobody answers, the site's fallback policy
 * decides (allow, or refuse).
 */
export interface FundsPort {
  reserve(request: FundsRequest): Promise<FundsDecision>;
}

export interface FundsRequest {
  readonly intentId: Uuid;
  readonly organizationId: Uuid;
  readonly siteId: Uuid;
  /** The station's identity. */
  readonly stationId: string;
  /** null: the station has not said yet at which one. */
  readonly evseId: number | null;
  readonly accountRef: string | null;
  readonly channel: StartChannel;
}

export type StartChannel = 'card' | 'app' | 'partner' | 'vin';

export type FundsDecision =
  | { readonly outcome: 'granted'; readonly limits: StartLimits }
  | { readonly outcome: 'refused'; readonly reason: FundsRefusal };

/** `other-currency`: what the driver would pay with is in another currency than what is charged there. */
export type FundsRefusal = 'no-credit' | 'account-blocked' | 'other-currency' | 'unavailable';

/** What a start may consume; null is no limit. */
export interface StartLimits {
  readonly energyMilliWh: number | null;
  readonly amount: { readonly amount: string; readonly currency: string } | null;
  readonly until: number | null;
}

export const NO_LIMITS: StartLimits = { energyMilliWh: null, amount: null, until: null };
