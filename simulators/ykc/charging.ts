import { notPossible } from '../station/errors.ts';
import type { CardOutcome, ChargingRules } from '../station/simulated-station.ts';
import { Vehicle, type VehicleFacts } from '../station/vehicle.ts';
import type { Interruption } from '../station/words.ts';
import { cardNumberOf } from './card-number.ts';
import type { Gun, Order } from './charge.ts';
import type { SimulatedPile } from './pile.ts';
import { causeOfDefect, INTERRUPTED, STOPPED } from './stop-causes.ts';

/** How long an order, or a card, waits for its cable. */
const CABLE_SECONDS = 60;

/** Why a start command fails (0x33, 0xA3). */
export const START_FAILED = { wrongPile: 1, charging: 2, fault: 3, notPlugged: 5 } as const;

/** What people and cars do at the guns, and what the central system orders. */
export class Charging implements ChargingRules<Gun> {
  readonly #pile: SimulatedPile;

  constructor(pile: SimulatedPile) {
    this.#pile = pile;
  }

  /** A car is plugged. @throws notPossible when one is already */
  plugIn(gun: Gun, facts: VehicleFacts): void {
    this.plugInVehicle(gun, new Vehicle({ vin: this.#pile.makeUpVin(), ...facts }));
  }

  /** The same with a car that other guns may be plugged to as well. */
  plugInVehicle(gun: Gun, vehicle: Vehicle): void {
    if (gun.vehicle !== undefined) throw notPossible({ reason: `Connector ${gun.id} has a car already.` });
    gun.vehicle = vehicle;
    const { permission } = gun;
    permission?.timeout.cancel();
    gun.permission = undefined;
    this.#pile.energy.update(gun);
    this.#pile.tellIfChanged(gun);
    if (permission?.kind === 'card') {
      // The outcome is told as events.
      void this.presentCard(gun, permission.idTag);
    } else if (permission?.kind === 'app' && this.#pile.isReadyToCharge && this.#pile.mayStart(gun)) {
      permission.answer(1);
      this.#pile.starts.carryOut(gun, permission.order);
    }
  }

  /** The cable is pulled. @throws notPossible when none is plugged */
  unplug(gun: Gun): void {
    if (gun.vehicle === undefined) throw notPossible({ reason: `Connector ${gun.id} has no car.` });
    this.#pile.charges.stop(gun, STOPPED.unplugged);
    this.#pile.energy.count(gun);
    gun.vehicle = undefined;
    gun.isFinishing = false;
    this.#pile.energy.update(gun);
    this.#pile.tellIfChanged(gun);
  }

  /** A card is shown: it starts, stops, waits for its cable, or is refused. */
  async presentCard(gun: Gun, idTag: string): Promise<CardOutcome> {
    const { transaction, permission } = gun;
    if (transaction !== undefined) {
      if (transaction.order.physCard !== cardNumberOf(idTag)) return { outcome: 'refused', status: 'ConcurrentTx' };
      this.#pile.charges.stop(gun, STOPPED.byHand);
      return { outcome: 'stopped' };
    }
    if (permission !== undefined) {
      if (permission.kind !== 'card' || cardNumberOf(permission.idTag) !== cardNumberOf(idTag)) {
        return { outcome: 'refused', status: 'ConcurrentTx' };
      }
      this.withdrawPermission(gun);
      return { outcome: 'cancelled' };
    }
    if (!this.#pile.mayStart(gun)) return { outcome: 'refused', status: 'Unavailable' };
    if (this.#pile.starts.isAsking(gun)) return { outcome: 'refused', status: 'ConcurrentTx' };
    if (gun.vehicle !== undefined) return this.#pile.starts.byCard(gun, idTag);
    gun.permission = { kind: 'card', idTag, timeout: this.#cableTimeout(gun) };
    this.#pile.refresh(gun);
    return { outcome: 'waiting-for-cable' };
  }

  interrupt(gun: Gun, interruption: Interruption): void {
    const cause = interruption === 'defect' ? causeOfDefect(gun.errorCode) : INTERRUPTED[interruption];
    this.#pile.charges.stop(gun, cause);
  }

  /**
   * The central system orders a start.
   *
   * @param again says later how it went, when the cable came late
   * @returns 0 when it may begin ({@link SimulatedPile.starts} carries it out), else why not
   */
  order(gun: Gun | undefined, order: Order, again: (result: number) => void): number {
    if (gun === undefined) return START_FAILED.fault;
    if (gun.transaction !== undefined || this.#pile.starts.isAsking(gun)) return START_FAILED.charging;
    if (!this.#pile.mayStart(gun) || !this.#pile.isReadyToCharge) return START_FAILED.fault;
    if (gun.vehicle !== undefined) return 0;
    this.withdrawPermission(gun);
    gun.permission = { kind: 'app', order, answer: again, timeout: this.#cableTimeout(gun) };
    this.#pile.refresh(gun);
    return START_FAILED.notPlugged;
  }

  withdrawPermission(gun: Gun): void {
    gun.permission?.timeout.cancel();
    gun.permission = undefined;
    this.#pile.refresh(gun);
  }

  #cableTimeout(gun: Gun) {
    return this.#pile.timers.after(CABLE_SECONDS * 1000, () => this.withdrawPermission(gun));
  }
}
