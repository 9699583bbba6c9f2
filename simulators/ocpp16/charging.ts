import type { Instant } from '@voltpile/kernel/clock';
import type { Timer } from '../virtual-time.ts';
import type { Connector } from './connector.ts';
import { notPossible } from './errors.ts';
import { meterValues } from './messages/meter-values.ts';
import { sampleMeter } from './sampling.ts';
import type { SimulatedStation } from './station.ts';
import type { Transaction } from './transaction.ts';
import type { ChargingProfile, IdTagStatus, MeterValue, ReadingContext, StationResponse, StopReason } from './types.ts';
import { MILLIJOULES_PER_WH, Vehicle, type VehicleFacts } from './vehicle.ts';

const TICK_MS = 10_000;
/** How often a charge that stands still looks whether it may go on. */
const STANDSTILL_TICK_MS = 60_000;

export interface StartFacts {
  readonly idTag: string;
  readonly parentIdTag: string | undefined;
  readonly reservationId: number | undefined;
  readonly chargingProfile: ChargingProfile | undefined;
}

/** What came of showing a card. */
export type CardOutcome =
  | { readonly outcome: 'started' | 'waiting-for-cable' | 'stopped' | 'cancelled' }
  | { readonly outcome: 'refused'; readonly status: IdTagStatus | 'Reserved' | 'Unavailable' };

/** Cards, cables, transactions and the energy in them. */
export class Charging {
  readonly #station: SimulatedStation;
  #lastLocalId = 0;
  #alignedTimer: Timer | undefined;

  constructor(station: SimulatedStation) {
    this.#station = station;
  }

  /** A car is plugged. @throws notPossible when one is already */
  plugIn(connector: Connector, facts: VehicleFacts): void {
    if (connector.vehicle !== undefined) throw notPossible({ reason: `Connector ${connector.id} has a car already.` });
    connector.vehicle = new Vehicle(facts);
    const { permission } = connector;
    if (permission !== undefined) {
      permission.timeout.cancel();
      connector.permission = undefined;
      this.start(connector, permission);
    } else {
      this.update(connector);
    }
  }

  /** The cable is pulled on the car's side. @throws notPossible when none is plugged */
  unplug(connector: Connector): void {
    if (connector.vehicle === undefined) throw notPossible({ reason: `Connector ${connector.id} has no car.` });
    this.#count(connector);
    connector.vehicle = undefined;
    connector.isFinishing = false;
    const ends = this.#station.configuration.flag('StopTransactionOnEVSideDisconnect');
    if (connector.transaction !== undefined && ends) this.stop(connector, 'EVDisconnected');
    else this.update(connector);
  }

