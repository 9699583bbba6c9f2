import type { AccessScope, Page, PageRequest } from '@voltpile/csms/contract/access-scope';
import type { Uuid } from '@voltpile/kernel/ids';

/**
 * How far a station has its prices. `wanted`: they are sent when it is connected and nobody charges there; `sent`: it has not answered yet;
 * `confirmed`: it has them; `refused`: it did not take them, and is asked again later; `unsupported`: there are none that it can be told.
 */
export const DELIVERY_STATES = ['wanted', 'sent', 'confirmed', 'refused', 'unsupported'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** What a station that shows prices by itself should be told, and what it was told. */
export interface TariffDeliveryView {
  readonly stationId: string;
  readonly organizationId: Uuid;
  readonly siteId: Uuid;
  readonly state: DeliveryState;
  /** The version that holds for everybody at the station; null: none is assigned. */
  readonly wantedVersionId: Uuid | null;
  /** Of the prices in it, the same for the same prices; null: the station cannot be told them. */
  readonly wantedDigest: string | null;
  /** Of the prices that the station has; null: not known, or not ours. */
  readonly confirmedDigest: string | null;
  /** `command`: it has accepted them. `asking`: it has asked by itself, and was given them or said that it has them. */
  readonly confirmedBy: 'command' | 'asking' | null;
  readonly confirmedAt: string | null;
  /** The command that it was sent last. */
  readonly commandId: Uuid | null;
  readonly sentAt: string | null;
  /** How often these prices were sent. */
  readonly attempts: number;
  /** When it is tried again at the latest; null: when the station connects, or there is nothing to be tried. */
  readonly nextTryAt: string | null;
  /** Why the station does not have them. */
  readonly problem: string | null;
  readonly updatedAt: string;
}

export interface TariffDeliveryFilter {
  readonly state?: DeliveryState | undefined;
  readonly stationId?: string | undefined;
}

/** Unknown ids and ids outside the scope throw NotFound. */
export interface TariffDeliveriesPort {
  /** By station. */
  list(scope: AccessScope, filter: TariffDeliveryFilter, page: PageRequest): Promise<Page<TariffDeliveryView>>;
  /** @throws NotFound `station.not_found`, `tariff_delivery.not_found` (nothing is delivered to this station) */
  get(scope: AccessScope, stationId: string): Promise<TariffDeliveryView>;
  /**
   * Tells a station its prices once more, as soon as it is connected and nobody charges there, also when it has them.
   *
   * @throws NotFound `station.not_found`, `tariff_delivery.not_found`; FailedPrecondition `tariff_delivery.nothing_to_tell`
   */
  sendAgain(scope: AccessScope, stationId: string): Promise<TariffDeliveryView>;
}
