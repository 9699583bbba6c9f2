import { zoneOffsetMs } from '@voltpile/kernel/zone-offset';
import type { CdrSite } from '../../contract/cdr.ts';
import type { InvoiceLanguage } from '../../contract/invoices.ts';
import type { Money } from '../../contract/money.ts';
import { Rational } from '../../rating/rational.ts';

/** Digits in groups of three: `-1,234,567.80`. Both languages write numbers so. */
export function groupDigits(decimal: string): string {
  const [whole = '', fraction] = decimal.split('.');
  const grouped = whole.replaceAll(/\B(?=(\d{3})+$)/g, ',');
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

export function formatAmount({ amount }: Money): string {
  return groupDigits(amount);
}

/** Watt-hours as kilowatt-hours with three places, which are exact; more only where there are more. */
export function formatEnergy(energyWh: number): string {
  // Watt-hours have three places at most: six of a kilowatt-hour hold them all.
  const digits = (energyWh / 1000).toFixed(6);
  return `${groupDigits(digits.replace(/0{1,3}$/, ''))} kWh`;
}

/** A price with the places of the currency at least, and all that it has. */
export function formatPrice(price: string, places: number): string {
  const [whole = '', fraction = ''] = price.split('.');
  const kept = fraction.replace(/0+$/, '').padEnd(places, '0');
  return groupDigits(kept === '' ? whole : `${whole}.${kept}`);
}

/** At most six places: of a third of an hour nobody reads more. Without zeros at the end. */
export function formatQuantity(quantity: string): string {
  const [, fraction = ''] = quantity.split('.');
  const shown = fraction.length > 6 ? Rational.parse(quantity).toFixed(6) : quantity;
  return groupDigits(shown.includes('.') ? shown.replace(/\.?0+$/, '') : shown);
}

const MS_PER_HOUR = 3_600_000n;
const MS_PER_MINUTE = 60_000n;

/**
 * Hours as people say them, without what is nothing: `1 h 5 min`, `44 min 40 s`, `0.5 s`.
 *
 * @param quantity of hours, a decimal, to the millisecond
 * @param units what stands behind hours, minutes and seconds
 */
export function formatDuration(
  quantity: string,
  [hours, minutes, seconds]: readonly [hours: string, minutes: string, seconds: string],
): string {
  const total = BigInt(Rational.parse(quantity).times(Rational.of(MS_PER_HOUR)).toFixed(0));
  const ms = total < 0n ? -total : total;
  const rest = ms % MS_PER_MINUTE;
  const parts = [
    ...(ms >= MS_PER_HOUR ? [`${groupDigits(String(ms / MS_PER_HOUR))}${hours}`] : []),
    ...(ms % MS_PER_HOUR >= MS_PER_MINUTE ? [`${(ms % MS_PER_HOUR) / MS_PER_MINUTE}${minutes}`] : []),
    ...(rest > 0n || ms === 0n ? [`${formatQuantity(Rational.of(rest, 1000n).toDecimal())}${seconds}`] : []),
  ];
  return `${total < 0n ? '-' : ''}${parts.join(' ')}`;
}

/** `2026-05-01`, in that zone. */
export function formatDate(at: string, timeZone: string): string {
  return local(at, timeZone).slice(0, 10);
}

/** `2026-05-01 10:03:00`, in that zone. */
export function formatTime(at: string, timeZone: string): string {
  return local(at, timeZone).slice(0, 19).replace('T', ' ');
}

/** `+08:00`: with it a local time says which moment it is, also in the hour that comes twice. */
export function formatOffset(at: string, timeZone: string): string {
  const minutes = Math.round(zoneOffsetMs(Date.parse(at), timeZone) / 60_000);
  const two = (value: number): string => String(value).padStart(2, '0');
  const distance = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(distance / 60))}:${two(distance % 60)}`;
}

/**
 * Where a charge was, as far as it is known, in one line: from the small to the large, `Name, street, postal code city, country`; in Chinese from the
 * large to the small, without blanks between Chinese names.
 */
export function formatSite({ name, address }: CdrSite, language: InvoiceLanguage): string {
  if (address === null) return name;
  const { street, city, postalCode, country } = address;
  if (language === 'zh') {
    const isChinese = /\p{Script=Han}$/u.test(city);
    return [
      name,
      `${city}${isChinese ? '' : ' '}${street}`,
      ...(postalCode === null ? [] : [postalCode]),
      country,
    ].join('，');
  }
  return [name, street, postalCode === null ? city : `${postalCode} ${city}`, country].join(', ');
}

function local(at: string, timeZone: string): string {
  const epochMs = Date.parse(at);
  return new Date(epochMs + zoneOffsetMs(epochMs, timeZone)).toISOString();
}
