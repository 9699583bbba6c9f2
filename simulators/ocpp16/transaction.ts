import type { Instant } from '@voltpile/kernel/clock';
import type { Connector as AnyConnector } from '../station/connector.ts';
import type { Timer } from '../virtual-time.ts';
import type { ChargingProfile, MeterValue } from './types.ts';

/** A card that was accepted and waits for its cable (ConnectionTimeOut). */
export interface Permission {
  readonly idTag: string;
  readonly parentIdTag: string | undefined;
  readonly reservationId: number | undefined;
  /** Came with a remote start; belongs to the transaction to be. */
  readonly chargingProfile: ChargingProfile | undefined;
  readonly timeout: Timer;
}

/** A charge as the station knows it. */
export interface Transaction {
  /** Below 0: stands in for the number of the central system until that is known. */
  readonly localId: number;
  /** The number from StartTransaction.conf. */
  transactionId: number | undefined;
  readonly connectorId: number;
  readonly idTag: string;
  /** Cards of the same parent may stop it. */
  parentIdTag: string | undefined;
  readonly startedAt: Instant;
  readonly meterStartWh: number;
  /** For StopTransaction's transactionData. */
  readonly stopData: MeterValue[];
  hasEnded: boolean;
}

/** A connector of this protocol. */
export type Connector = AnyConnector<Transaction, Permission>;

/** The number to send: the central system's if it is known. */
export function wireTransactionId(transaction: Transaction): number {
  return transaction.transactionId ?? transaction.localId;
}
