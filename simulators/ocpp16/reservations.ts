import type { Timer } from '../virtual-time.ts';
import type { Connector } from './connector.ts';
import type { SimulatedStation } from './station.ts';
import type { CentralRequest, CentralResponse } from './types.ts';

interface Reservation {
  readonly reservationId: number;
  /** 0: any connector. */
  readonly connectorId: number;
  readonly idTag: string;
  readonly parentIdTag: string | undefined;
  readonly expiresAt: number;
  timer: Timer;
}

/** Reservations (OCPP 1.6, 5.13 and 8.4): made by the central system, used by the card or its group, ended by time or a defect. */
export class Reservations {
  readonly #station: SimulatedStation;
  readonly #byId = new Map<number, Reservation>();

  constructor(station: SimulatedStation) {
    this.#station = station;
  }

  get size(): number {
    return this.#byId.size;
  }

  reserve(request: CentralRequest<'ReserveNow'>): CentralResponse<'ReserveNow'>['status'] {
    const { reservationId, connectorId, idTag, parentIdTag } = request;
    const expiresAt = Date.parse(request.expiryDate);
    const connector = this.#station.findConnector(connectorId);
    if (connector === undefined || !(expiresAt > this.#station.clock.now())) return 'Rejected';
    if (connectorId === 0 && !this.#station.configuration.flag('ReserveConnectorZeroSupported')) return 'Rejected';
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
    const timer = this.#armExpiry(reservationId, expiresAt);
    this.#byId.set(reservationId, { reservationId, connectorId, idTag, parentIdTag, expiresAt, timer });
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
  check(connector: Connector, idTag: string, parentIdTag: string | undefined): number | 'free' | 'reserved' {
    const belongs = (reservation: Reservation) =>
      reservation.idTag.toLowerCase() === idTag.toLowerCase() ||
      (parentIdTag !== undefined && reservation.parentIdTag?.toLowerCase() === parentIdTag.toLowerCase());
    const all = [...this.#byId.values()];
    const here = all.find((reservation) => reservation.connectorId === connector.id);
    if (here !== undefined) return belongs(here) ? here.reservationId : 'reserved';
    const anywhere = all.filter((reservation) => reservation.connectorId === 0);
    const own = anywhere.find(belongs);
    if (own !== undefined) return own.reservationId;
    const free = this.#station.chargingConnectors.filter((other) => !other.isInUse || other === connector);
    return anywhere.length > 0 && free.length <= anywhere.length ? 'reserved' : 'free';
  }

  /** Could this card turn out to belong to the connector's reservation once its group is known? */
  isHopeless(connector: Connector, idTag: string): boolean {
    const here = [...this.#byId.values()].find((reservation) => reservation.connectorId === connector.id);
    return here !== undefined && here.parentIdTag === undefined && here.idTag.toLowerCase() !== idTag.toLowerCase();
  }

  used(reservationId: number): void {
    this.#end(reservationId, 'used');
  }

  /** A connector that is broken or out of service keeps nobody's place. */
  connectorLost(connectorId: number): void {
    for (const reservation of [...this.#byId.values()]) {
      if (reservation.connectorId === connectorId) this.#end(reservation.reservationId, 'cancelled');
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

  #end(reservationId: number, change: 'used' | 'cancelled' | 'expired' | undefined): boolean {
    const reservation = this.#byId.get(reservationId);
    if (reservation === undefined) return false;
    reservation.timer.cancel();
    this.#byId.delete(reservationId);
    const { connectorId } = reservation;
    if (change !== undefined) this.#station.tell('reservation-changed', { connectorId, reservationId, change });
    const connector = this.#station.findConnector(connectorId);
    if (connector?.reservationId === reservationId) {
      connector.reservationId = undefined;
      this.#station.refresh(connector);
    }
    return true;
  }
}
