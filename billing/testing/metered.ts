import { scaleDecimal } from '@voltpile/kernel/units';
import { tariffSchema } from '../contract/tariff.ts';
import type { PreviewSession } from '../contract/tariff-preview.ts';
import { type CompiledTariff, compileTariff } from '../rating/compile-tariff.ts';
import type { Activity, MeteredSession, Reading } from '../rating/metered-session.ts';
import type { RatedPeriod } from '../rating/rate-session.ts';
import { Rational } from '../rating/rational.ts';

/** kWh as text → mWh. */
export function milliWh(kwh: string): bigint {
  return scaleDecimal(kwh, 6) ?? 0n;
}

export interface Story {
  readonly zone?: string;
  readonly from: string;
  readonly until: string;
  /** Time, kWh since the start, and kW from then on. */
  readonly readings?: readonly (readonly [at: string, kwh: string, kw?: string])[];
  readonly activities?: readonly (readonly [from: string, activity: Activity])[];
}

/** A session told in times with zones and kWh. */
export function metered({
  zone = 'Europe/Berlin',
  from,
  until,
  readings = [],
  activities = [],
}: Story): MeteredSession {
  return {
    timeZone: zone,
    startMs: Date.parse(from),
    endMs: Date.parse(until),
    readings: readings.map(([at, kwh, kw]): Reading => {
      const power = kw === undefined ? {} : { powerMilliW: Number(milliWh(kw)) };
      return { atMs: Date.parse(at), energyMilliWh: milliWh(kwh), ...power };
    }),
    activities: activities.map(([at, activity]) => ({ fromMs: Date.parse(at), activity })),
  };
}

/** A tariff in euro, as JSON would tell it. */
export function tariffOf(elements: readonly object[], more: object = {}): CompiledTariff {
  return compileTariff(tariffSchema.parse({ currency: 'EUR', elements, ...more }));
}

/** An element with one price; step 1 where nothing else is said. */
export function priced(type: string, price: string, restrictions: object = {}, more: object = {}): object {
  return { price_components: [{ type, price, step_size: 1, ...more }], restrictions };
}

/** Rated periods as a preview takes them. */
export function toPreviewSession(
  { timeZone, startMs }: MeteredSession,
  periods: readonly RatedPeriod[],
): PreviewSession {
  return {
    time_zone: timeZone,
    start: new Date(startMs).toISOString(),
    periods: periods.map((period) => {
      const seconds = Rational.of(BigInt(period.endMs - period.startMs), 1000n).toDecimal();
      return {
        start: new Date(period.startMs).toISOString(),
        energy_kwh: millionthsAsText(period.energyMilliWh),
        time_s: period.activity === 'parking' ? undefined : seconds,
        parking_s: period.activity === 'parking' ? seconds : undefined,
        power_kw: period.powerMilliW === undefined ? undefined : millionthsAsText(period.powerMilliW),
        current_a: period.currentMicroA === undefined ? undefined : millionthsAsText(period.currentMicroA),
        reservation: period.activity === 'charging' || period.activity === 'parking' ? undefined : period.activity,
      };
    }),
  };
}

function millionthsAsText(millionths: bigint | number): string {
  return Rational.of(BigInt(millionths), 1_000_000n).toDecimal();
}
