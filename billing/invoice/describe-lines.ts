import type { CdrLine, CdrView } from '../contract/cdr.ts';
import { RATES, type Rate } from '../contract/half-hour-tariff.ts';
import type { InvoicedLimit } from '../contract/invoices.ts';
import { isHalfHourTariff } from '../contract/tariff-content.ts';
import { fromMoney } from '../money/minor-units.ts';
import { ZoneClock } from '../rating/zone-clock.ts';
import type { RecordBackground } from './backgrounds.ts';

const MINUTES_PER_SLOT = 30;

/** At which of 尖峰平谷 a line was charged, in their order: those of the half hours in which its periods began. */
export function ratesOf(
  { dimension, periods }: CdrLine,
  timeZone: string,
  background: RecordBackground,
): readonly Rate[] {
  const { tariff } = background;
  if (tariff === null || !isHalfHourTariff(tariff) || (dimension !== 'ENERGY' && dimension !== 'SERVICE')) return [];
  const clock = new ZoneClock(timeZone);
  const found = new Set<Rate | undefined>();
  for (const at of periods) {
    const period = background.periods[at];
    if (period === undefined) continue;
    const { minuteOfDay } = clock.at(Date.parse(period.startedAt));
    found.add(RATES[Number(tariff.slots[Math.floor(minuteOfDay / MINUTES_PER_SLOT)])]);
  }
  return RATES.filter((rate) => found.has(rate));
}

/** Whether it brings the sum to the least or the most of the tariff, and not a quantity of anything. */
export function isAdjustment({ periods }: Pick<CdrLine, 'periods'>): boolean {
  return periods.length === 0;
}

/** To what the tariff has brought a record: it was too little, or too much. Amounts with VAT alone count where prices hold it. */
export function limitOf(record: CdrView, { tariff }: RecordBackground): InvoicedLimit {
  const changes = [
    ...record.lines.filter(isAdjustment).map(({ amount }) => amount),
    ...record.vat.filter(({ percent }) => percent === null).map(({ vat }) => vat),
  ];
  const change = changes.reduce((sum, amount) => sum + fromMoney(amount), 0n);
  const kind = limitKind(change, record.kind === 'credit');
  if (tariff === null || isHalfHourTariff(tariff)) return { kind, exclVat: null, inclVat: null };
  const { excl_vat: exclVat, incl_vat: inclVat } = (kind === 'least' ? tariff.min_price : tariff.max_price) ?? {};
  return { kind, exclVat: record.exclVat === null ? null : (exclVat ?? null), inclVat: inclVat ?? null };
}

/** @param isTakenBack the amounts are the other way round */
export function limitKind(changeMinor: bigint, isTakenBack: boolean): InvoicedLimit['kind'] {
  const isMore = isTakenBack ? changeMinor <= 0n : changeMinor >= 0n;
  return isMore ? 'least' : 'most';
}
