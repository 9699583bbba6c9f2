import { type CompiledTariff, type Range, UNITS_PER_KWH } from './compile-tariff.ts';

const UNITS_PER_MILLI_WH = UNITS_PER_KWH / 1_000_000n;

/** Where a tariff can change: every value at which a restriction of it begins or stops to hold. */
export interface TariffBorders {
  /** Of the local day; midnight for restrictions to dates and days of the week. */
  readonly minutesOfDay: readonly number[];
  /** Since the start of the session. */
  readonly elapsedMs: readonly number[];
  readonly energyMilliWh: readonly bigint[];
  readonly currentMicroA: readonly number[];
  readonly powerMilliW: readonly number[];
}

export function bordersOf({ elements }: CompiledTariff): TariffBorders {
  const limits = elements.map((element) => element.limits);
  const minutes = limits.flatMap(({ minutes: within, weekdays, firstDay, dayAfter }) => [
    ...(within === undefined ? [] : [within.from, within.until]),
    ...(weekdays === undefined && firstDay === undefined && dayAfter === undefined ? [] : [0]),
  ]);
  return {
    minutesOfDay: [...new Set(minutes)],
    elapsedMs: valuesOf(limits.map(({ elapsedMs }) => elapsedMs)),
    energyMilliWh: valuesOf(limits.map(({ energy }) => energy)).map((units) => units / UNITS_PER_MILLI_WH),
    currentMicroA: valuesOf(limits.map(({ current }) => current)),
    powerMilliW: valuesOf(limits.map(({ power }) => power)),
  };
}

function valuesOf<T>(ranges: readonly Range<T>[]): T[] {
  const values = ranges.flatMap(({ least, most }) => [least, most]);
  return [...new Set(values.filter((value) => value !== undefined))];
}
