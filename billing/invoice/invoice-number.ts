import type { Instant } from '@voltpile/kernel/clock';
import { zoneOffsetMs } from '@voltpile/kernel/zone-offset';
import type { InvoiceKind } from '../contract/invoices.ts';

const DIGITS = 6;

/** Numbers begin again with each year, in the zone of the issuer; credit notes have a series of their own: `2026`, `2026C`. */
export function seriesOf(kind: InvoiceKind, at: Instant, timeZone: string): string {
  const year = new Date(at + zoneOffsetMs(at, timeZone)).getUTCFullYear();
  return kind === 'invoice' ? String(year) : `${year}C`;
}

/** As it is printed: `2026-000042`. */
export function formatNumber(series: string, number: number): string {
  return `${series}-${String(number).padStart(DIGITS, '0')}`;
}
