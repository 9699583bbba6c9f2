import type { Instant } from '@voltpile/kernel/clock';
import { milliWhToWh } from '@voltpile/kernel/units';
import { assessCharge, billableEnergy } from './charge-energy.ts';
import type { DecisionBook, StationFacts, TransactionFacts } from './decision-book.ts';
import { byTime, type RegisterReading } from './energy.ts';
import { holdsOf } from './flags.ts';
import { givenName } from './transaction-event.ts';

/** The flags that the energy assessment sets; a new assessment replaces them. */
const ENERGY_FLAGS = [
  'meter-start-missing',
  'meter-stop-missing',
  'meter-start-ignored',
  'meter-backwards',
  'meter-restarted',
  'meter-rollover',
  'unit-suspect',
  'energy-ambiguous',
  'energy-unknown',
  'energy-negative',
  'energy-impossible',
  'energy-from-bill',
  'bill-differs',
  'bill-inconsistent',
] as const;

/** What is known about an end, from the station or worked out by us. */
export interface TransactionEnd {
  readonly at: Instant;
  readonly meterStopMilliWh: bigint | null;
  readonly stopReason: string | null;
  readonly stopKey: string | null;
  readonly stopIdToken: string | null;
  readonly estimated: boolean;
}

/** Ends the transaction in the book (or replaces an estimated end), settles its energy, and tells it. */
export function endTransaction(
  book: DecisionBook,
  station: StationFacts,
  transaction: TransactionFacts,
  end: TransactionEnd,
): void {
  transaction.status = 'ended';
  transaction.endEstimated = end.estimated;
  transaction.endedAt = end.at;
  transaction.meterStopMilliWh = end.meterStopMilliWh;
  transaction.stopReason = end.stopReason;
  transaction.stopKey = end.stopKey;
  transaction.stopIdToken = end.stopIdToken;
  if (end.estimated) transaction.flags.add('stop-missing');
  else transaction.flags.delete('stop-missing');
  if (end.at < transaction.startedAt) transaction.flags.add('time-disordered');
  settleEnergy(book, transaction);
  const { meteredMilliWh } = transaction;
  book.change(transaction);
  book.events.push({
    type: 'transaction.ended',
    organizationId: transaction.organizationId,
    siteId: transaction.siteId,
    stationId: station.identity,
    data: {
      transactionId: transaction.id,
      stationTransactionId: givenName(transaction.stationTransactionId),
      evseId: transaction.evseId,
      endedAt: new Date(end.at).toISOString(),
      energyWh: meteredMilliWh === null ? null : milliWhToWh(meteredMilliWh),
      stopReason: end.stopReason,
      estimated: end.estimated,
      flags: [...transaction.flags],
      holds: transaction.holds,
    },
  });
}

/**
 * Ends a transaction whose end the station never told, at its last sample (or its start, when there is none). A later end from the
 * station replaces this one.
 */
export function endByLastSample(book: DecisionBook, station: StationFacts, transaction: TransactionFacts): void {
  const last = lastReading(readingsOf(book, transaction));
  const at = last !== undefined && last.at > transaction.startedAt ? (last.at as Instant) : transaction.startedAt;
  endTransaction(book, station, transaction, {
    at,
    meterStopMilliWh: null,
    stopReason: null,
    stopKey: null,
    stopIdToken: null,
    estimated: true,
  });
}

/** Samples that came after an end was estimated show that the charge went on: the end is the last of them. */
export function moveEstimatedEnd(book: DecisionBook, transaction: TransactionFacts): void {
  const last = lastReading(readingsOf(book, transaction));
  if (last === undefined || transaction.endedAt === null || last.at <= transaction.endedAt) return;
  transaction.endedAt = last.at as Instant;
  book.change(transaction);
}

/** Works out energy, flags and holds of an ended transaction anew from all that is known. */
export function settleEnergy(book: DecisionBook, transaction: TransactionFacts): void {
  const samples = book.registers.get(transaction.id) ?? [];
  const sessions = book.sessions.get(transaction.id) ?? [];
  const answer = assessCharge({
    startedAt: transaction.startedAt,
    endedAt: transaction.endedAt ?? transaction.startedAt,
    startMilliWh: transaction.meterStartMilliWh,
    stopMilliWh: transaction.meterStopMilliWh,
    samples,
    sessions,
    bill: book.bills.get(transaction.id)?.bill,
    ratedPowerW: transaction.ratedPowerW,
  });
  for (const flag of ENERGY_FLAGS) transaction.flags.delete(flag);
  for (const flag of answer.flags) transaction.flags.add(flag);
  transaction.meteredMilliWh = answer.meteredMilliWh;
  settleHolds(book, transaction);
  const rising = risingSpan(transaction, samples, sessions);
  transaction.energyStartedAt = rising?.from ?? null;
  transaction.energyEndedAt = rising?.to ?? null;
  book.change(transaction);
}

/** A flag that came or went may hold a transaction from billing, or let it go. The caller notes that it has changed. */
export function settleHolds(book: DecisionBook, transaction: TransactionFacts): void {
  transaction.holds = holdsOf(transaction.flags);
  if (transaction.status !== 'ended') return;
  const isHeld = transaction.holds.length > 0;
  transaction.billableMilliWh = isHeld
    ? null
    : billableEnergy(transaction.meteredMilliWh, book.bills.get(transaction.id)?.bill);
}

/** What tells how long a charge went on: the register where it was read, otherwise the energy since the start. */
function readingsOf(book: DecisionBook, { id }: TransactionFacts): readonly RegisterReading[] {
  const registers = book.registers.get(id) ?? [];
  return registers.length > 0 ? registers : (book.sessions.get(id) ?? []);
}

function lastReading(readings: readonly RegisterReading[]): RegisterReading | undefined {
  let last: RegisterReading | undefined;
  for (const reading of readings) if (last === undefined || reading.at > last.at) last = reading;
  return last;
}

/**
 * From the last reading before the register first rose to the first reading of its highest value; where it was not read, by the energy since the
 * start.
 */
function risingSpan(
  transaction: TransactionFacts,
  samples: readonly RegisterReading[],
  sessions: readonly RegisterReading[],
): { from: Instant; to: Instant } | undefined {
  let readings = [...samples].sort(byTime);
  if (transaction.meterStartMilliWh !== null) {
    readings.unshift({ at: transaction.startedAt, milliWh: transaction.meterStartMilliWh });
  }
  if (transaction.meterStopMilliWh !== null && transaction.endedAt !== null) {
    readings.push({ at: transaction.endedAt, milliWh: transaction.meterStopMilliWh });
  }
  if (readings.length < 2) readings = [{ at: transaction.startedAt, milliWh: 0n }, ...[...sessions].sort(byTime)];
  let from: number | undefined;
  let to: number | undefined;
  for (let index = 1; index < readings.length; index++) {
    const before = readings[index - 1] as RegisterReading;
    const reading = readings[index] as RegisterReading;
    if (reading.milliWh <= before.milliWh) continue;
    from ??= before.at;
    to = reading.at;
  }
  return from === undefined || to === undefined ? undefined : { from: from as Instant, to: to as Instant };
}
