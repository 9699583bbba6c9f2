import type { Ocpp16Message } from './message.ts';
import { authorize } from './messages/authorize.ts';
import { bootNotification } from './messages/boot-notification.ts';
import { dataTransfer } from './messages/data-transfer.ts';
import { diagnosticsStatusNotification } from './messages/diagnostics-status-notification.ts';
import { firmwareStatusNotification } from './messages/firmware-status-notification.ts';
import { heartbeat } from './messages/heartbeat.ts';
import { logStatusNotification } from './messages/log-status-notification.ts';
import { meterValues } from './messages/meter-values.ts';
import { securityEventNotification } from './messages/security-event-notification.ts';
import { signCertificate } from './messages/sign-certificate.ts';
import { signedFirmwareStatusNotification } from './messages/signed-firmware-status-notification.ts';
import { startTransaction } from './messages/start-transaction.ts';
import { statusNotification } from './messages/status-notification.ts';
import { stopTransaction } from './messages/stop-transaction.ts';

/** Every message that a 1.6 station sends. */
export const MESSAGES: readonly Ocpp16Message[] = [
  authorize,
  bootNotification,
  dataTransfer,
  diagnosticsStatusNotification,
  firmwareStatusNotification,
  heartbeat,
  logStatusNotification,
  meterValues,
  securityEventNotification,
  signCertificate,
  signedFirmwareStatusNotification,
  startTransaction,
  statusNotification,
  stopTransaction,
];
