import { scaleDecimal } from '@voltpile/kernel/units';
import type { BilledPeriod, StationBill } from '../contract/station-port.ts';

/** Energies of a bill may be rounded so far apart. */
const ENERGY_SLACK_MILLI_WH = 10_000n;
/** Decimal places of amounts as they are compared: one more than prices have anywhere, and an energy's six. */
const AMOUNT_PLACES = 18;
/** Decimal places of prices as they are compared. */
const PRICE_PLACES = 12;
/** 0.01 of a currency: so far an amount may be rounded (some stations cut to cents). */
const AMOUNT_SLACK = 10n ** BigInt(AMOUNT_PLACES - 2);

/**
 * Whether a bill agrees with itself: its periods with its totals (within 10 Wh, and 0.01 for each period), and each period's amount with its
 * price times its energy (within 0.01), the loss of the line included where the station counts it. A bill without periods says nothing that
 * could disagree.
 */
export function isConsistent(bill: StationBill): boolean {
  const { periods } = bill;
  if (bill.lossAdjustedMilliWh !== null && bill.lossAdjustedMilliWh < bill.energyMilliWh) return false;
  if (periods.length === 0) return true;
  const energy = sum(periods.map(({ energyMilliWh }) => BigInt(energyMilliWh)));
  if (distance(energy, BigInt(bill.energyMilliWh)) > ENERGY_SLACK_MILLI_WH) return false;
  if (distance(sum(periods.map(pricedEnergy)), pricedEnergy(bill)) > ENERGY_SLACK_MILLI_WH) return false;
  const total = scaleDecimal(bill.amount, AMOUNT_PLACES);
  const amounts = periods.map(({ amount }) => scaleDecimal(amount, AMOUNT_PLACES));
  if (total === undefined || amounts.includes(undefined)) return false;
  if (distance(sum(amounts as bigint[]), total) > AMOUNT_SLACK * BigInt(periods.length)) return false;
  return periods.every((period, index) => {
    const price = scaleDecimal(period.pricePerKwh, PRICE_PLACES);
    // mWh are 10^-6 kWh: the product has PRICE_PLACES + 6 places.
    return price !== undefined && distance(price * pricedEnergy(period), amounts[index] as bigint) <= AMOUNT_SLACK;
  });
}

/** What is paid for. */
function pricedEnergy({
  energyMilliWh,
  lossAdjustedMilliWh,
}: Pick<BilledPeriod, 'energyMilliWh' | 'lossAdjustedMilliWh'>) {
  return BigInt(lossAdjustedMilliWh ?? energyMilliWh);
}

function sum(values: readonly bigint[]): bigint {
  return values.reduce((total, value) => total + value, 0n);
}

function distance(one: bigint, other: bigint): bigint {
  return one > other ? one - other : other - one;
}
