import { balanceUpdate, balanceUpdateReply } from './balance.ts';
import {
  bmsAbort,
  bmsDemand,
  bmsErrors,
  bmsHandshake,
  bmsInformation,
  bmsParameters,
  chargerAbort,
  chargingEnd,
} from './battery.ts';
import { clockReply, clockSet } from './clock.ts';
import { firmwareUpdate, firmwareUpdateReply } from './firmware.ts';
import { heartbeat, heartbeatReply } from './heartbeat.ts';
import { login, loginReply } from './login.ts';
import type { MessageTable } from './message.ts';
import {
  cardsClear,
  cardsClearReply,
  cardsQuery,
  cardsQueryReply,
  cardsSync,
  cardsSyncReply,
} from './offline-cards.ts';
import {
  parallelRemoteStart,
  parallelRemoteStartReply,
  parallelStartConfirmation,
  parallelStartRequest,
} from './parallel.ts';
import { parkingLock, parkingLockReply, parkingLockStatus } from './parking-lock.ts';
import { qrPrefix, qrPrefixReply } from './qr-prefix.ts';
import { readRealtimeData, realtimeData } from './realtime-data.ts';
import { reboot, rebootReply } from './reboot.ts';
import { oldTransactionRecord, recordConfirmation, transactionRecord, transactionRecord17 } from './record.ts';
import { remoteStart, remoteStartReply, startConfirmation, startRequest } from './start.ts';
import { remoteStop, remoteStopReply } from './stop.ts';
import { tariffCheck, tariffCheckReply, tariffModel, tariffRequest, tariffSet, tariffSetReply } from './tariff.ts';
import { workParameters, workParametersReply } from './work-parameters.ts';

/** Every frame of the protocol, V1.5 to V1.7, by its type. */
export const MESSAGES = [
  login,
  loginReply,
  heartbeat,
  heartbeatReply,
  tariffCheck,
  tariffCheckReply,
  tariffRequest,
  tariffModel,
  readRealtimeData,
  realtimeData,
  bmsHandshake,
  bmsParameters,
  chargingEnd,
  bmsErrors,
  bmsAbort,
  chargerAbort,
  bmsDemand,
  bmsInformation,
  startRequest,
  startConfirmation,
  remoteStartReply,
  remoteStart,
  remoteStopReply,
  remoteStop,
  oldTransactionRecord,
  transactionRecord,
  transactionRecord17,
  recordConfirmation,
  balanceUpdateReply,
  balanceUpdate,
  cardsSyncReply,
  cardsSync,
  cardsClearReply,
  cardsClear,
  cardsQueryReply,
  cardsQuery,
  workParametersReply,
  workParameters,
  clockReply,
  clockSet,
  tariffSetReply,
  tariffSet,
  parkingLockStatus,
  parkingLock,
  parkingLockReply,
  rebootReply,
  reboot,
  firmwareUpdateReply,
  firmwareUpdate,
  parallelStartRequest,
  parallelStartConfirmation,
  parallelRemoteStartReply,
  parallelRemoteStart,
  qrPrefix,
  qrPrefixReply,
] as const satisfies readonly MessageTable[];

const BY_CODE: ReadonlyMap<number, MessageTable> = new Map(MESSAGES.map((message) => [message.code, message]));

/** The table of a frame's type; undefined for types that no public text names. */
export function messageOf(code: number): MessageTable | undefined {
  return BY_CODE.get(code);
}
