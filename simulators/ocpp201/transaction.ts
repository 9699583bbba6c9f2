import type { Instant } from '@voltpile/kernel/clock';
import type { Connector as AnyConnector } from '../station/connector.ts';
import type { Timer } from '../virtual-time.ts';
import type { ChargingProfile, IdToken, MeterValue, StoppedReason, TriggerReason } from './types.ts';

/** Somebody may charge here: waits for the cable (EVConnectionTimeOut), then lasts until the charge is ended. */
export interface Permission {
  readonly idToken: IdToken;
  /** Cards of the same group may stop the charge. */
  groupId: string | undefined;
  readonly reservationId: number | undefined;
  readonly remoteStartId: number | undefined;
  /** Came with a remote start; belongs to the transaction to be. */
  readonly chargingProfile: ChargingProfile | undefined;
  readonly timeout: Timer;
}

/** A transaction, from its start point to its stop point (OCPP 2.0.1, E01 and E06). */
export interface Transaction {
  /** For events of the simulation. */
  readonly localId: number;
  readonly transactionId: string;
  readonly connectorId: number;
  readonly startedAt: Instant;
  readonly meterStartWh: number;
  /** Of the next event. */
  seqNo: number;
  /** The reservation and the remote start are told once. */
  toldReservation: boolean;
  toldRemoteStart: boolean;
  /** Collected for the last event. */
  readonly endedValues: MeterValue[];
  /** Why the charge was ended, while the transaction waits for its stop point. */
  stoppedReason: StoppedReason | undefined;
  totalCost: number | undefined;
  hasEnded: boolean;
}

/** A connector of this protocol: the only one of the EVSE with its number. */
export type Connector = AnyConnector<Transaction, Permission>;

/** What happened, and what it means for the end of a transaction. */
export interface EndCause {
  readonly trigger: TriggerReason;
  readonly reason: StoppedReason;
  /** The card that ended it. */
  readonly idToken?: IdToken | undefined;
}
