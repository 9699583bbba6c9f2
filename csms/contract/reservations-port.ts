import type { Uuid } from '@voltpile/kernel/ids';
import type { AccessScope, Page, PageRequest } from './access-scope.ts';
import type { CommandPayload } from './commands.ts';
import type { CommandView } from './operator-ports.ts';
import type { ConnectorStatus } from './station-port.ts';

export const RESERVATION_STATUSES = [
  /** The station has not answered yet. */
  'requested',
  'active',
  /** A transaction has begun with it. */
  'used',
  'expired',
  /** By a cancel command that the station has accepted. */
  'cancelled',
  /** By the station (a connector broke), or because another reservation of the same number took its place. */
  'removed',
  /** It never was; `refusal` says why. */
  'refused',
  /** The station's answer was lost: it may hold it or not. */
  'unknown',
] as const;
export type ReservationStatus = (typeof RESERVATION_STATUSES)[number];

/** A reservation as it is told in events. Times are RFC 3339 text. */
export interface ReservationFacts {
  readonly id: Uuid;
  readonly organizationId: Uuid;
  readonly siteId: Uuid;
  readonly stationId: string;
  /** What the station knows it by. */
  readonly reservationId: number;
  /** null: the station chooses. */
  readonly evseId: number | null;
  readonly connectorType: string | null;
  readonly idToken: string;
  /** Tokens of this group may use it, too. */
  readonly groupIdToken: string | null;
  readonly status: ReservationStatus;
  /** The station's word: `Faulted`, `Occupied`, `Rejected`, `Unavailable`. `Offline`, `Failed`: it was not asked, or gave no answer to it. */
  readonly refusal: string | null;
  /**
   * What was odd: `other-token` (a transaction named it that neither the token nor the group runs), `used-after-end:<status>`,
   * `used-twice`, `unknown-to-station` (it did not know what was to be cancelled), `told:<word>` (the station ended it in another way
   * than we know of).
   */
  readonly flags: readonly string[];
  /** The reserve-now command. */
  readonly commandId: Uuid;
  readonly transactionId: Uuid | null;
  readonly createdBy: string | null;
  readonly createdAt: string;
  readonly expiresAt: string;
  /** When it was used, refused, or over in another way. */
  readonly endedAt: string | null;
}

export interface ReservationView extends ReservationFacts {
  /**
   * What the reserved EVSE shows now, the most serious of its connectors: a station that cannot say by itself that it has given a
   * reservation up (OCPP 1.6) shows here that it is broken. null without an EVSE.
   */
  readonly connectorStatus: ConnectorStatus | null;
}

export type ReservationInput = Omit<CommandPayload<'reserve-now'>, 'reservationId'>;

export interface ReservationsPort {
  /** Newest first. `idToken` is compared without regard to case. */
  list(
    scope: AccessScope,
    filter: {
      readonly stationId?: string | undefined;
      readonly status?: ReservationStatus | undefined;
      readonly idToken?: string | undefined;
    },
    page: PageRequest,
  ): Promise<Page<ReservationView>>;
  /** @throws NotFound `reservation.not_found` */
  get(scope: AccessScope, id: Uuid): Promise<ReservationView>;
  /**
   * Asks the station for a reservation; returns at once with it, as it is before the answer (`refused` when the station is offline).
   *
   * @throws as {@link CommandsPort.submit}; InvalidArgument `reservation.bad_expiry`; FailedPrecondition `id_token.not_accepted`,
   *   `command.station_not_accepted`; Conflict `reservation.evse_reserved`, `reservation.evse_in_use`, `reservation.number_taken`,
   *   `reservation.too_many`
   */
  create(
    scope: AccessScope,
    stationId: string,
    input: ReservationInput,
    request: { readonly timeoutSeconds?: number | undefined; readonly requestedBy: string | null },
  ): Promise<ReservationView>;
  /**
   * Asks the station to give it up; it is `cancelled` when the station has accepted that.
   *
   * @throws NotFound `reservation.not_found`; FailedPrecondition `reservation.over`; otherwise as {@link CommandsPort.submit}
   */
  cancel(scope: AccessScope, id: Uuid, request: { readonly requestedBy: string | null }): Promise<CommandView>;
}
