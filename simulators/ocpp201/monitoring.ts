import { Monitors } from './device-model/monitors.ts';
import { notifyEvent } from './messages/notify-event.ts';
import type { SimulatedStation201 } from './station.ts';
import type { CentralRequest, Component, EventData } from './types.ts';

type Base = CentralRequest<'SetMonitoringBase'>['monitoringBase'];

const LOWEST_SEVERITY = 9;
const ALERT = 2;
const INFORMATIONAL = 8;

/** Monitors, and what is wired into the station: problems, and changes of its availability if it is told to (OCPP 2.0.1, N). */
export class Monitoring {
  readonly monitors: Monitors;
  readonly #station: SimulatedStation201;
  base: Base = 'All';
  /** Events of a higher number are not told. */
  level = LOWEST_SEVERITY;
  #lastEventId = 0;

  constructor(station: SimulatedStation201) {
    this.#station = station;
    this.monitors = new Monitors(station);
  }

  /** SetMonitoringBase: there are no preconfigured monitors, so that anything but `All` removes the custom ones. */
  setBase(base: Base): void {
    this.base = base;
    if (base !== 'All') this.monitors.clearAll();
  }

  /** A connector, or with 0 the station, has broken or works again. */
  problem(connectorId: number, errorCode: string, info: string | undefined, cleared: boolean): void {
    const event = {
      trigger: 'Alerting',
      actualValue: String(!cleared),
      component: componentOf(connectorId),
      variable: { name: 'Problem' },
      eventNotificationType: 'HardWiredNotification',
      ...(cleared ? { cleared } : { techCode: errorCode, ...(info === undefined ? {} : { techInfo: info }) }),
    } as const;
    this.tell(event, ALERT);
  }

  availabilityChanged(connectorId: number, state: string): void {
    if (!this.#station.device.flag('MonitoringCtrlr.AvailabilityEvents')) return;
    const event = {
      trigger: 'Delta',
      actualValue: state,
      component: componentOf(connectorId),
      variable: { name: 'AvailabilityState' },
      eventNotificationType: 'HardWiredNotification',
    } as const;
    this.tell(event, INFORMATIONAL);
  }

  tell(event: Omit<EventData, 'eventId' | 'timestamp'>, severity: number): void {
    const { device, clock, canSpeak } = this.#station;
    if (!device.flag('MonitoringCtrlr.Enabled') || severity > this.level) return;
    if (!canSpeak && severity > device.integer('MonitoringCtrlr.OfflineQueuingSeverity')) return;
    this.#lastEventId += 1;
    notifyEvent(this.#station, { eventId: this.#lastEventId, timestamp: clock.write(clock.now()), ...event });
  }
}

function componentOf(connectorId: number): Component {
  return connectorId === 0
    ? { name: 'ChargingStation' }
    : { name: 'Connector', evse: { id: connectorId, connectorId: 1 } };
}