  /** A card is shown: it starts, stops, or is refused (OCPP 1.6, 3.6 and 4.1). */
  async presentCard(connector: Connector, idTag: string): Promise<CardOutcome> {
    const { transaction, permission } = connector;
    if (transaction !== undefined) return this.#cardDuringCharge(connector, transaction, idTag);
    if (permission !== undefined) {
      if (permission.idTag.toLowerCase() !== idTag.toLowerCase()) return { outcome: 'refused', status: 'ConcurrentTx' };
      this.withdrawPermission(connector);
      return { outcome: 'cancelled' };
    }
    if (!this.#station.mayStart(connector)) return { outcome: 'refused', status: 'Unavailable' };
    if (this.#station.reservations.isHopeless(connector, idTag)) return { outcome: 'refused', status: 'Reserved' };
    const { info } = await this.#station.authorization.decide(connector.id, idTag);
    if (info.status !== 'Accepted') return { outcome: 'refused', status: info.status };
    return this.permit(connector, idTag, info.parentIdTag, undefined);
  }

  /** An accepted card begins to charge, or waits for its cable. */
  permit(
    connector: Connector,
    idTag: string,
    parentIdTag: string | undefined,
    chargingProfile: ChargingProfile | undefined,
  ): CardOutcome {
    if (!this.#station.mayStart(connector)) return { outcome: 'refused', status: 'Unavailable' };
    if (connector.transaction !== undefined || connector.permission !== undefined) {
      return { outcome: 'refused', status: 'ConcurrentTx' };
    }
    const reservation = this.#station.reservations.check(connector, idTag, parentIdTag);
    if (reservation === 'reserved') return { outcome: 'refused', status: 'Reserved' };
    const reservationId = reservation === 'free' ? undefined : reservation;
    const facts = { idTag, parentIdTag, reservationId, chargingProfile };
    if (connector.vehicle !== undefined) {
      this.start(connector, facts);
      return { outcome: 'started' };
    }
    const seconds = this.#station.configuration.integer('ConnectionTimeOut');
    const timeout = this.#station.timers.after(seconds === 0 ? Number.MAX_SAFE_INTEGER / 4 : seconds * 1000, () =>
      this.withdrawPermission(connector),
    );
    connector.permission = { ...facts, timeout };
    this.#station.refresh(connector);
    return { outcome: 'waiting-for-cable' };
  }

  withdrawPermission(connector: Connector): void {
    connector.permission?.timeout.cancel();
    connector.permission = undefined;
    this.#station.refresh(connector);
  }

  start(connector: Connector, facts: StartFacts): Transaction {
    const { clock, configuration, queue } = this.#station;
    const now = clock.now();
    this.#count(connector);
    connector.meter.transactionBegins();
    this.#lastLocalId -= 1;
    const transaction: Transaction = {
      localId: this.#lastLocalId,
      transactionId: undefined,
      connectorId: connector.id,
      idTag: facts.idTag,
      parentIdTag: facts.parentIdTag,
      startedAt: now,
      meterStartWh: connector.meter.shownWh(),
      startMillijoules: connector.meter.millijoules,
      state: 'charging',
      flowingSince: now,
      blocked: false,
      stopData: [],
      milestones: [],
      hasEnded: false,
    };
    connector.transaction = transaction;
    connector.isFinishing = false;
    if (facts.chargingProfile !== undefined) this.#station.profiles.set(connector.id, facts.chargingProfile);
    this.#collect(connector, transaction, configuration.list('StopTxnSampledData'), 'Transaction.Begin');
    queue.add({
      action: 'StartTransaction',
      transaction,
      request: {
        connectorId: connector.id,
        idTag: facts.idTag,
        meterStart: transaction.meterStartWh,
        timestamp: clock.write(now),
        ...(facts.reservationId === undefined ? {} : { reservationId: facts.reservationId }),
      },
    });
    const { localId, idTag, meterStartWh } = transaction;
    this.#station.tell('transaction-started', { connectorId: connector.id, idTag, localId, meterStartWh });
    if (facts.reservationId !== undefined) this.#station.reservations.used(facts.reservationId);
    this.update(connector);
    this.armSampling(connector);
    return transaction;
  }

  /** StartTransaction was answered (OCPP 1.6, 4.8). */
  confirmed(transaction: Transaction, { transactionId, idTagInfo }: StationResponse<'StartTransaction'>): void {
    const { configuration, authorization } = this.#station;
    const { connectorId, localId, idTag } = transaction;
    transaction.transactionId = transactionId;
    transaction.parentIdTag ??= idTagInfo.parentIdTag;
    authorization.learn(idTag, idTagInfo);
    this.#station.tell('transaction-confirmed', { connectorId, localId, transactionId, status: idTagInfo.status });
    if (idTagInfo.status === 'Accepted' || transaction.hasEnded) return;
    const connector = this.#station.connector(connectorId);
    if (!configuration.flag('StopTransactionOnInvalidId')) {
      transaction.blocked = true;
      this.update(connector);
      return;
    }
    const graceWh = configuration.integer('MaxEnergyOnInvalidId');
    if (graceWh === 0) this.stop(connector, 'DeAuthorized');
    else {
      const atMillijoules = connector.meter.millijoules + graceWh * MILLIJOULES_PER_WH;
      const settle = (reached: boolean) => reached && this.stop(connector, 'DeAuthorized');
      transaction.milestones.push({ atMillijoules, settle });
      this.update(connector);
    }
  }

  /** Ends the connector's transaction, if there is one. @param idTag the card that ended it */
  stop(connector: Connector, reason: StopReason, idTag?: string): void {
    const { clock, configuration, queue } = this.#station;
    const { transaction } = connector;
    if (transaction === undefined) return;
    this.#count(connector);
    const now = clock.now();
    this.#collect(connector, transaction, configuration.list('StopTxnSampledData'), 'Transaction.End');
    transaction.hasEnded = true;
    connector.transaction = undefined;
    connector.powerW = 0;
    connector.isFinishing = connector.vehicle !== undefined;
    connector.sampleTimer?.cancel();
    const meterStopWh = connector.meter.shownWh();
    queue.add({
      action: 'StopTransaction',
      transaction,
      request: {
        meterStop: meterStopWh,
        timestamp: clock.write(now),
        reason,
        ...(idTag === undefined ? {} : { idTag }),
        ...(transaction.stopData.length === 0 ? {} : { transactionData: transaction.stopData }),
      },
    });
    const { localId, transactionId } = transaction;
    const energyWh = meterStopWh - transaction.meterStartWh;
    this.#station.tell('transaction-stopped', {
      connectorId: connector.id,
      localId,
      transactionId,
      reason,
      meterStopWh,
      energyWh,
    });
    this.#station.profiles.transactionEnded(connector.id);
    if (connector.scheduledInoperative !== undefined) {
      connector.isInoperative = connector.scheduledInoperative;
      connector.scheduledInoperative = undefined;
      if (connector.isInoperative) this.#station.reservations.connectorLost(connector.id);
    }
    for (const milestone of transaction.milestones.splice(0)) milestone.settle(false);
    this.updateAll();
  }

