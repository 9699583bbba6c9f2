import type { Instant } from '@voltpile/kernel/clock';
import type { Timer } from '../virtual-time.ts';
import { Meter } from './meter.ts';
import type { Vehicle } from './vehicle.ts';
import type { ErrorCode, PlugStatus } from './words.ts';

/** A card that was accepted. While it waits for its cable, the timeout runs. */
export interface Permission {
  readonly timeout: Timer;
}

/** Somebody waits until the true register has come this far; `reached` is false when the charge ended before. */
export interface Milestone {
  readonly atMillijoules: number;
  readonly settle: (reached: boolean) => void;
}

/** How energy flows while the power path is closed. */
export type Flow = 'charging' | 'suspended-ev' | 'suspended-evse';

/**
 * One connector: what is plugged, permitted, reserved and broken. Its status is computed from those facts and never set by hand, so
 * that no sequence of events can leave a wrong one behind. Number 0 is the station as a whole.
 *
 * @typeParam T the protocol's transaction
 * @typeParam P the protocol's permission
 */
export class Connector<T = unknown, P extends Permission = Permission> {
  readonly id: number;
  readonly meter: Meter;
  vehicle: Vehicle | undefined;
  permission: P | undefined;
  transaction: T | undefined;
  isInoperative = false;
  /** ChangeAvailability that waits for the end of the transaction. */
  scheduledInoperative: boolean | undefined;
  errorCode: ErrorCode = 'NoError';
  errorInfo: string | undefined;
  /** The last charge is over but its cable is still plugged. */
  isFinishing = false;
  reservationId: number | undefined;
  /** Watts that flow now. */
  powerW = 0;
  /** Watts that the station would allow now. */
  offeredW = 0;
  countedAt: Instant;
  /** Somebody may charge here and the car is plugged: energy flows if both sides want it. */
  isClosed = false;
  /** The central system did not accept the card but the transaction goes on: no energy any more. */
  isBlocked = false;
  /** Undefined while the power path is open. */
  flow: Flow | undefined;
  /** When energy last began to flow: the car's ramp starts there. */
  flowingSince: Instant;
  closedAt: Instant;
  /** True register when the power path was closed, whatever the meter shows. */
  closedAtMillijoules = 0;
  readonly milestones: Milestone[] = [];
  status: PlugStatus = 'Available';
  statusSince: Instant;
  /** What the central system was last told, as one text; undefined before the first time. */
  reported: string | undefined;
  /** The status that was last told as an event, in the same form. */
  announced: string | undefined;
  statusTimer: Timer | undefined;
  flowTimer: Timer | undefined;
  sampleTimer: Timer | undefined;

  constructor(id: number, meterStartWh: number, now: Instant) {
    this.id = id;
    this.meter = new Meter(meterStartWh);
    this.countedAt = now;
    this.statusSince = now;
    this.flowingSince = now;
    this.closedAt = now;
  }

  get isFaulted(): boolean {
    return this.errorCode !== 'NoError';
  }

  /** Occupied by a car, a charge or a card that waits for its cable. */
  get isInUse(): boolean {
    return this.transaction !== undefined || this.vehicle !== undefined || this.permission !== undefined;
  }

  /** The status that the facts amount to (OCPP 1.6, 4.9 and 7.7). */
  computeStatus(): PlugStatus {
    if (this.isFaulted) return 'Faulted';
    switch (this.flow) {
      case 'charging':
        return 'Charging';
      case 'suspended-ev':
        return 'SuspendedEV';
      case 'suspended-evse':
        return 'SuspendedEVSE';
    }
    if (this.isInoperative) return 'Unavailable';
    if (this.id === 0) return 'Available';
    if (this.isFinishing) return 'Finishing';
    if (this.vehicle !== undefined || this.permission !== undefined) return 'Preparing';
    if (this.reservationId !== undefined) return 'Reserved';
    return 'Available';
  }

  /** Status and error as one text, for telling whether something is new. */
  get statusKey(): string {
    return `${this.status}/${this.errorCode}`;
  }
}
