import { SimulatedStation16 } from '../ocpp16/station.ts';
import { SimulatedStation201 } from '../ocpp201/station.ts';
import type { SimulatedStation } from '../station/simulated-station.ts';
import type { SimulatedStationOptions } from '../station/station-options.ts';
import { VirtualTime } from '../virtual-time.ts';
import { TestCentralSystem } from './central-system.ts';

/** Where stepped time begins in tests. */
export const MORNING = Date.parse('2025-03-10T08:00:00.000Z');

/** A central system, stepped time, and stations that end with the test. */
export class Stage implements AsyncDisposable {
  readonly central: TestCentralSystem;
  readonly time = VirtualTime.stepped(MORNING);
  readonly #stations: SimulatedStation[] = [];

  private constructor(central: TestCentralSystem) {
    this.central = central;
  }

  /** @param tls key and certificate of the central system in PEM, for wss:// */
  static async open(tls?: { key: string; cert: string }): Promise<Stage> {
    return new Stage(await TestCentralSystem.listen(tls));
  }

  /** A station `CP-1`, or as the options say, not yet started. Its meters stand at 1,000,000 Wh. */
  station(options: Partial<SimulatedStationOptions> = {}): SimulatedStation16 {
    const station = new SimulatedStation16({
      identity: 'CP-1',
      url: this.central.url,
      time: this.time,
      meterStartWh: 1_000_000,
      reconnect: { jitter: 0 },
      ...options,
      configuration: { MeterValueSampleInterval: '0', ...options.configuration },
    });
    this.#stations.push(station);
    return station;
  }

  /** A station that has booted. */
  async started(options: Partial<SimulatedStationOptions> = {}): Promise<SimulatedStation16> {
    const station = this.station(options);
    await station.start();
    await this.time.settle();
    return station;
  }

  /** A station that charges on connector 1 with card TAG-1. */
  async charging(options: Partial<SimulatedStationOptions> = {}): Promise<SimulatedStation16> {
    const station = await this.started(options);
    station.plugIn(1);
    await station.presentCard(1, 'TAG-1');
    await this.time.settle();
    return station;
  }

  /** A station of OCPP 2.0.1, as {@link station}; variables in `configuration` have their own names. */
  station201(options: Partial<SimulatedStationOptions> = {}): SimulatedStation201 {
    const station = new SimulatedStation201({
      identity: 'CP-1',
      url: this.central.url,
      time: this.time,
      meterStartWh: 1_000_000,
      reconnect: { jitter: 0 },
      ...options,
      configuration: { 'SampledDataCtrlr.TxUpdatedInterval': '0', ...options.configuration },
    });
    this.#stations.push(station);
    return station;
  }

  async started201(options: Partial<SimulatedStationOptions> = {}): Promise<SimulatedStation201> {
    const station = this.station201(options);
    await station.start();
    await this.time.settle();
    return station;
  }

  async charging201(options: Partial<SimulatedStationOptions> = {}): Promise<SimulatedStation201> {
    const station = await this.started201(options);
    station.plugIn(1);
    await station.presentCard(1, 'TAG-1');
    await this.time.settle();
    return station;
  }

  /** Events of transactions as they came: `Started/CablePluggedIn/EVConnected`. */
  events(): string[] {
    return this.central.of('TransactionEvent').map(({ eventType, triggerReason, transactionInfo }) => {
      const { chargingState } = transactionInfo as { chargingState?: string };
      return [eventType, triggerReason, chargingState].join('/');
    });
  }

  /** Events about variables of the device model, in order. */
  deviceEvents(): Record<string, unknown>[] {
    return this.central.of('NotifyEvent').flatMap(({ eventData }) => eventData as Record<string, unknown>[]);
  }

  /** The statuses that an EVSE of OCPP 2.0.1 reported, in order. */
  statuses201(evseId: number): string[] {
    return this.central
      .of('StatusNotification')
      .filter((payload) => payload.evseId === evseId)
      .map((payload) => String(payload.connectorStatus));
  }

  /** The statuses that a connector reported, in order. */
  statuses(connectorId: number): string[] {
    return this.central
      .of('StatusNotification')
      .filter((payload) => payload.connectorId === connectorId)
      .map((payload) => String(payload.status));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#stations.map((station) => station.stop()));
    this.time.close();
    await this.central.close();
  }
}
