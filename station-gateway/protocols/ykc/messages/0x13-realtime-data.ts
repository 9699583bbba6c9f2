import type { MeterReading, TransactionDecision } from '@voltpile/csms/contract/station-port';
import type { ValuesOf } from '@voltpile/ykc/fields/field-types';
import { realtimeData } from '@voltpile/ykc/messages/realtime-data';
import type { YkcExchange } from '../exchange.ts';
import type { YkcMessage } from '../message.ts';
import type { GunState } from '../pile/gun-state.ts';
import { connectorStatusOf } from '../values/connector-status.ts';
import { evseIdOf } from '../values/guns.ts';
import { readRealtimeSamples } from '../values/realtime-samples.ts';
import { NO_SERIAL } from '../values/serials.ts';

type Realtime = ValuesOf<typeof realtimeData.fields>;

const CHARGING = 3;
const IDLE = 2;
const PLUGGED = 1;

/**
 * 0x13 (V1.6 §6; nothing answers it): how a gun is, on every change, every 15 s while it charges, every 5 minutes at rest, and when asked. There
 * is no frame for the start of a charge: it has begun when this says so first.
 */
export const realtimeDataMessage: YkcMessage<typeof realtimeData.fields> = {
  table: realtimeData,
  tells: ['connectorStatusChanged', 'transactionStarted', 'transactionUpdated', 'metered'],
  async handle(values, exchange) {
    const { pile } = exchange;
    const gun = pile.gun(values.gun, evseIdOf(values.gun, exchange));
    gun.realtimeAt = pile.link.ticks;
    gun.readsUnanswered = 0;
    // The next car is another one.
    if (values.status === IDLE && values.plugged !== PLUGGED) gun.recorded = null;
    await tellStatus(gun, values, exchange);
    if (values.status === CHARGING) await tellCharge(gun, values, exchange);
    else if (values.status === IDLE) {
      gun.wasIdle = true;
      gun.charge = null;
    }
    pile.questions.answered(realtimeData.code, values, exchange.frame);
  },
};

async function tellStatus(gun: GunState, values: Realtime, exchange: YkcExchange): Promise<void> {
  const { evseId } = gun;
  if (evseId === undefined) {
    exchange.pile.link.odd('unknown-gun', `gun ${values.gun}`, exchange.frame);
    return;
  }
  const status = connectorStatusOf(values, gun);
  const told = JSON.stringify(status);
  if (told === gun.statusTold) return;
  await exchange.port.connectorStatusChanged({
    origin: exchange.origin(),
    evseId,
    connectorId: 1,
    timestamp: exchange.now(),
    ...status,
  });
  gun.statusTold = told;
}

async function tellCharge(gun: GunState, values: Realtime, exchange: YkcExchange): Promise<void> {
  const { port } = exchange;
  const reading: MeterReading = { timestamp: exchange.now(), values: readRealtimeSamples(values) };
  const serial = values.txSerial;
  if (serial === NO_SERIAL) {
    exchange.odd('no-serial');
    // Neither charge nor gun: nobody can say what it belongs to.
    if (gun.evseId === undefined) return;
    await port.metered({ origin: exchange.origin(), evseId: gun.evseId, readings: [reading] });
    return;
  }
  const isKnown = gun.charge?.serial === serial;
  const isVoided = gun.voided.includes(serial);
  const report = {
    stationTransactionId: serial,
    sequence: { number: 0, digest: exchange.digestNow() },
    chargingState: 'Charging',
    ...(gun.evseId === undefined ? {} : { evse: { evseId: gun.evseId, connectorId: 1 } }),
    timestamp: exchange.now(),
    readings: [reading],
  } as const;
  if (isKnown) {
    await port.transactionUpdated({ ...report, trigger: 'MeterValuePeriodic', origin: exchange.origin() });
    return;
  }
  const decision = await port.transactionStarted({
    ...report,
    ...(isVoided ? {} : { namedByUs: true }),
    provisional: true,
    trigger: 'ChargingStateChanged',
    origin: exchange.origin(),
  });
  gun.recorded = null;
  gun.served(serial);
  gun.charge = { serial, isVoid: isVoided || isRefused(decision, gun), stopsSent: 0, lastStopAt: 0 };
  if (gun.charge.isVoid) exchange.pile.stopVoid(gun);
}

/**
 * Whether what has begun must end. A serial that nobody knows is the pile's own, of a charge that it let begin without us; but not when the gun
 * was at rest, connected, the last time it told of itself.
 */
function isRefused({ idTokenInfo, nameUnknown }: TransactionDecision, gun: GunState): boolean {
  if (nameUnknown === true) return gun.wasIdle;
  return idTokenInfo !== undefined && idTokenInfo.status !== 'Accepted';
}
