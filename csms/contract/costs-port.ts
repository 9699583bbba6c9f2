import type { Uuid } from '@voltpile/kernel/ids';

/** What a charge has cost so far, told by the service that bills. */
export interface CostReport {
  readonly transactionId: Uuid;
  /** What the driver pays, tax included; decimal text with the places of the currency. */
  readonly cost: { readonly amount: string; readonly currency: string };
  /** What a prepaid driver has left for this charge; null when nothing limits it. */
  readonly remaining: { readonly amount: string; readonly currency: string } | null;
  /** The energy that it was worked out from. */
  readonly energyWh: number;
  /**
   * Epoch milliseconds up to which the charge is priced: an older report than the one that is known changes nothing. A final one is later than any
   * that is not, since a running charge may have been priced beyond an end that is told late.
   */
  readonly asOf: number;
  /** Of the settled charge. */
  readonly isFinal: boolean;
}

/** Declared and implemented by the stations' domain. */
export interface CostsPort {
  /**
   * Keeps costs with their transactions, tells them to those who listen (`transaction.cost-changed`), and shows them at the stations where that can.
   * All are kept, or none. A report of a transaction that is not known is dropped.
   *
   * @param reports at most 500
   */
  tell(reports: readonly CostReport[]): Promise<void>;
}
