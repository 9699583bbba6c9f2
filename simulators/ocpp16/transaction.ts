import type { Instant } from '@voltpile/kernel/clock';
import type { MeterValue } from './types.ts';

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
  /** True register at the start, whatever the meter shows. */
  readonly startMillijoules: number;
  state: 'charging' | 'suspended-ev' | 'suspended-evse';
  /** When energy last began to flow: the car's ramp starts there. */
  flowingSince: Instant;
  /** The central system did not accept the card, and StopTransactionOnInvalidId is off: no energy any more. */
  blocked: boolean;
  /** For StopTransaction's transactionData. */
  readonly stopData: MeterValue[];
  readonly milestones: Milestone[];
  hasEnded: boolean;
}

/** Somebody waits until the true register has come this far; `reached` is false when the transaction ended before. */
export interface Milestone {
  readonly atMillijoules: number;
  readonly settle: (reached: boolean) => void;
}

/** The number to send: the central system's if it is known. */
export function wireTransactionId(transaction: Transaction): number {
  return transaction.transactionId ?? transaction.localId;
}
