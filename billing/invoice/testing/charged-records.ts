import { instant } from '@voltpile/kernel/clock';
import { uuidv7 } from '@voltpile/kernel/ids';
import type { CdrView } from '../../contract/cdr.ts';
import { type TariffContent, tariffContentSchema } from '../../contract/tariff-content.ts';
import { compileTariff } from '../../rating/compile-tariff.ts';
import { recordCharge } from '../../settlement/charge-record.ts';
import { toOcpiForm } from '../../tariff/ocpi-form.ts';
import { type CurveStory, curveOf } from '../../testing/curves.ts';
import type { RecordBackground } from '../backgrounds.ts';

/** A record as settlement makes it, under a tariff in either form, and what it goes back to. */
export interface ChargedRecord {
  readonly record: CdrView;
  readonly background: RecordBackground & { readonly tariff: TariffContent };
}

/** An hour and a half of charging and half an hour of standing, in Berlin. */
export const STORY: CurveStory = {
  start: '2026-05-01T08:00:00Z',
  end: '2026-05-01T10:00:00Z',
  parkingFrom: '2026-05-01T09:30:00Z',
  readings: [['2026-05-01T09:30:00Z', 20_000]],
};

export function charged(tariff: object, story: CurveStory = STORY, change: Partial<CdrView> = {}): ChargedRecord {
  const content = tariffContentSchema.parse(tariff);
  const compiled = compileTariff(toOcpiForm(content));
  const facts = {
    curves: [curveOf(story)],
    accountId: null,
    tariff: { tariffId: uuidv7(), name: 'Standard', version: 1, compiled },
  };
  const at = instant(Date.parse('2026-05-31T00:00:00Z'));
  const record = { ...recordCharge(facts, { id: uuidv7(), at, reason: null }), creditedByCdrId: null, ...change };
  return { record, background: { tariff: content, periods: record.periods } };
}

/** One element of OCPI's model, in euro. */
export function euroTariff(components: readonly object[], more: object = {}): object {
  const elements = [{ price_components: components.map((component) => ({ step_size: 1, ...component })) }];
  return { currency: 'EUR', elements, ...more };
}

/** 尖峰平谷 by the half hour of Shanghai: valley until 7, then flat, from 10 peak, from 11 sharp, from 12 flat. Service costs the same at flat and valley. */
export const HALF_HOUR_TARIFF = {
  currency: 'CNY',
  rates: {
    sharp: { electricity: '1.2', service: '0.8' },
    peak: { electricity: '1', service: '0.7' },
    flat: { electricity: '0.7', service: '0.6' },
    valley: { electricity: '0.3', service: '0.6' },
  },
  slots: `${'3'.repeat(14)}${'2'.repeat(6)}11${'00'}${'2'.repeat(24)}`,
};

/** From half past six to noon: 1 kWh in the valley, 6 at flat, 2 at peak and 2 at sharp. */
export const HALF_HOUR_STORY: CurveStory = {
  transaction: { timeZone: 'Asia/Shanghai', stationId: '32010600019236' },
  currency: 'CNY',
  start: '2026-05-01T22:30:00Z',
  end: '2026-05-02T04:00:00Z',
  readings: [
    ['2026-05-01T23:00:00Z', 1000],
    ['2026-05-02T02:00:00Z', 7000],
    ['2026-05-02T03:00:00Z', 9000],
    ['2026-05-02T04:00:00Z', 11_000],
  ],
};
