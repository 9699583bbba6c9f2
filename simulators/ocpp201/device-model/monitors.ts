import type { Clock } from '@voltpile/kernel/clock';
import type { Timer, TimerGroup } from '../../virtual-time.ts';
import type { CentralRequest, CentralResponse, ComponentVariable, EventData, MonitoringData } from '../types.ts';
import { type DeviceModel, type DeviceVariable, isAskedFor } from './device-model.ts';

type SetData = CentralRequest<'SetVariableMonitoring'>['setMonitoringData'][number];
type SetResult = CentralResponse<'SetVariableMonitoring'>['setMonitoringResult'][number];
type ClearResult = CentralResponse<'ClearVariableMonitoring'>['clearMonitoringResult'][number];
type MonitorType = SetData['type'];
type Criterion = NonNullable<CentralRequest<'GetMonitoringReport'>['monitoringCriteria']>[number];

const MAX_MONITORS = 100;
const DAY_MS = 86_400_000;

const CRITERIA: Readonly<Record<MonitorType, Criterion>> = {
  UpperThreshold: 'ThresholdMonitoring',
  LowerThreshold: 'ThresholdMonitoring',
  Delta: 'DeltaMonitoring',
  Periodic: 'PeriodicMonitoring',
  PeriodicClockAligned: 'PeriodicMonitoring',
};

interface Monitor {
  readonly id: number;
  readonly type: MonitorType;
  readonly value: number;
  readonly severity: number;
  /** Only while a transaction runs. */
  readonly transaction: boolean;
  readonly target: DeviceVariable;
  /** Delta: the value that was told last. */
  last: string;
  /** Threshold: beyond it now. */
  isBeyond: boolean;
  timer: Timer | undefined;
}

/** What monitors need of their station. */
export interface MonitoredStation {
  readonly device: DeviceModel;
  readonly clock: Clock;
  readonly timers: TimerGroup;
  /** The transaction at an EVSE (anywhere, without one). */
  transactionIdAt(evseId: number | undefined): string | undefined;
  /** Tells what a monitor has seen, in NotifyEvent. */
  monitorFired(event: Omit<EventData, 'eventId' | 'timestamp'>, severity: number): void;
}

/** Monitors set on variables (OCPP 2.0.1, N04–N08): kept over reboots, looked at whenever something changes. */
export class Monitors {
  readonly #station: MonitoredStation;
  readonly #byId = new Map<number, Monitor>();
  #lastId = 0;
  #isChecking = false;

  constructor(station: MonitoredStation) {
    this.#station = station;
  }

  get size(): number {
    return this.#byId.size;
  }

