import type { Instant } from '@voltpile/kernel/clock';
import { type LedgerTotals, noTotals } from '../station/ledger-totals.ts';
import type { StoredRecord } from './record.ts';

/** A record that the central system has confirmed with 0x40: from then on it may never be lost. */
export interface ConfirmedRecord extends StoredRecord {
  readonly confirmedAt: Instant;
}

/**
 * What was confirmed, for comparing with a database. Only records are: nothing answers 0x13, so that samples and statuses in the totals are
 * what was sent. A fleet keeps totals only: entries grow without limit.
 */
export class Ledger {
  readonly records: ConfirmedRecord[] = [];
  /** Records that the central system called illegal. */
  readonly refused: StoredRecord[] = [];
  readonly totals: LedgerTotals = noTotals();
  readonly #keepEntries: boolean;
  /** Exact, as tenths of a Wh are not when they are added as fractions. */
  #energyTenthWh = 0;

  constructor(keepEntries: boolean) {
    this.#keepEntries = keepEntries;
  }

  /** A start that the central system has agreed to. */
  started(): void {
    this.totals.starts += 1;
  }

  confirmed(record: StoredRecord, at: Instant): void {
    // Of a charge that began offline the central system hears here first.
    if (record.kind === 'offline-card') this.totals.starts += 1;
    this.totals.stops += 1;
    this.#energyTenthWh += record.meterEnd - record.meterStart;
    this.totals.energyWh = this.#energyTenthWh / 10;
    if (this.#keepEntries) this.records.push({ ...record, confirmedAt: at });
  }

  wasRefused(record: StoredRecord): void {
    if (this.#keepEntries) this.refused.push(record);
  }

  sampled(): void {
    this.totals.samples += 1;
  }

  statusTold(): void {
    this.totals.statuses += 1;
  }
}
