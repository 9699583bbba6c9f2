import type { Timer } from '../virtual-time.ts';
import type { VariableKey } from './device-model/variables.ts';
import { meterValues } from './messages/meter-values.ts';
import { sampleMeter } from './sampling.ts';
import type { SimulatedStation201 } from './station.ts';
import type { Connector, Transaction } from './transaction.ts';
import type { TransactionEvents } from './transaction-events.ts';
import type { MeterValue, ReadingContext } from './types.ts';

const DAY_MS = 86_400_000;
/** A long charge keeps its first values and leaves room for the last. */
const MAX_ENDED_VALUES = 500;

/** When meters are read, and where the values go (OCPP 2.0.1, J01 and J02): SampledDataCtrlr and AlignedDataCtrlr. */
export class Metering {
  readonly #station: SimulatedStation201;
  readonly #events: TransactionEvents;
  /** Second timer of each connector: values that are kept for the end. */
  readonly #endedTimers = new Map<number, Timer>();
  #alignedTimer: Timer | undefined;
  #alignedEndedTimer: Timer | undefined;

  constructor(station: SimulatedStation201, events: TransactionEvents) {
    this.#station = station;
    this.#events = events;
  }

  /** The value that the first event tells; the last one tells its own. */
  atStart(connector: Connector): MeterValue | undefined {
    const { transaction } = connector;
    if (transaction !== undefined) {
      this.#keep(connector, transaction, 'SampledDataCtrlr.TxEndedMeasurands', 'Transaction.Begin');
    }
    return this.#sampled('SampledDataCtrlr.Enabled')
      ? this.#sample(connector, 'SampledDataCtrlr.TxStartedMeasurands', 'Transaction.Begin')
      : undefined;
  }

  /** Everything that the last event tells. */
  atEnd(connector: Connector, transaction: Transaction): MeterValue[] {
    this.#keep(connector, transaction, 'SampledDataCtrlr.TxEndedMeasurands', 'Transaction.End');
    return transaction.endedValues;
  }

  /** Plans the values of a running transaction. */
  arm(connector: Connector): void {
    this.#armUpdated(connector);
    this.#armEnded(connector);
  }

  armAll(): void {
    for (const connector of this.#station.chargingConnectors) {
      connector.sampleTimer?.cancel();
      this.#endedTimers.get(connector.id)?.cancel();
      if (connector.transaction !== undefined) this.arm(connector);
    }
  }

  /** Plans the next values at multiples of the interval since midnight (UTC), for every connector. */
  armClockAligned(): void {
    this.#alignedTimer?.cancel();
    this.#alignedEndedTimer?.cancel();
    if (!this.#sampled('AlignedDataCtrlr.Enabled')) return;
    this.#alignedTimer = this.#everyAligned('AlignedDataCtrlr.Interval', (connector) => this.#aligned(connector));
    this.#alignedEndedTimer = this.#everyAligned('AlignedDataCtrlr.TxEndedInterval', (connector) => {
      const { transaction } = connector;
      if (transaction === undefined) return;
      this.#keep(connector, transaction, 'AlignedDataCtrlr.TxEndedMeasurands', 'Sample.Clock');
    });
  }

  /** Sends a connector's meter values because they were asked for (TriggerMessage MeterValues). */
  async triggeredValues(connector: Connector): Promise<void> {
    const value = this.#sample(connector, 'AlignedDataCtrlr.Measurands', 'Trigger');
    if (value !== undefined) await meterValues(this.#station, connector.id, [value], { beforeAccepted: true });
  }

  /** Tells how a transaction stands because it was asked for (TriggerMessage TransactionEvent). */
  triggeredEvent(connector: Connector, transaction: Transaction): void {
    const value = this.#sample(connector, 'SampledDataCtrlr.TxUpdatedMeasurands', 'Trigger');
    this.#events.updated(connector, transaction, 'Trigger', { meterValue: value && [value] });
  }

  #armUpdated(connector: Connector): void {
    const { device, timers } = this.#station;
    connector.sampleTimer?.cancel();
    const seconds = device.integer('SampledDataCtrlr.TxUpdatedInterval');
    const { transaction } = connector;
    if (transaction === undefined || seconds === 0 || !this.#sampled('SampledDataCtrlr.Enabled')) return;
    connector.sampleTimer = timers.after(seconds * 1000, () => {
      const value = this.#sample(connector, 'SampledDataCtrlr.TxUpdatedMeasurands', 'Sample.Periodic');
      if (value !== undefined) {
        this.#events.updated(connector, transaction, 'MeterValuePeriodic', { meterValue: [value] });
      }
      this.#armUpdated(connector);
    });
  }

  #armEnded(connector: Connector): void {
    const { device, timers } = this.#station;
    this.#endedTimers.get(connector.id)?.cancel();
    const seconds = device.integer('SampledDataCtrlr.TxEndedInterval');
    const { transaction } = connector;
    if (transaction === undefined || seconds === 0) return;
    const timer = timers.after(seconds * 1000, () => {
      if (connector.transaction !== transaction) return;
      this.#keep(connector, transaction, 'SampledDataCtrlr.TxEndedMeasurands', 'Sample.Periodic');
      this.#armEnded(connector);
    });
    this.#endedTimers.set(connector.id, timer);
  }

  #everyAligned(key: VariableKey, read: (connector: Connector) => void): Timer | undefined {
    const { device, timers, clock } = this.#station;
    const interval = device.integer(key) * 1000;
    if (interval === 0) return undefined;
    const sinceMidnight = clock.now() % DAY_MS;
    const next = Math.min(DAY_MS, (Math.floor(sinceMidnight / interval) + 1) * interval) - sinceMidnight;
    return timers.after(next, () => {
      for (const connector of this.#station.chargingConnectors) read(connector);
      const again = this.#everyAligned(key, read);
      if (key === 'AlignedDataCtrlr.Interval') this.#alignedTimer = again;
      else this.#alignedEndedTimer = again;
    });
  }

  #aligned(connector: Connector): void {
    const { device, chargingConnectors } = this.#station;
    const isBusy = chargingConnectors.some((other) => other.transaction !== undefined);
    if (device.flag('AlignedDataCtrlr.SendDuringIdle') && isBusy) return;
    const value = this.#sample(connector, 'AlignedDataCtrlr.Measurands', 'Sample.Clock');
    if (value === undefined) return;
    const { transaction } = connector;
    if (transaction !== undefined) {
      this.#events.updated(connector, transaction, 'MeterValueClock', { meterValue: [value] });
    } else {
      // Outside of transactions nobody misses a value that could not be sent: the failure is told as an event.
      void meterValues(this.#station, connector.id, [value]).catch(() => undefined);
    }
  }

  #keep(connector: Connector, transaction: Transaction, key: VariableKey, context: ReadingContext): void {
    const { endedValues } = transaction;
    if (endedValues.length >= MAX_ENDED_VALUES - (context === 'Transaction.End' ? 0 : 1)) return;
    const value = this.#sample(connector, key, context);
    if (value !== undefined) endedValues.push(value);
  }

  #sample(connector: Connector, key: VariableKey, context: ReadingContext): MeterValue | undefined {
    const measurands = this.#station.device.list(key);
    if (measurands.length === 0) return undefined;
    this.#station.energy.count(connector);
    return sampleMeter(this.#station, connector, measurands, context, this.#station.clock.now());
  }

  #sampled(key: 'SampledDataCtrlr.Enabled' | 'AlignedDataCtrlr.Enabled'): boolean {
    return this.#station.device.flag(key);
  }
}
