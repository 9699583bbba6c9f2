import { isSameCard } from '../station/card.ts';
import { notPossible } from '../station/errors.ts';
import type { CardOutcome, ChargingRules } from '../station/simulated-station.ts';
import { MILLIJOULES_PER_WH, Vehicle, type VehicleFacts } from '../station/vehicle.ts';
import type { Interruption } from '../station/words.ts';
import type { Timer } from '../virtual-time.ts';
import { fromOcpp16Profile } from './charging-profile.ts';
import { fromIdTagInfo } from './id-tag-info.ts';
import { meterValues } from './messages/meter-values.ts';
import { startTransaction } from './messages/start-transaction.ts';
import { stopTransaction } from './messages/stop-transaction.ts';
import { sampleMeter } from './sampling.ts';
import type { SimulatedStation16 } from './station.ts';
import { STOP_REASONS } from './stop-reasons.ts';
import type { Connector, Transaction } from './transaction.ts';
import type {
  ChargingProfile,
  MeterValue,
  ReadingContext,
  StationRequest,
  StationResponse,
  StopReason,
} from './types.ts';

export interface StartFacts {
  readonly idTag: string;
  readonly parentIdTag: string | undefined;
  readonly reservationId: number | undefined;
  readonly chargingProfile: ChargingProfile | undefined;
}

/** Cards, cables and transactions by the rules of OCPP 1.6. */
export class Charging implements ChargingRules<Connector> {
  readonly #station: SimulatedStation16;
  #lastLocalId = 0;
  #alignedTimer: Timer | undefined;

