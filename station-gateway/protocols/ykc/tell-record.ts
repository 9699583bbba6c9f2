import type { StationBill, TransactionDecision, TransactionReport } from '@voltpile/csms/contract/station-port';
import type { ValuesOf } from '@voltpile/ykc/fields/field-types';
import type { transactionRecord } from '@voltpile/ykc/messages/record';
import { recordConfirmation } from '@voltpile/ykc/messages/record';
import type { YkcExchange } from './exchange.ts';
import { RATES } from './tariff-model.ts';
import { isReversible, normalCard, reversedCard } from './values/cards.ts';
import { decimal, MILLI_WH_PER_STEP } from './values/decimals.ts';
import { evseIdOf } from './values/guns.ts';
import { sample } from './values/samples.ts';
import { NO_SERIAL } from './values/serials.ts';
import { toStopReason } from './values/stop-reasons.ts';
import { vinOf } from './values/text.ts';

/** What the records of all versions have in common; they differ in the width of their meters and in what 1.7 adds. */
export type RecordValues = ValuesOf<typeof transactionRecord.fields>;

const OFFLINE_CARD = 4;
const ACCEPTED = 0;

/**
 * A record (0x39, 0x3B, 0x3D; V1.6 §6, §4.6): the true start, the end, the registers and the pile's own bill of a charge. It is confirmed when all
 * of it is stored, and every time that it comes; what a pile is told to be illegal it would only repeat, or lose.
 */
export async function tellRecord(
  values: RecordValues,
  exchange: YkcExchange,
  more: StationBill['details'] = {},
): Promise<void> {
  const { port, pile } = exchange;
  const evseId = evseIdOf(values.gun, exchange);
  const isOffline = values.txType === OFFLINE_CARD;
  const card = normalCard(values.physCard);
  const isNamed = values.txSerial !== NO_SERIAL;
  if (!isNamed) exchange.odd('no-serial');
  const common: Omit<TransactionReport, 'origin' | 'timestamp' | 'sequence' | 'readings'> = {
    // Without a serial each record is of a charge of its own.
    stationTransactionId: isNamed ? values.txSerial : exchange.digest('name').slice(0, 32),
    ...(isOffline ? { offline: true } : isNamed ? { namedByUs: true } : {}),
    ...(evseId === undefined ? {} : { evse: { evseId, connectorId: 1 } }),
  };
  const told = exchange.time(values.start);
  const end = exchange.time(values.end);
  // Nearer to the truth than the time of receipt, which may be days later.
  const start = told.at === null ? { text: told.text, at: end.at } : told;
  if (told.at === null) exchange.odd('start-unreadable');
  // A pile without a meter fills in zeros.
  const hasRegisters = values.meterStart !== 0 || values.meterEnd !== 0;
  const register = (steps: number, context: string) =>
    sample({
      measurand: 'Energy.Active.Import.Register',
      value: decimal(steps, 1),
      unit: 'Wh',
      location: 'Outlet',
      context,
    });
  const gun = evseId === undefined ? undefined : pile.gun(values.gun, evseId);
  // What was seen to charge has ended just now; the record of another charge may have waited for days.
  if (gun?.charge?.serial === values.txSerial && end.at !== null) exchange.turn.observeClock(end.at);
  const origin = exchange.origin();
  const tellStart = (idToken: string): Promise<TransactionDecision> =>
    port.transactionStarted({
      ...common,
      // A time that does not exist moves no start that was seen.
      ...(told.at === null ? { provisional: true } : {}),
      ...(isOffline && idToken !== '' ? { idToken: { value: idToken, type: 'ISO14443' } } : {}),
      sequence: { number: 0, digest: exchange.digest('started') },
      trigger: 'ChargingStateChanged',
      timestamp: start,
      readings: hasRegisters ? [{ timestamp: start, values: [register(values.meterStart, 'Transaction.Begin')] }] : [],
      origin,
    });
  const { idTokenInfo } = await tellStart(card);
  // As when it is shown: nobody knows it, so it may be that its bytes come the other way round.
  if (idTokenInfo?.status === 'Unknown' && isReversible(card)) await tellStart(reversedCard(card));
  await port.transactionEnded({
    ...common,
    sequence: { number: 0, digest: exchange.digest('ended') },
    trigger: 'ChargingStateChanged',
    // No energy flows; whether the car has left is said by what the gun shows.
    chargingState: 'EVConnected',
    timestamp: end,
    stopReason: toStopReason(values.stopReason),
    readings: hasRegisters ? [{ timestamp: end, values: [register(values.meterEnd, 'Transaction.End')] }] : [],
    bill: toBill(values, card, more),
    origin,
  });
  exchange.answer(recordConfirmation, { txSerial: values.txSerial, result: ACCEPTED });
  if (gun === undefined) return;
  gun.served(values.txSerial);
  // A record that comes late says nothing about the charge that is under way.
  if (gun.charge !== null && gun.charge.serial !== values.txSerial) return;
  gun.charge = null;
  gun.recorded = values.txSerial;
}

function toBill(values: RecordValues, card: string, more: StationBill['details']): StationBill {
  return {
    energyMilliWh: values.totalEnergy * MILLI_WH_PER_STEP,
    lossAdjustedMilliWh: orNull(values.totalLossEnergy),
    amount: decimal(values.amount, 4),
    currency: 'CNY',
    periods: RATES.map((name) => ({
      name,
      pricePerKwh: decimal(values[`${name}Price`], 5),
      energyMilliWh: values[`${name}Energy`] * MILLI_WH_PER_STEP,
      lossAdjustedMilliWh: orNull(values[`${name}LossEnergy`]),
      amount: decimal(values[`${name}Amount`], 4),
    })),
    details: {
      kind: values.txType,
      stopCode: values.stopReason,
      vin: vinOf(values.vin),
      card: card === '' ? null : card,
      ...more,
    },
  };
}

/** Piles that know nothing of loss fill in zeros. */
function orNull(steps: number): number | null {
  return steps === 0 ? null : steps * MILLI_WH_PER_STEP;
}
