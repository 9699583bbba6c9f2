import type { Instant } from '@voltpile/kernel/clock';
import type { Timer } from '../virtual-time.ts';
import { Meter } from './meter.ts';
import type { Transaction } from './transaction.ts';
import type { ChargePointErrorCode, ChargePointStatus, ChargingProfile } from './types.ts';
import type { Vehicle } from './vehicle.ts';

/** A card that was accepted and waits for its cable (ConnectionTimeOut). */
export interface Permission {
  readonly idTag: string;
  readonly parentIdTag: string | undefined;
  readonly reservationId: number | undefined;
  /** Came with a remote start; belongs to the transaction to be. */
  readonly chargingProfile: ChargingProfile | undefined;
  readonly timeout: Timer;
}

/**
 * One connector: what is plugged, permitted, reserved and broken. Its OCPP status is computed from those facts and never set by hand,
 * so that no sequence of events can leave a wrong one behind. Number 0 is the station as a whole.
 */
export class Connector {
  readonly id: number;
  readonly meter: Meter;
  vehicle: Vehicle | undefined;
  permission: Permission | undefined;
  transaction: Transaction | undefined;
  isInoperative = false;
  /** ChangeAvailability that waits for the end of the transaction. */
  scheduledInoperative: boolean | undefined;
  errorCode: ChargePointErrorCode = 'NoError';
  errorInfo: string | undefined;
  /** The last transaction is over but its cable is still plugged. */
  isFinishing = false;
  reservationId: number | undefined;
  /** Watts that flow now. */
  powerW = 0;
  /** Watts that the station would allow now. */
  offeredW = 0;
  countedAt: Instant;
  status: ChargePointStatus = 'Available';
  statusSince: Instant;
  /** What the central system was last told, as one text; undefined before the first time. */
  reported: string | undefined;
  /** The status that was last told as an event, in the same form. */
  announced: string | undefined;
  statusTimer: Timer | undefined;
  chargingTimer: Timer | undefined;
  sampleTimer: Timer | undefined;

  constructor(id: number, meterStartWh: number, now: Instant) {
    this.id = id;
    this.meter = new Meter(meterStartWh);
    this.countedAt = now;
    this.statusSince = now;
  }

  get isFaulted(): boolean {
    return this.errorCode !== 'NoError';
  }

  /** Occupied by a car, a charge or a card that waits for its cable. */
  get isInUse(): boolean {
    return this.transaction !== undefined || this.vehicle !== undefined || this.permission !== undefined;
  }

  /** The status that the facts amount to (OCPP 1.6, 4.9 and 7.7). */
  computeStatus(): ChargePointStatus {
    if (this.isFaulted) return 'Faulted';
    switch (this.transaction?.state) {
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

  /** What a StatusNotification about it would say, for telling whether a new one is due. */
  get statusKey(): string {
    return `${this.status}/${this.errorCode}`;
  }
}
