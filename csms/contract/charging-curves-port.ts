import type { Instant } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import type { SiteAddress, StationBillView, TransactionView } from './operator-ports.ts';

/** A transaction as billing needs it: how energy came over time, and what the vehicle did. */
export interface ChargingCurve {
  readonly transaction: TransactionView;
  /** The start intent that it realises. */
  readonly intentId: Uuid | null;
  /** Whose token it runs under: the reference that billing has given out. */
  readonly accountRef: string | null;
  /** The site's. */
  readonly currency: string;
  /** Where it was, as the site is called by now. */
  readonly site: { readonly name: string; readonly address: SiteAddress | null };
  /** Since when the EVSE was kept for it; null without a reservation that it used. */
  readonly reservedFrom: Instant | null;
  /** The most that the EVSE, or its station, delivers, as it was told when the charge began; absent or null: nobody knows. */
  readonly ratedPowerW?: number | null;
  /**
   * Ascending in time and energy, within the transaction. Of one that has ended, the last is the energy that may be billed; where no register was
   * read on the way, it is the only one.
   */
  readonly readings: readonly CurveReading[];
  /** What the vehicle does, from then on. Ascending; before the first it charges. */
  readonly activities: readonly { readonly from: Instant; readonly activity: 'charging' | 'parking' }[];
  /** The bill of a station that makes its own; the first where there are several. */
  readonly stationBill: StationBillView | null;
}

export interface CurveReading {
  readonly at: Instant;
  /** Since the start, in milliwatt-hours: a whole number that JSON holds. */
  readonly energyMilliWh: number;
  /** Where the station tells it, from this reading on. */
  readonly powerMilliW?: number;
  readonly currentMicroA?: number;
}

/** Declared and implemented by the stations' domain, for the service that bills. */
export interface ChargingCurvesPort {
  /** @returns null when there is no such transaction */
  read(transactionId: Uuid): Promise<ChargingCurve | null>;
  /** The same for several at once, at most 500: those that there are, in no order. */
  readMany(transactionIds: readonly Uuid[]): Promise<readonly ChargingCurve[]>;
  /** Transactions of a group of EVSEs that feed one vehicle, by the station's identity. */
  group(stationId: string, parallelGroup: string): Promise<readonly Uuid[]>;
  /** Which of these start intents became a transaction. */
  ofIntents(intentIds: readonly Uuid[]): Promise<readonly { readonly intentId: Uuid; readonly transactionId: Uuid }[]>;
  /**
   * Ended transactions by their end, `from` inclusive, `to` exclusive, in the order of their ids; for those who want to know that they have missed
   * none. An end may be told days after it was.
   */
  ended(from: Instant, to: Instant, after: Uuid | null, limit: number): Promise<readonly Uuid[]>;
}
