import type { YkcMessage } from './message.ts';
import { bmsErrorsMessage } from './messages/0x1b-bms-errors.ts';
import { bmsAbortMessage } from './messages/0x1d-bms-abort.ts';
import { transactionRecordMessage } from './messages/0x3b-transaction-record.ts';
import { transactionRecord17Message } from './messages/0x3d-transaction-record17.ts';
import { loginMessage } from './messages/0x01-login.ts';
import { heartbeatMessage } from './messages/0x03-heartbeat.ts';
import { tariffCheckMessage } from './messages/0x05-tariff-check.ts';
import { tariffRequestMessage } from './messages/0x09-tariff-request.ts';
import { realtimeDataMessage } from './messages/0x13-realtime-data.ts';
import { bmsHandshakeMessage } from './messages/0x15-bms-handshake.ts';
import { bmsParametersMessage } from './messages/0x17-bms-parameters.ts';
import { chargingEndMessage } from './messages/0x19-charging-end.ts';
import { chargerAbortMessage } from './messages/0x21-charger-abort.ts';
import { bmsDemandMessage } from './messages/0x23-bms-demand.ts';
import { bmsInformationMessage } from './messages/0x25-bms-information.ts';
import { startRequestMessage } from './messages/0x31-start-request.ts';
import { oldTransactionRecordMessage } from './messages/0x39-old-transaction-record.ts';
import { clockReplyMessage } from './messages/0x55-clock-reply.ts';
import { parkingLockStatusMessage } from './messages/0x61-parking-lock-status.ts';
import { firmwareUpdateReplyMessage } from './messages/0x93-firmware-update-reply.ts';
import { parallelStartRequestMessage } from './messages/0xa1-parallel-start-request.ts';

/**
 * Every frame that says something by itself. The others (0x33, 0x35, 0x41 …) only answer a command of ours, and go to who has asked: `pile/questions.ts`.
 * `docs/ykc-messages.md` shows both.
 */
export const MESSAGES = [
  loginMessage,
  heartbeatMessage,
  tariffCheckMessage,
  tariffRequestMessage,
  realtimeDataMessage,
  bmsHandshakeMessage,
  bmsParametersMessage,
  chargingEndMessage,
  bmsErrorsMessage,
  bmsAbortMessage,
  chargerAbortMessage,
  bmsDemandMessage,
  bmsInformationMessage,
  startRequestMessage,
  oldTransactionRecordMessage,
  transactionRecordMessage,
  transactionRecord17Message,
  clockReplyMessage,
  parkingLockStatusMessage,
  firmwareUpdateReplyMessage,
  parallelStartRequestMessage,
] as const;

const BY_CODE: ReadonlyMap<number, YkcMessage> = new Map(MESSAGES.map((message) => [message.table.code, message]));

export function handlerOf(code: number): YkcMessage | undefined {
  return BY_CODE.get(code);
}