  /** Resolves with true once the transaction has taken so much energy, with false when it ended before. */
  chargeUntil(connector: Connector, energyWh: number): Promise<boolean> {
    const { transaction } = connector;
    if (transaction === undefined) throw notPossible({ reason: `Connector ${connector.id} has no transaction.` });
    // Counted from the whole Wh that the meter showed, so that the difference of the two readings is exact.
    const fromWh = Math.floor(transaction.startMillijoules / MILLIJOULES_PER_WH);
    const atMillijoules = Math.ceil((fromWh + energyWh) * MILLIJOULES_PER_WH);
    return new Promise((resolve) => {
      transaction.milestones.push({ atMillijoules, settle: resolve });
      this.update(connector);
    });
  }

  /** Counts what flowed, decides what flows from now on, and plans when to look again. */
  update(connector: Connector): void {
    const { timers, clock } = this.#station;
    connector.chargingTimer?.cancel();
    this.#count(connector);
    const now = clock.now();
    const { transaction, vehicle } = connector;
    connector.offeredW = transaction?.blocked === true || connector.isFaulted ? 0 : this.#allowedW(connector, now);
    if (transaction === undefined) {
      connector.powerW = 0;
    } else {
      const seconds = transaction.state === 'charging' ? (now - transaction.flowingSince) / 1000 : 0;
      const wanted = vehicle?.wantedPowerW(seconds) ?? 0;
      connector.powerW = Math.floor(Math.min(wanted, connector.offeredW));
      const state = connector.powerW > 0 ? 'charging' : connector.offeredW <= 0 ? 'suspended-evse' : 'suspended-ev';
      if (state === 'charging' && transaction.state !== 'charging') transaction.flowingSince = now;
      transaction.state = state;
      connector.chargingTimer = timers.after(this.#nextLookMs(connector, transaction), () => this.update(connector));
    }
    this.#station.refresh(connector);
    this.#reachMilestones(connector);
  }

  /** Something changed for all connectors (a profile, a transaction that ended). */
  updateAll(): void {
    for (const connector of this.#station.chargingConnectors) this.update(connector);
  }

  /** Plans the next periodic meter value of a transaction (MeterValueSampleInterval). */
  armSampling(connector: Connector): void {
    const { configuration, timers, queue } = this.#station;
    connector.sampleTimer?.cancel();
    const seconds = configuration.integer('MeterValueSampleInterval');
    const { transaction } = connector;
    if (transaction === undefined || seconds === 0) return;
    connector.sampleTimer = timers.after(seconds * 1000, () => {
      this.#count(connector);
      const value = this.sample(connector, configuration.list('MeterValuesSampledData'), 'Sample.Periodic');
      if (value !== undefined) {
        const request = { connectorId: connector.id, meterValue: [value] };
        queue.add({ action: 'MeterValues', transaction, request });
      }
      this.#collect(connector, transaction, configuration.list('StopTxnSampledData'), 'Sample.Periodic');
      this.armSampling(connector);
    });
  }

  /** Plans the next values at multiples of ClockAlignedDataInterval since midnight (UTC), for every connector. */
  armClockAligned(): void {
    const { configuration, timers, clock } = this.#station;
    this.#alignedTimer?.cancel();
    const interval = configuration.integer('ClockAlignedDataInterval') * 1000;
    if (interval === 0) return;
    const sinceMidnight = clock.now() % 86_400_000;
    const next = Math.min(86_400_000, (Math.floor(sinceMidnight / interval) + 1) * interval) - sinceMidnight;
    this.#alignedTimer = timers.after(next, () => {
      for (const connector of this.#station.chargingConnectors) this.#sampleAligned(connector);
      this.armClockAligned();
    });
  }

  /** Sends a connector's meter values because they were asked for (TriggerMessage). */
  async triggeredValues(connector: Connector): Promise<void> {
    const { configuration } = this.#station;
    this.#count(connector);
    const value = this.sample(connector, configuration.list('MeterValuesSampledData'), 'Trigger');
    if (value === undefined) return;
    await meterValues(this.#station, connector.transaction, { connectorId: connector.id, meterValue: [value] });
  }

  sample(connector: Connector, measurands: readonly string[], context: ReadingContext): MeterValue | undefined {
    return sampleMeter(this.#station, connector, measurands, context, this.#station.clock.now());
  }

  async #cardDuringCharge(connector: Connector, transaction: Transaction, idTag: string): Promise<CardOutcome> {
    if (transaction.idTag.toLowerCase() !== idTag.toLowerCase()) {
      if (transaction.parentIdTag === undefined) return { outcome: 'refused', status: 'ConcurrentTx' };
      const { info } = await this.#station.authorization.decide(connector.id, idTag);
      if (info.status !== 'Accepted') return { outcome: 'refused', status: info.status };
      if (info.parentIdTag?.toLowerCase() !== transaction.parentIdTag.toLowerCase()) {
        return { outcome: 'refused', status: 'ConcurrentTx' };
      }
    }
    if (connector.transaction === transaction) this.stop(connector, 'Local', idTag);
    return { outcome: 'stopped' };
  }

  #sampleAligned(connector: Connector): void {
    const { configuration, queue } = this.#station;
    this.#count(connector);
    const { transaction } = connector;
    const value = this.sample(connector, configuration.list('MeterValuesAlignedData'), 'Sample.Clock');
    if (value !== undefined) {
      const request = { connectorId: connector.id, meterValue: [value] };
      if (transaction !== undefined) queue.add({ action: 'MeterValues', transaction, request });
      // Outside of transactions nobody misses a value that could not be sent: the failure is told as an event.
      else void meterValues(this.#station, undefined, request).catch(() => undefined);
    }
    if (transaction !== undefined) {
      this.#collect(connector, transaction, configuration.list('StopTxnAlignedData'), 'Sample.Clock');
    }
  }

  /** Keeps a value for StopTransaction; a long charge keeps its first values and leaves room for the last. */
  #collect(connector: Connector, transaction: Transaction, measurands: string[], context: ReadingContext): void {
    if (measurands.length === 0) return;
    const limit = this.#station.configuration.integer('StopTransactionMaxMeterValues');
    if (transaction.stopData.length >= limit - (context === 'Transaction.End' ? 0 : 1)) return;
    const value = this.sample(connector, measurands, context);
    if (value !== undefined) transaction.stopData.push(value);
  }

  #allowedW(connector: Connector, now: Instant): number {
    const { profiles, maxPowerW, chargingConnectors } = this.#station;
    const { transaction } = connector;
    const context = transaction && { transactionId: transaction.transactionId, startedAt: transaction.startedAt };
    const limits = [maxPowerW];
    const own = profiles.connectorLimitW(connector.id, now, context);
    if (own !== undefined) limits.push(own);
    const whole = profiles.stationLimitW(now);
    if (whole !== undefined) {
      limits.push(whole / Math.max(1, chargingConnectors.filter((other) => other.transaction !== undefined).length));
    }
    return Math.min(...limits);
  }

  #count(connector: Connector): void {
    const now = this.#station.clock.now();
    const milliseconds = Math.max(0, now - connector.countedAt);
    connector.countedAt = now;
    if (connector.powerW === 0 || milliseconds === 0) return;
    const flowed = connector.powerW * milliseconds;
    connector.meter.count(flowed);
    connector.vehicle?.store(flowed);
  }

  #nextLookMs(connector: Connector, transaction: Transaction): number {
    const { powerW, vehicle, meter } = connector;
    if (powerW === 0) return STANDSTILL_TICK_MS;
    const times = [TICK_MS];
    if (vehicle !== undefined) times.push(Math.ceil(vehicle.missingMillijoules / powerW));
    for (const { atMillijoules } of transaction.milestones) {
      times.push(Math.ceil(Math.max(0, atMillijoules - meter.millijoules) / powerW));
    }
    return Math.max(1, Math.min(...times));
  }

  #reachMilestones(connector: Connector): void {
    const { transaction, meter } = connector;
    if (transaction === undefined) return;
    for (const milestone of [...transaction.milestones]) {
      if (milestone.atMillijoules > meter.millijoules) continue;
      transaction.milestones.splice(transaction.milestones.indexOf(milestone), 1);
      milestone.settle(true);
    }
  }
}
