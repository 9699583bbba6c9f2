import type { AccessScope, Page, PageRequest } from '@voltpile/csms/contract/access-scope';
import type { ConnectorStatus, RegistrationStatus } from '@voltpile/csms/contract/station-port';
import type { Uuid } from '@voltpile/kernel/ids';

/**
 * What an EVSE, or a station with all of its EVSEs, is at. A station is what comes first in this list of what its EVSEs are; nobody who is offline is
 * anything else. `occupied`: a vehicle is plugged in, and no transaction is under way.
 */
export const LIVE_STATES = [
  'offline',
  'faulted',
  'charging',
  'occupied',
  'reserved',
  'available',
  'unavailable',
  'unknown',
] as const;
export type LiveState = (typeof LIVE_STATES)[number];

export interface LiveConnectorView {
  readonly connectorId: number;
  readonly status: ConnectorStatus;
  /** The station's own word. */
  readonly statusDetail: string | null;
  readonly errorCode: string | null;
  readonly vendorErrorCode: string | null;
  readonly info: string | null;
  /** RFC 3339, as everywhere in these views. */
  readonly statusAt: string;
}

/** A transaction under way, as it was told last. */
export interface LiveChargeView {
  readonly transactionId: Uuid;
  /** null: the station has not said. */
  readonly evseId: number | null;
  readonly startedAt: string;
  readonly chargingState: string | null;
  readonly energyWh: number | null;
  readonly powerW: number | null;
  readonly socPercent: number | null;
  /** null before the first reading. */
  readonly meteredAt: string | null;
  /** Nothing was read for a while: power and energy may be different by now. */
  readonly isStale: boolean;
  readonly cost: { readonly amount: string; readonly currency: string } | null;
}

export interface LiveEvseView {
  readonly evseId: number;
  readonly state: LiveState;
  readonly connectors: readonly LiveConnectorView[];
}

/** How well a station can be reached. */
export interface LinkView {
  readonly protocol: string | null;
  readonly connectedAt: string | null;
  readonly disconnectedAt: string | null;
  /** Why it was disconnected last. */
  readonly disconnectReason: string | null;
  /** How often it has connected in the last hour, and day; no more than fifty are counted. */
  readonly connectsLastHour: number;
  readonly connectsLastDay: number;
}

export interface LiveStationView {
  readonly id: string;
  readonly organizationId: Uuid;
  readonly siteId: Uuid;
  readonly registrationStatus: RegistrationStatus;
  readonly online: boolean;
  readonly state: LiveState;
  /** Of all charges together; null while it is offline, or nothing was read. */
  readonly powerW: number | null;
  readonly evses: readonly LiveEvseView[];
  /** What it says of itself as a whole, where it does. */
  readonly whole: Omit<LiveConnectorView, 'connectorId'> | null;
  readonly charges: readonly LiveChargeView[];
  readonly link: LinkView;
  readonly vendor: string | null;
  readonly model: string | null;
  readonly firmwareVersion: string | null;
  readonly bootedAt: string | null;
  /** When it last told something that changed this picture, or was lost. Heartbeats do not. */
  readonly changedAt: string;
}

/** Many stations in figures. */
export interface RollUpView {
  readonly stations: {
    readonly total: number;
    readonly online: number;
    readonly offline: number;
    /** Online, and charging without having told a reading for a while. */
    readonly stale: number;
  };
  /** How many EVSEs are at what. */
  readonly evses: Readonly<Record<LiveState, number>> & { readonly total: number };
  readonly charges: number;
  /** Of stations that are online. */
  readonly powerW: number;
  /** Charges that have ended since midnight at their site. */
  readonly today: {
    readonly sessions: number;
    readonly energyWh: number;
    /** What they were settled at, tax included, in each currency. */
    readonly revenue: readonly { readonly amount: string; readonly currency: string }[];
  };
}

export interface SiteRollUpView extends RollUpView {
  readonly siteId: Uuid;
  readonly name: string;
  readonly timeZone: string;
  /** Since when is today. */
  readonly since: string;
}

export interface LiveFilter {
  readonly siteId?: Uuid | undefined;
  readonly state?: LiveState | undefined;
  /** Identity contains this text, without regard to case. */
  readonly search?: string | undefined;
}

/** The present state of stations, from what they have told in whatever dialect. A moment behind the stations' domain. */
export interface LivePort {
  /** In the order of their identities. */
  stations(scope: AccessScope, filter: LiveFilter, page: PageRequest): Promise<Page<LiveStationView>>;
  /** @throws NotFound `station.not_found` */
  station(scope: AccessScope, id: string): Promise<LiveStationView>;
  /** In the order in which sites are listed. */
  sites(scope: AccessScope, page: PageRequest): Promise<Page<SiteRollUpView>>;
  /** All that the caller may see. */
  fleet(scope: AccessScope): Promise<RollUpView>;
}