  constructor(station: SimulatedStation16) {
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
      this.#station.energy.update(connector);
    }
  }

  /** The cable is pulled on the car's side. @throws notPossible when none is plugged */
  unplug(connector: Connector): void {
    if (connector.vehicle === undefined) throw notPossible({ reason: `Connector ${connector.id} has no car.` });
    this.#station.energy.count(connector);
    connector.vehicle = undefined;
    connector.isFinishing = false;
    const ends = this.#station.configuration.flag('StopTransactionOnEVSideDisconnect');
    if (connector.transaction !== undefined && ends) this.stop(connector, 'EVDisconnected');
    else this.#station.energy.update(connector);
  }

  /** A card is shown: it starts, stops, or is refused (OCPP 1.6, 3.6 and 4.1). */
  async presentCard(connector: Connector, idTag: string): Promise<CardOutcome> {
    const { transaction, permission } = connector;
    if (transaction !== undefined) return this.#cardDuringCharge(connector, transaction, idTag);
    if (permission !== undefined) {
      if (!isSameCard(permission.idTag, idTag)) return { outcome: 'refused', status: 'ConcurrentTx' };
      this.withdrawPermission(connector);
      return { outcome: 'cancelled' };
    }
    if (!this.#station.mayStart(connector)) return { outcome: 'refused', status: 'Unavailable' };
    if (this.#station.reservations.isHopeless(connector, idTag)) return { outcome: 'refused', status: 'Reserved' };
    const { info } = await this.#station.authorization.decide(connector.id, idTag);
    if (info.status !== 'Accepted') return { outcome: 'refused', status: info.status };
    return this.permit(connector, idTag, info.group, undefined);
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
    const { clock, configuration, energy, profiles } = this.#station;
    const now = clock.now();
    energy.close(connector);
    this.#lastLocalId -= 1;
    const transaction: Transaction = {
      localId: this.#lastLocalId,
      transactionId: undefined,
      connectorId: connector.id,
      idTag: facts.idTag,
      parentIdTag: facts.parentIdTag,
      startedAt: now,
      meterStartWh: connector.meter.shownWh(),
      stopData: [],
      hasEnded: false,
    };
    connector.transaction = transaction;
    connector.isFinishing = false;
    if (facts.chargingProfile !== undefined) {
      profiles.set(connector.id, fromOcpp16Profile(facts.chargingProfile), facts.chargingProfile);
    }
    this.#collect(connector, transaction, configuration.list('StopTxnSampledData'), 'Transaction.Begin');
    this.#tellStart(transaction, {
      connectorId: connector.id,
      idTag: facts.idTag,
      meterStart: transaction.meterStartWh,
      timestamp: clock.write(now),
      ...(facts.reservationId === undefined ? {} : { reservationId: facts.reservationId }),
    });
    const { localId, idTag, meterStartWh } = transaction;
    this.#station.tell('transaction-started', { connectorId: connector.id, idTag, localId, meterStartWh });
    if (facts.reservationId !== undefined) this.#station.reservations.used(facts.reservationId);
    energy.update(connector);
    this.armSampling(connector);
    return transaction;
  }

  /** StartTransaction was answered (OCPP 1.6, 4.8). */
  confirmed(transaction: Transaction, { transactionId, idTagInfo }: StationResponse<'StartTransaction'>): void {
    const { configuration, authorization, energy } = this.#station;
    const { connectorId, localId, idTag } = transaction;
    transaction.transactionId = transactionId;
    transaction.parentIdTag ??= idTagInfo.parentIdTag;
    authorization.learn(idTag, fromIdTagInfo(idTagInfo));
    this.#station.tell('transaction-confirmed', { connectorId, localId, transactionId, status: idTagInfo.status });
    if (idTagInfo.status === 'Accepted' || transaction.hasEnded) return;
    const connector = this.#station.connector(connectorId);
    if (!configuration.flag('StopTransactionOnInvalidId')) {
      connector.isBlocked = true;
      energy.update(connector);
      return;
    }
    const graceWh = configuration.integer('MaxEnergyOnInvalidId');
    if (graceWh === 0) this.stop(connector, 'DeAuthorized');
    else {
      const atMillijoules = connector.meter.millijoules + graceWh * MILLIJOULES_PER_WH;
      energy.whenReached(connector, atMillijoules, (reached) => {
        if (reached) this.stop(connector, 'DeAuthorized');
      });
    }
  }

  /** Ends the connector's transaction, if there is one. @param idTag the card that ended it */
  stop(connector: Connector, reason: StopReason, idTag?: string): void {
    const { clock, configuration, energy } = this.#station;
    const { transaction } = connector;
    if (transaction === undefined) return;
    energy.count(connector);
    const now = clock.now();
    this.#collect(connector, transaction, configuration.list('StopTxnSampledData'), 'Transaction.End');
    transaction.hasEnded = true;
    connector.transaction = undefined;
    energy.open(connector);
    connector.isFinishing = connector.vehicle !== undefined;
    connector.sampleTimer?.cancel();
    const meterStopWh = connector.meter.shownWh();
    this.#tellStop(transaction, {
      meterStop: meterStopWh,
      timestamp: clock.write(now),
      reason,
      ...(idTag === undefined ? {} : { idTag }),
      ...(transaction.stopData.length === 0 ? {} : { transactionData: transaction.stopData }),
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
    energy.updateAll();
  }

  interrupt(connector: Connector, interruption: Interruption): void {
    this.stop(connector, STOP_REASONS[interruption]);
  }

  /** Plans the next periodic meter value of a transaction (MeterValueSampleInterval). */
  armSampling(connector: Connector): void {
    const { configuration, energy, timers } = this.#station;
    connector.sampleTimer?.cancel();
    const seconds = configuration.integer('MeterValueSampleInterval');
    const { transaction } = connector;
    if (transaction === undefined || seconds === 0) return;
    connector.sampleTimer = timers.after(seconds * 1000, () => {
      energy.count(connector);
      const value = this.sample(connector, configuration.list('MeterValuesSampledData'), 'Sample.Periodic');
      if (value !== undefined) this.#tellValue(connector, transaction, value);
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
    const { configuration, energy } = this.#station;
    energy.count(connector);
    const value = this.sample(connector, configuration.list('MeterValuesSampledData'), 'Trigger');
    if (value === undefined) return;
    await meterValues(this.#station, connector.transaction, { connectorId: connector.id, meterValue: [value] });
  }

  sample(connector: Connector, measurands: readonly string[], context: ReadingContext): MeterValue | undefined {
    return sampleMeter(this.#station, connector, measurands, context, this.#station.clock.now());
  }

  async #cardDuringCharge(connector: Connector, transaction: Transaction, idTag: string): Promise<CardOutcome> {
    if (!isSameCard(transaction.idTag, idTag)) {
      if (transaction.parentIdTag === undefined) return { outcome: 'refused', status: 'ConcurrentTx' };
      const { info } = await this.#station.authorization.decide(connector.id, idTag);
      if (info.status !== 'Accepted') return { outcome: 'refused', status: info.status };
      if (!isSameCard(info.group, transaction.parentIdTag)) return { outcome: 'refused', status: 'ConcurrentTx' };
    }
    if (connector.transaction === transaction) this.stop(connector, 'Local', idTag);
    return { outcome: 'stopped' };
  }

  #sampleAligned(connector: Connector): void {
    const { configuration, energy } = this.#station;
    energy.count(connector);
    const { transaction } = connector;
    const value = this.sample(connector, configuration.list('MeterValuesAlignedData'), 'Sample.Clock');
    if (value !== undefined) {
      if (transaction !== undefined) this.#tellValue(connector, transaction, value);
      else {
        const request = { connectorId: connector.id, meterValue: [value] };
        // Outside of transactions nobody misses a value that could not be sent: the failure is told as an event.
        void meterValues(this.#station, undefined, request).catch(() => undefined);
      }
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

  #tellStart(transaction: Transaction, request: StationRequest<'StartTransaction'>): void {
    this.#station.queue.add({
      action: 'StartTransaction',
      isExpendable: false,
      send: () => startTransaction(this.#station, transaction, request),
    });
  }

  #tellValue(connector: Connector, transaction: Transaction, value: MeterValue): void {
    const request = { connectorId: connector.id, meterValue: [value] };
    this.#station.queue.add({
      action: 'MeterValues',
      isExpendable: true,
      send: () => meterValues(this.#station, transaction, request),
    });
  }

  #tellStop(transaction: Transaction, stop: Omit<StationRequest<'StopTransaction'>, 'transactionId'>): void {
    this.#station.queue.add({
      action: 'StopTransaction',
      isExpendable: false,
      send: () => stopTransaction(this.#station, transaction, stop),
    });
  }
}
