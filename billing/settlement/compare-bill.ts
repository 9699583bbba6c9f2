import type { ChargingCurve } from '@voltpile/csms/contract/charging-curves-port';
import type { CdrView } from '../contract/cdr.ts';
import { roundToMinor, toMoney } from '../money/minor-units.ts';
import { Rational } from '../rating/rational.ts';

type StationBill = NonNullable<ChargingCurve['stationBill']>;

/** Of what is due, for the course of the energy: between two readings we take it as even, and the pile has counted it. */
const TOLERATED_PERMILLE = 5n;

/**
 * The bill of a station that makes its own is evidence beside ours, and changes nothing of what is due. It differs (`station-bill-differs`) when it lies
 * further from what is due than rounding explains, either way:
 *
 * - one minor unit (cent, fen) for each period that the bill asks money for, at least one: a pile may round each of its rates, and we round each line,
 * - one more for the rounding of the sums,
 * - half a percent of what is due, rounded down to minor units.
 *
 * So 0.6656 beside 0.66 is the same: shown as 0.67, one cent of two apart. Bills of several guns that fed one vehicle are added up. One in another
 * currency, or fewer bills than guns, cannot be compared (`station-bill-incomparable`).
 *
 * @param curves of one charge, at least one
 * @param dueMinor what the record comes to with its tax, in minor units of the currency
 */
export function compareBill(
  curves: readonly ChargingCurve[],
  currency: string,
  dueMinor: bigint,
): Pick<CdrView, 'stationBill' | 'flags'> {
  const bills = curves.flatMap(({ stationBill }) => (stationBill === null ? [] : [stationBill]));
  if (bills.length === 0) return { stationBill: null, flags: [] };
  if (bills.length < curves.length || bills.some(({ amount }) => amount.currency !== currency))
    return { stationBill: null, flags: ['station-bill-incomparable'] };
  const billMinor = bills.reduce((sum, { amount }) => sum + roundToMinor(Rational.parse(amount.amount), currency), 0n);
  const difference = dueMinor > billMinor ? dueMinor - billMinor : billMinor - dueMinor;
  return {
    stationBill: toMoney(billMinor, currency),
    flags: difference > toleratedMinor(bills, dueMinor) ? ['station-bill-differs'] : [],
  };
}

function toleratedMinor(bills: readonly StationBill[], dueMinor: bigint): bigint {
  const periods = bills.reduce((count, bill) => count + Math.max(chargedPeriods(bill), 1), 0);
  return BigInt(periods) + 1n + (dueMinor * TOLERATED_PERMILLE) / 1000n;
}

/** A pile tells all of its rates; those without energy cost nothing. */
function chargedPeriods({ periods }: StationBill): number {
  return periods.filter(({ amount }) => /[1-9]/.test(amount)).length;
}
