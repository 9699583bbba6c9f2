import type { Instant } from '@voltpile/kernel/clock';
import { cp56OfWallMs } from '@voltpile/ykc/fields/cp56-time';
import type { ValuesOf } from '@voltpile/ykc/fields/field-types';
import type { transactionRecord } from '@voltpile/ykc/messages/record';
import type { BillTotals } from './bill.ts';
import { type Order, type StartKind, TRANSACTION_TYPES } from './charge.ts';
import { gunText } from './serial.ts';

/** A charge that is over, as the pile keeps it until the central system has confirmed it. */
export interface StoredRecord {
  /** The number that events give the charge. */
  readonly localId: number;
  readonly serial: string;
  readonly gun: number;
  readonly kind: StartKind;
  readonly startedAt: Instant;
  readonly endedAt: Instant;
  /** Registers as they were shown, 0.1 Wh. */
  readonly meterStart: number;
  readonly meterEnd: number;
  /** 0.1 Wh */
  readonly energy: number;
  /** 0.0001 yuan */
  readonly amount: number;
  readonly stopReason: number;
  /** The frame's values. */
  readonly values: ValuesOf<typeof transactionRecord.fields>;
}

export interface RecordFacts {
  readonly localId: number;
  readonly pileNo: string;
  readonly gun: number;
  readonly order: Order;
  readonly startedAt: Instant;
  readonly endedAt: Instant;
  /** As the pile's clock showed them. */
  readonly startWallMs: number;
  readonly endWallMs: number;
  readonly meterStart: number;
  readonly meterEnd: number;
  readonly bill: BillTotals;
  readonly vin: string;
  readonly stopReason: number;
}

export function makeRecord(facts: RecordFacts): StoredRecord {
  const { pileNo, gun, order, bill, meterStart, meterEnd, stopReason } = facts;
  const [sharp, peak, flat, valley] = bill.shares;
  const end = cp56OfWallMs(facts.endWallMs);
  return {
    localId: facts.localId,
    serial: order.serial,
    gun,
    kind: order.kind,
    startedAt: facts.startedAt,
    endedAt: facts.endedAt,
    meterStart,
    meterEnd,
    energy: bill.energy,
    amount: bill.amount,
    stopReason,
    values: {
      txSerial: order.serial,
      pileNo,
      gun: gunText(gun),
      start: cp56OfWallMs(facts.startWallMs),
      end,
      sharpPrice: sharp.price,
      sharpEnergy: sharp.energy,
      sharpLossEnergy: sharp.lossEnergy,
      sharpAmount: sharp.amount,
      peakPrice: peak.price,
      peakEnergy: peak.energy,
      peakLossEnergy: peak.lossEnergy,
      peakAmount: peak.amount,
      flatPrice: flat.price,
      flatEnergy: flat.energy,
      flatLossEnergy: flat.lossEnergy,
      flatAmount: flat.amount,
      valleyPrice: valley.price,
      valleyEnergy: valley.energy,
      valleyLossEnergy: valley.lossEnergy,
      valleyAmount: valley.amount,
      meterStart,
      meterEnd,
      totalEnergy: bill.energy,
      totalLossEnergy: bill.lossEnergy,
      amount: bill.amount,
      vin: facts.vin,
      txType: TRANSACTION_TYPES[order.kind],
      txTime: end,
      stopReason,
      physCard: order.physCard,
    },
  };
}
