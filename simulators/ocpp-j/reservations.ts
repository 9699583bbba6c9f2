import { isSameCard } from '../station/card.ts';
import type { Connector } from '../station/connector.ts';
import type { StationEventFacts, StationEventType } from '../station/events.ts';
import type { StationClock } from '../station/station-clock.ts';
import type { Timer, TimerGroup } from '../virtual-time.ts';

export interface ReservationRequest {
  readonly reservationId: number;
  /** 0: any connector. */
  readonly connectorId: number;
  readonly card: string;
  readonly group: string | undefined;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

interface Reservation extends ReservationRequest {
  timer: Timer;
}

/** How a reservation has ended: by the card, by CancelReservation, by time, or because its connector broke or went out of service. */
export type ReservationEnd = 'used' | 'cancelled' | 'expired' | 'lost';

/** What reservations need of their station. */
export interface ReservableStation {
  readonly clock: StationClock;
  readonly timers: TimerGroup;
  readonly connectors: readonly Connector[];
  readonly chargingConnectors: readonly Connector[];
  findConnector(connectorId: number): Connector | undefined;
  refresh(connector: Connector): void;
  tell<T extends StationEventType>(type: T, facts: StationEventFacts[T]): void;
  /** Some protocols tell the central system. */
  reservationEnded(reservationId: number, end: ReservationEnd): void;
}

/** Reservations: made by the central system, used by the card or its group, ended by time or a defect (OCPP 1.6, 5.13; 2.0.1, H). */
export class Reservations {
  readonly #station: ReservableStation;
  readonly #byId = new Map<number, Reservation>();

  constructor(station: ReservableStation) {
    this.#station = station;
  }

  get size(): number {
    return this.#byId.size;
  }

  /** @param options.anywhere whether a reservation of no particular connector is possible */
  reserve(
    request: ReservationRequest,
    options: { readonly anywhere: boolean },
  ): 'Accepted' | 'Faulted' | 'Occupied' | 'Rejected' | 'Unavailable' {
    const { reservationId, connectorId, expiresAt } = request;
    const connector = this.#station.findConnector(connectorId);
    if (connector === undefined || !(expiresAt > this.#station.clock.now())) return 'Rejected';
    if (connectorId === 0 && !options.anywhere) return 'Rejected';
    const whole = this.#station.connectors[0] as Connector;
    if (whole.isFaulted || connector.isFaulted) return 'Faulted';
    if (whole.isInoperative || connector.isInoperative) return 'Unavailable';
    const taken = [...this.#byId.values()].filter((other) => other.reservationId !== reservationId);
    if (connectorId === 0) {
      const free = this.#station.chargingConnectors.filter(
        (other) => !other.isInUse && !other.isFaulted && !other.isInoperative,
      );
      if (free.length <= taken.length) return 'Occupied';
    } else if (connector.isInUse || taken.some((other) => other.connectorId === connectorId)) {
      return 'Occupied';
    }
    this.#end(reservationId, undefined);
    this.#byId.set(reservationId, { ...request, timer: this.#armExpiry(reservationId, expiresAt) });
    if (connectorId > 0) connector.reservationId = reservationId;
    this.#station.tell('reservation-changed', { connectorId, reservationId, change: 'made' });
    this.#station.refresh(connector);
    return 'Accepted';
  }

  /** @returns whether there was such a reservation */
  cancel(reservationId: number): boolean {
    return this.#end(reservationId, 'cancelled');
  }

  /**
   * May this card use the connector, as far as reservations go?
   *
   * @returns the reservation that the card would use up, `free` when none is in its way, `reserved` when one is
   */
  check(connector: Connector, card: string, group: string | undefined): number | 'free' | 'reserved' {
    const belongs = (reservation: Reservation) =>
      isSameCard(reservation.card, card) || isSameCard(reservation.group, group);
    const all = [...this.#byId.values()];
    const here = all.find((reservation) => reservation.connectorId === connector.id);
    if (here !== undefined) return belongs(here) ? here.reservationId : 'reserved';
    const anywhere = all.filter((reservation) => reservation.connectorId === 0);
    const own = anywhere.find(belongs);
    if (own !== undefined) return own.reservationId;
    const free = this.#station.chargingConnectors.filter((other) => !other.isInUse || other === connector);
    return anywhere.length > 0 && free.length <= anywhere.length ? 'reserved' : 'free';
  }

  /** Could this card never turn out to belong to the connector's reservation, whatever its group? */
  isHopeless(connector: Connector, card: string): boolean {
    const here = [...this.#byId.values()].find((reservation) => reservation.connectorId === connector.id);
    return here !== undefined && here.group === undefined && !isSameCard(here.card, card);
  }

  used(reservationId: number): void {
    this.#end(reservationId, 'used');
  }

  /** A connector that is broken or out of service keeps nobody's place. */
  connectorLost(connectorId: number): void {
    for (const reservation of [...this.#byId.values()]) {
      if (reservation.connectorId === connectorId) this.#end(reservation.reservationId, 'lost');
    }
  }

  /** After power-on: timers are gone, reservations are not. */
  rearm(): void {
    for (const reservation of [...this.#byId.values()]) {
      reservation.timer = this.#armExpiry(reservation.reservationId, reservation.expiresAt);
    }
  }

  #armExpiry(reservationId: number, expiresAt: number): Timer {
    return this.#station.timers.at(expiresAt, () => this.#end(reservationId, 'expired'));
  }

  #end(reservationId: number, end: ReservationEnd | undefined): boolean {
    const reservation = this.#byId.get(reservationId);
    if (reservation === undefined) return false;
    reservation.timer.cancel();
    this.#byId.delete(reservationId);
    const { connectorId } = reservation;
    if (end !== undefined) {
      const change = end === 'lost' ? 'cancelled' : end;
      this.#station.tell('reservation-changed', { connectorId, reservationId, change });
      this.#station.reservationEnded(reservationId, end);
    }
    const connector = this.#station.findConnector(connectorId);
    if (connector?.reservationId === reservationId) {
      connector.reservationId = undefined;
      this.#station.refresh(connector);
    }
    return true;
  }
}
