import type { BilledPeriod, StationBill } from '../contract/station-port.ts';
import type { DecisionBook, TransactionFacts } from './decision-book.ts';
import { eventDigest } from './transaction-event.ts';

/** A bill with numbers that have a place in the tables: what is no energy at all counts as none; the frame keeps what was sent. */
export function storableBill(bill: StationBill): StationBill {
  return {
    ...bill,
    energyMilliWh: storableEnergy(bill.energyMilliWh),
    lossAdjustedMilliWh: storableLoss(bill.lossAdjustedMilliWh),
    periods: bill.periods.map((period) => ({
      ...period,
      energyMilliWh: storableEnergy(period.energyMilliWh),
      lossAdjustedMilliWh: storableLoss(period.lossAdjustedMilliWh),
    })),
  };
}

function storableEnergy(milliWh: number): number {
  return Number.isNaN(milliWh) ? 0 : Math.min(Math.max(Math.round(milliWh), 0), Number.MAX_SAFE_INTEGER);
}

function storableLoss(milliWh: number | null): number | null {
  return milliWh === null ? null : storableEnergy(milliWh);
}

/**
 * Keeps a bill that came with a report. The first one counts; another one is kept beside it and holds the transaction, because nobody can say
 * which of them is right. The same bill again changes nothing.
 */
export function keepBill(
  book: DecisionBook,
  transaction: TransactionFacts,
  bill: StationBill,
  receivedAt: NewBillTime,
): void {
  const digest = digestOf(bill);
  const known = book.bills.get(transaction.id);
  if (known?.digest === digest) return;
  const position = (known?.count ?? 0) + 1;
  book.newBills.push({ transaction, bill, digest, position, receivedAt });
  if (known === undefined) {
    book.bills.set(transaction.id, { bill, digest, count: 1 });
    transaction.hasBill = true;
    book.changeStart(transaction);
    return;
  }
  known.count = position;
  transaction.flags.add('bill-conflict');
  book.change(transaction);
}

type NewBillTime = DecisionBook['newBills'][number]['receivedAt'];

/** The same for the same content, in whatever order the details are. */
function digestOf({ energyMilliWh, lossAdjustedMilliWh, amount, currency, periods, details }: StationBill): string {
  return eventDigest(
    JSON.stringify([
      energyMilliWh,
      lossAdjustedMilliWh,
      amount,
      currency,
      periods.map((each: BilledPeriod) => [
        each.name,
        each.pricePerKwh,
        each.energyMilliWh,
        each.lossAdjustedMilliWh,
        each.amount,
      ]),
      Object.entries(details).sort(([a], [b]) => Number(a > b) - Number(a < b)),
    ]),
  );
}
