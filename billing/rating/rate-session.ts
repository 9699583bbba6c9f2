import type { Reservation } from '../contract/tariff.ts';
import type { PricedSession } from '../contract/tariff-preview.ts';
import type { SelectedPeriod } from './charges.ts';
import { type CompiledTariff, UNITS_PER_KWH, UNITS_PER_MILLISECOND } from './compile-tariff.ts';
import { type Activity, checkSession, type MeteredSession } from './metered-session.ts';
import { type ExactPrice, pricePeriods, showPrice } from './price-periods.ts';
import { type Selection, selectComponents } from './select-components.ts';
import { type Piece, splitSession } from './split-session.ts';
import { bordersOf } from './tariff-borders.ts';

const UNITS_PER_MILLI_WH = UNITS_PER_KWH / 1_000_000n;

/** A period in which the same prices hold throughout. */
export interface RatedPeriod {
  readonly startMs: number;
  readonly endMs: number;
  readonly energyMilliWh: bigint;
  readonly activity: Activity;
  /** At its start, where the tariff asks for it. */
  readonly powerMilliW: number | undefined;
  readonly currentMicroA: number | undefined;
  /** Its energy was not read at both of its ends: a border lay between two readings. */
  readonly interpolated: boolean;
}

export interface RatedSession {
  readonly periods: readonly RatedPeriod[];
  /** Its lines tell the positions of the periods that they come from. */
  readonly exact: ExactPrice;
  /** The same as decimals. */
  readonly price: PricedSession;
}

/** @throws rating.session_unusable */
export function rateSession(tariff: CompiledTariff, session: MeteredSession): RatedSession {
  checkSession(session);
  const merged: { pieces: Piece[]; selection: Selection }[] = [];
  for (const piece of splitSession(session, bordersOf(tariff))) {
    const selection = selectComponents(tariff, momentOf(piece, session));
    const last = merged.at(-1);
    if (last?.pieces[0]?.activity === piece.activity && isSame(last.selection, selection)) last.pieces.push(piece);
    else merged.push({ pieces: [piece], selection });
  }
  const periods = merged.map(({ pieces }) => periodOf(pieces));
  const selected = merged.map(({ selection }, index) => selectedPeriod(periods[index] as RatedPeriod, selection));
  const exact = pricePeriods(tariff, selected);
  return {
    periods,
    exact,
    get price() {
      return showPrice(exact);
    },
  };
}

function momentOf({ from, activity, local, powerMilliW, currentMicroA }: Piece, { startMs }: MeteredSession) {
  return {
    local,
    elapsedMs: from.atMs - startMs,
    energy: from.energyMilliWh * UNITS_PER_MILLI_WH,
    current: currentMicroA,
    power: powerMilliW,
    reservation: reservationOf(activity),
  };
}

function reservationOf(activity: Activity): Reservation | undefined {
  return activity === 'charging' || activity === 'parking' ? undefined : activity;
}

function isSame(one: Selection, other: Selection): boolean {
  return (
    one.FLAT === other.FLAT &&
    one.ENERGY === other.ENERGY &&
    one.TIME === other.TIME &&
    one.PARKING_TIME === other.PARKING_TIME &&
    one.SERVICE === other.SERVICE
  );
}

function periodOf(pieces: readonly Piece[]): RatedPeriod {
  const [first, last] = [pieces[0], pieces.at(-1)];
  if (first === undefined || last === undefined) throw new Error('a period of nothing');
  return {
    startMs: first.from.atMs,
    endMs: last.until.atMs,
    energyMilliWh: last.until.energyMilliWh - first.from.energyMilliWh,
    activity: first.activity,
    powerMilliW: first.powerMilliW,
    currentMicroA: first.currentMicroA,
    interpolated: first.from.interpolated || last.until.interpolated,
  };
}

/** The time of a reservation is priced as TIME (OCPI mod_tariffs, TariffDimensionType). */
function selectedPeriod(
  { startMs, endMs, energyMilliWh, activity }: RatedPeriod,
  selection: Selection,
): SelectedPeriod {
  const time = BigInt(endMs - startMs) * UNITS_PER_MILLISECOND;
  return {
    selection,
    energy: energyMilliWh * UNITS_PER_MILLI_WH,
    charging: activity === 'parking' ? 0n : time,
    parking: activity === 'parking' ? time : 0n,
  };
}
