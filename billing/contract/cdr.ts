import type { AccessScope, Page, PageRequest } from '@voltpile/csms/contract/access-scope';
import type { SiteAddress } from '@voltpile/csms/contract/operator-ports';
import type { Uuid } from '@voltpile/kernel/ids';
import type { Money } from './money.ts';
import type { Tariff } from './tariff.ts';
import type { Dimension } from './tariff-preview.ts';

/**
 * A charge detail record: what a charge has cost, and why. It is never changed; a correction is another record with the negative amounts
 * (`kind: 'credit'`) and, where something is to be paid after all, a new charge record.
 */
export interface CdrView {
  readonly id: Uuid;
  readonly kind: 'charge' | 'credit';
  readonly organizationId: Uuid;
  readonly siteId: Uuid;
  /** As the site was called when the charge was settled, and what was known of where it is. null in records from before that was kept. */
  readonly site: CdrSite | null;
  readonly stationId: string;
  readonly evseId: number | null;
  /** More than one where several EVSEs fed one vehicle. */
  readonly transactionIds: readonly Uuid[];
  readonly accountId: Uuid | null;
  readonly idToken: string | null;
  readonly timeZone: string;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly energyWh: number;
  readonly currency: string;
  /** null where no tariff was assigned: then nothing is due. */
  readonly tariff: { readonly id: Uuid; readonly name: string; readonly version: number } | null;
  readonly lines: readonly CdrLine[];
  /**
   * VAT by rate, on the sum of the lines' net amounts; empty where prices hold their tax or there is none. At a least or a most of both amounts it
   * is what these say: up to one minor unit beside what the rate comes to.
   */
  readonly vat: readonly CdrVat[];
  /** null where prices hold their tax. */
  readonly exclVat: Money | null;
  readonly inclVat: Money;
  /** In China: what of it is for energy, what for service. */
  readonly electricityFee: Money | null;
  readonly serviceFee: Money | null;
  readonly periods: readonly CdrPeriod[];
  /** Of a credit: the record that it takes back. */
  readonly creditsCdrId: Uuid | null;
  /** Of a charge that was taken back: the credit. */
  readonly creditedByCdrId: Uuid | null;
  readonly reason: string | null;
  /** What a station that makes bills asks for, as evidence; null where there is none, or none that can be compared. */
  readonly stationBill: Money | null;
  /** `station-bill-differs`, `station-bill-incomparable`. */
  readonly flags: readonly string[];
  readonly createdAt: string;
}

export interface CdrSite {
  readonly name: string;
  readonly address: SiteAddress | null;
}

/** Quantity times price, rounded once: net, or gross where prices hold their tax. */
export interface CdrLine {
  readonly dimension: Dimension;
  readonly quantity: string;
  readonly unit: 'kWh' | 'h' | 'session';
  readonly price: string;
  readonly vatPercent: string | null;
  /** Before the rounding: an exact decimal, at most nine places where it has no end. */
  readonly exact: string;
  readonly amount: Money;
  /** Positions in `periods`. */
  readonly periods: readonly number[];
}

export interface CdrVat {
  /** null: of what brings the sum to a least or most of the tariff whose two amounts fit no one rate of the charge. */
  readonly percent: string | null;
  readonly net: Money;
  readonly vat: Money;
}

/** A time in which the same prices held. */
export interface CdrPeriod {
  readonly startedAt: string;
  readonly endedAt: string;
  readonly energyWh: number;
  readonly activity: 'charging' | 'parking' | 'RESERVATION' | 'RESERVATION_EXPIRES';
  /** Its energy was not read at both of its ends: a border of the tariff lay between two readings. */
  readonly interpolated: boolean;
}

export interface CdrFilter {
  readonly transactionId?: Uuid | undefined;
  readonly stationId?: string | undefined;
  readonly accountId?: Uuid | undefined;
  /** RFC 3339; on the end. `from` inclusive, `to` exclusive. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

export interface CdrsPort {
  list(scope: AccessScope, filter: CdrFilter, page: PageRequest): Promise<Page<CdrView>>;
  /** @throws NotFound `cdr.not_found` */
  get(scope: AccessScope, id: Uuid): Promise<CdrView>;
  /**
   * The record as it would have been under another tariff. Nothing is stored.
   *
   * @throws NotFound `cdr.not_found`; FailedPrecondition `rating.session_unusable`
   */
  whatIf(scope: AccessScope, id: Uuid, tariff: Tariff): Promise<CdrView>;
}
