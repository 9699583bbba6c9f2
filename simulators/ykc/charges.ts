import type { Connector } from '../station/connector.ts';
import { MILLIJOULES_PER_WH } from '../station/vehicle.ts';
import { Bill, type BillTotals } from './bill.ts';
import type { Charge, Gun, Order } from './charge.ts';
import { tellBattery, tellEnd, tellErrors, tellHandshake } from './messages/bms.ts';
import type { SimulatedPile } from './pile.ts';
import { makeRecord } from './record.ts';
import { STOPPED, type StopCause } from './stop-causes.ts';
import { rateAt, type TariffModel, untilNextSlotMs } from './tariff.ts';

const MILLIJOULES_PER_STEP = MILLIJOULES_PER_WH / 10;
/** 0.0001 yuan in a cent. */
const PER_CENT = 100;
const BALANCE_TOO_LOW = 0x4e;
const NO_VIN = '';
/** Reasons of failed starts: a message of the BMS did not come. */
const BMS_TIMEOUTS = { first: 0x59, last: 0x5f } as const;

/** Charges as they run: the bill by half hours, the balance, what is told at their beginning, on their way and at their end. */
export class Charges {
  readonly #pile: SimulatedPile;
  #lastLocalId = 0;

  constructor(pile: SimulatedPile) {
    this.#pile = pile;
  }

