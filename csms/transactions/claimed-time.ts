import type { Instant } from '@voltpile/kernel/clock';
import type { MeterReading, TransactionReport } from '../contract/station-port.ts';
import { storableBill } from './station-bill.ts';

const EARLIEST = Date.UTC(1900, 0, 1);
const LATEST = Date.UTC(2300, 0, 1);
/** The largest number of an EVSE, a connector or a reservation that has a place in the model. */
const MAX_NUMBER = 2_147_483_647;

/**
 * A claimed time outside 1900…2300 has no place in the tables: the nearest that has stands in. Both are absurd all the same, and one claim
 * always gives the same time, so that a repetition is known again. The claim itself stays in the raw message.
 */
export function storableTime(at: Instant | null): Instant | null {
  return at === null ? null : (Math.min(Math.max(at, EARLIEST), LATEST) as Instant);
}

/** Readings with times that can be stored. */
export function storableReadings(readings: readonly MeterReading[]): readonly MeterReading[] {
  if (readings.every(({ timestamp }) => storableTime(timestamp.at) === timestamp.at)) return readings;
  return readings.map((reading) => ({
    ...reading,
    timestamp: { ...reading.timestamp, at: storableTime(reading.timestamp.at) },
  }));
}

/** A number that fits its column, or undefined. */
export function storableNumber(value: number | undefined): number | undefined {
  return value === undefined || !Number.isInteger(value) || value < 0 || value > MAX_NUMBER ? undefined : value;
}

/** A transaction report without times and numbers that have no place in the model. Keys are made from texts and do not change. */
export function storableReport(report: TransactionReport): TransactionReport {
  const evseId = storableNumber(report.evse?.evseId);
  const connectorId = storableNumber(report.evse?.connectorId ?? undefined) ?? null;
  return {
    ...report,
    evse: evseId === undefined ? undefined : { evseId, connectorId },
    timestamp: { ...report.timestamp, at: storableTime(report.timestamp.at) },
    reservationId: storableNumber(report.reservationId),
    readings: storableReadings(report.readings),
    ...(report.bill === undefined ? {} : { bill: storableBill(report.bill) }),
  };
}