  set(data: SetData): SetResult {
    const { component, variable, type, severity, value, transaction = false } = data;
    const echo = { component, variable, type, severity };
    const target = this.#station.device.find(component, variable);
    if (typeof target === 'string') return { ...echo, status: target };
    const isNumber = ['integer', 'decimal'].includes(target.definition.dataType);
    const isPeriodic = CRITERIA[type] === 'PeriodicMonitoring';
    if (target.definition.monitorable !== true || (!isNumber && CRITERIA[type] === 'ThresholdMonitoring')) {
      return { ...echo, status: 'UnsupportedMonitorType' };
    }
    const replaced = data.id === undefined ? undefined : this.#byId.get(data.id);
    const isBad = (isPeriodic && !(value >= 1)) || (type === 'Delta' && isNumber && !(value > 0));
    if ((data.id !== undefined && replaced === undefined) || isBad) return { ...echo, status: 'Rejected' };
    const others = [...this.#byId.values()].filter((other) => other !== replaced);
    const isSame = (other: Monitor) => other.target === target && other.type === type && other.severity === severity;
    if (others.some(isSame)) return { ...echo, status: 'Duplicate' };
    if (others.length >= MAX_MONITORS) return { ...echo, status: 'Rejected' };
    replaced?.timer?.cancel();
    if (replaced === undefined) this.#lastId += 1;
    const monitor: Monitor = {
      id: replaced?.id ?? this.#lastId,
      type,
      value,
      severity,
      transaction,
      target,
      last: target.read(),
      isBeyond: false,
      timer: undefined,
    };
    this.#byId.set(monitor.id, monitor);
    this.#arm(monitor);
    return { ...echo, id: monitor.id, status: 'Accepted' };
  }

  clear(id: number): ClearResult {
    const monitor = this.#byId.get(id);
    monitor?.timer?.cancel();
    return { id, status: this.#byId.delete(id) ? 'Accepted' : 'NotFound' };
  }

  clearAll(): void {
    for (const id of [...this.#byId.keys()]) this.clear(id);
  }

  /** After power-on: timers are gone, monitors are not. */
  rearm(): void {
    for (const monitor of this.#byId.values()) {
      monitor.isBeyond = false;
      monitor.last = monitor.target.read();
      this.#arm(monitor);
    }
  }

  /** Something may have changed. */
  check(): void {
    // What is told may itself change a variable.
    if (this.#byId.size === 0 || this.#isChecking) return;
    this.#isChecking = true;
    try {
      for (const monitor of this.#byId.values()) this.#look(monitor);
    } finally {
      this.#isChecking = false;
    }
  }

  /** What GetMonitoringReport tells. */
  report(
    criteria: readonly Criterion[] | undefined,
    asked: readonly ComponentVariable[] | undefined,
  ): MonitoringData[] {
    const byTarget = new Map<DeviceVariable, MonitoringData>();
    for (const { id, type, value, severity, transaction, target } of this.#byId.values()) {
      if (criteria !== undefined && !criteria.includes(CRITERIA[type])) continue;
      if (asked !== undefined && !isAskedFor(target, asked)) continue;
      const data = byTarget.get(target) ?? {
        component: target.component,
        variable: target.variable,
        variableMonitoring: [] as unknown as MonitoringData['variableMonitoring'],
      };
      data.variableMonitoring.push({ id, type, value, severity, transaction });
      byTarget.set(target, data);
    }
    return [...byTarget.values()];
  }

  #look(monitor: Monitor): void {
    const { type, value, target } = monitor;
    if (!this.#isInForce(monitor)) return;
    const now = target.read();
    switch (type) {
      case 'UpperThreshold':
      case 'LowerThreshold': {
        const isBeyond = type === 'UpperThreshold' ? Number(now) > value : Number(now) < value;
        if (isBeyond === monitor.isBeyond) return;
        monitor.isBeyond = isBeyond;
        this.#fire(monitor, 'Alerting', now, isBeyond ? {} : { cleared: true });
        return;
      }
      case 'Delta': {
        const difference = Number(now) - Number(monitor.last);
        const isFar = Number.isNaN(difference) ? now !== monitor.last : Math.abs(difference) >= value;
        if (!isFar) return;
        monitor.last = now;
        this.#fire(monitor, 'Delta', now);
      }
    }
  }

  #arm(monitor: Monitor): void {
    monitor.timer?.cancel();
    const { type, value, target } = monitor;
    if (CRITERIA[type] !== 'PeriodicMonitoring') return;
    const interval = value * 1000;
    const now = this.#station.clock.now();
    const wait = type === 'Periodic' ? interval : interval - ((now % DAY_MS) % interval);
    monitor.timer = this.#station.timers.after(wait, () => {
      if (this.#isInForce(monitor)) this.#fire(monitor, 'Periodic', target.read());
      this.#arm(monitor);
    });
  }

  #isInForce(monitor: Monitor): boolean {
    return !monitor.transaction || this.#station.transactionIdAt(monitor.target.evseId) !== undefined;
  }

  #fire(monitor: Monitor, trigger: EventData['trigger'], actualValue: string, more: { cleared?: true } = {}): void {
    const { id, target, severity } = monitor;
    const transactionId = this.#station.transactionIdAt(target.evseId);
    this.#station.monitorFired(
      {
        trigger,
        actualValue,
        component: target.component,
        variable: target.variable,
        eventNotificationType: 'CustomMonitor',
        variableMonitoringId: id,
        ...(transactionId === undefined ? {} : { transactionId }),
        ...more,
      },
      severity,
    );
  }
}