  /** An order is carried out; the gun is plugged and free. @returns whether energy flows */
  begin(gun: Gun, order: Order, model: TariffModel): boolean {
    const { quirks, energy, clock } = this.#pile;
    const failure = quirks.startFailure ?? (order.balance === 0 ? BALANCE_TOO_LOW : undefined);
    if (failure !== undefined) {
      this.fail(gun, order, failure, model);
      return false;
    }
    energy.close(gun);
    const localId = this.#nextLocalId();
    const startWallMs = this.#pile.wall.wallMs();
    const charge: Charge = {
      localId,
      order,
      balance: order.balance,
      vin: this.#pile.type === 'DC' ? (gun.vehicle?.vin ?? NO_VIN) : NO_VIN,
      startedAt: clock.now(),
      startWallMs,
      meterStart: gun.meter.shownTenthWh(),
      bill: new Bill(model, quirks, registerOf(gun)),
      rate: rateAt(model, startWallMs),
      slotTimer: undefined,
    };
    gun.transaction = charge;
    gun.isFinishing = false;
    this.#tellBegin(gun, order, localId);
    // Tells the new status first, as the central system waits for it.
    energy.update(gun);
    if (gun.transaction !== charge) return false;
    if (this.#pile.type === 'DC') tellHandshake(this.#pile, gun, charge);
    this.#armSlot(gun, charge, model);
    this.armBalance(gun, charge);
    return true;
  }

  /** A start that came to nothing: its record tells why. @param reason 0x4A…0x69 */
  fail(gun: Gun, order: Order, reason: number, model: TariffModel): void {
    const { clock, wall, quirks, type } = this.#pile;
    const localId = this.#nextLocalId();
    const now = clock.now();
    const wallMs = wall.wallMs();
    const register = gun.meter.shownTenthWh();
    if (type === 'DC' && reason >= BMS_TIMEOUTS.first && reason <= BMS_TIMEOUTS.last) {
      tellErrors(this.#pile, gun, order.serial);
    }
    if (order.kind !== 'offline-card') this.#pile.ledger.started();
    this.#pile.queue.add(
      makeRecord({
        localId,
        pileNo: this.#pile.identity,
        gun: gun.id,
        order,
        startedAt: now,
        endedAt: now,
        startWallMs: wallMs,
        endWallMs: wallMs,
        meterStart: register,
        meterEnd: register,
        bill: new Bill(model, quirks, registerOf(gun)).totals(),
        vin: NO_VIN,
        stopReason: reason,
      }),
    );
    this.#pile.tell('transaction-stopped', {
      connectorId: gun.id,
      localId,
      transactionId: order.serial,
      reason: 'Other',
      meterStopWh: gun.meter.shownWh(),
      energyWh: 0,
    });
  }

  /** Ends the gun's charge, if there is one, and those of guns that feed the same car. */
  stop(gun: Gun, cause: StopCause): void {
    const charge = gun.transaction;
    if (charge === undefined) return;
    const { clock, wall, energy, queue, type } = this.#pile;
    const bill = this.countedBill(gun, charge);
    charge.slotTimer?.cancel();
    if (type === 'DC') tellEnd(this.#pile, gun, charge, cause);
    gun.transaction = undefined;
    energy.open(gun);
    // Its end and the empty gun are told in one.
    if (cause === STOPPED.unplugged) gun.vehicle = undefined;
    gun.isFinishing = gun.vehicle !== undefined;
    const meterEnd = gun.meter.shownTenthWh();
    const { order, startedAt, startWallMs, meterStart, vin, localId } = charge;
    queue.add(
      makeRecord({
        localId,
        pileNo: this.#pile.identity,
        gun: gun.id,
        order,
        startedAt,
        endedAt: clock.now(),
        startWallMs,
        endWallMs: wall.wallMs(),
        meterStart,
        meterEnd,
        bill,
        vin,
        stopReason: cause.code,
      }),
    );
    this.#pile.tell('transaction-stopped', {
      connectorId: gun.id,
      localId,
      transactionId: order.serial,
      reason: cause.word,
      meterStopWh: gun.meter.shownWh(),
      energyWh: (meterEnd - meterStart) / 10,
    });
    for (const other of this.#pile.chargingConnectors) {
      if (order.group !== undefined && other.transaction?.order.group === order.group) this.stop(other, cause);
    }
    energy.updateAll();
    this.#pile.chargeEnded();
  }

  /** The flow of energy has changed: a car that is full ends its charge. */
  flowChanged(gun: Gun): void {
    if (gun.transaction !== undefined && gun.flow === 'suspended-ev' && gun.vehicle?.isFull === true) {
      this.stop(gun, STOPPED.full);
    }
  }

  /** The bill up to now. */
  countedBill(gun: Gun, charge: Charge): BillTotals {
    this.#count(gun, charge);
    return charge.bill.totals();
  }

  /** What a DC pile tells beside 0x13 while it charges. */
  tellBattery(gun: Gun): void {
    const { transaction } = gun;
    if (transaction !== undefined && this.#pile.type === 'DC') tellBattery(this.#pile, gun, transaction);
  }

  /** The pile's clock has been set: half hours begin at other times. Call before it is set with `count`, after it with `arm`. */
  clockChanges(step: 'count' | 'arm'): void {
    for (const gun of this.#pile.chargingConnectors) {
      const { transaction } = gun;
      const { model } = this.#pile.tariff;
      if (transaction === undefined || model === undefined) continue;
      if (step === 'count') this.#count(gun, transaction);
      else this.#slotBegins(gun, transaction, model);
    }
  }

  /** Plans the end for the moment at which the balance is used up. */
  armBalance(gun: Gun, charge: Charge): void {
    if (charge.balance === undefined) return;
    this.#count(gun, charge);
    const more = charge.bill.energyUntil(charge.balance * PER_CENT, charge.rate);
    if (more === undefined) return;
    if (more === 0) {
      this.stop(gun, charge.order.kind === 'app' ? STOPPED.moneyLimit : STOPPED.balanceUsedUp);
      return;
    }
    const at = (registerOf(gun) + more) * MILLIJOULES_PER_STEP;
    this.#pile.energy.whenReached(gun, at, (isReached) => {
      // The price or the balance may have changed since.
      if (isReached && gun.transaction === charge) this.armBalance(gun, charge);
    });
  }

  /** Below 0, as the numbers of OCPP 1.6 that stand in for those of the central system. */
  #nextLocalId(): number {
    this.#lastLocalId -= 1;
    return this.#lastLocalId;
  }

  #tellBegin(gun: Gun, order: Order, localId: number): void {
    const { serial, kind } = order;
    this.#pile.tell('transaction-started', {
      connectorId: gun.id,
      idTag: nameOf(order),
      localId,
      meterStartWh: gun.meter.shownWh(),
    });
    if (kind === 'offline-card') return;
    this.#pile.ledger.started();
    const confirmed = { connectorId: gun.id, localId, transactionId: serial, status: 'Accepted' as const };
    this.#pile.tell('transaction-confirmed', confirmed);
  }

  #count(gun: Gun, charge: Charge): void {
    this.#pile.energy.count(gun);
    charge.bill.count(charge.rate, registerOf(gun));
  }

  #armSlot(gun: Gun, charge: Charge, model: TariffModel): void {
    charge.slotTimer?.cancel();
    charge.slotTimer = this.#pile.timers.after(untilNextSlotMs(this.#pile.wall.wallMs()), () => {
      this.#count(gun, charge);
      this.#slotBegins(gun, charge, model);
    });
  }

  #slotBegins(gun: Gun, charge: Charge, model: TariffModel): void {
    charge.rate = rateAt(model, this.#pile.wall.wallMs());
    this.#armSlot(gun, charge, model);
    this.armBalance(gun, charge);
  }
}

/** The true register, in 0.1 Wh. */
function registerOf(gun: Connector): number {
  return Math.floor(gun.meter.millijoules / MILLIJOULES_PER_STEP);
}

/** How events call whoever charges. */
function nameOf({ physCard, logicCard, kind }: Order): string {
  const card = [physCard, logicCard].find((number) => /[^0]/.test(number));
  return card?.replace(/^0+/, '') ?? kind;
}
