import type { Ocpp201Message } from './message.ts';
import { authorize } from './messages/authorize.ts';
import { bootNotification } from './messages/boot-notification.ts';
import { clearedChargingLimit } from './messages/cleared-charging-limit.ts';
import { dataTransfer } from './messages/data-transfer.ts';
import { firmwareStatusNotification } from './messages/firmware-status-notification.ts';
import { get15118EvCertificate } from './messages/get-15118-ev-certificate.ts';
import { getCertificateStatus } from './messages/get-certificate-status.ts';
import { heartbeat } from './messages/heartbeat.ts';
import { logStatusNotification } from './messages/log-status-notification.ts';
import { meterValues } from './messages/meter-values.ts';
import { notifyChargingLimit } from './messages/notify-charging-limit.ts';
import { notifyCustomerInformation } from './messages/notify-customer-information.ts';
import { notifyDisplayMessages } from './messages/notify-display-messages.ts';
import { notifyEvChargingNeeds } from './messages/notify-ev-charging-needs.ts';
import { notifyEvChargingSchedule } from './messages/notify-ev-charging-schedule.ts';
import { notifyEvent } from './messages/notify-event.ts';
import { notifyMonitoringReport } from './messages/notify-monitoring-report.ts';
import { notifyReport } from './messages/notify-report.ts';
import { publishFirmwareStatusNotification } from './messages/publish-firmware-status-notification.ts';
import { reportChargingProfiles } from './messages/report-charging-profiles.ts';
import { reservationStatusUpdate } from './messages/reservation-status-update.ts';
import { securityEventNotification } from './messages/security-event-notification.ts';
import { signCertificate } from './messages/sign-certificate.ts';
import { statusNotification } from './messages/status-notification.ts';
import { transactionEvent } from './messages/transaction-event.ts';

/** Every message that a 2.0.1 station sends. */
export const MESSAGES: readonly Ocpp201Message[] = [
  authorize,
  bootNotification,
  clearedChargingLimit,
  dataTransfer,
  firmwareStatusNotification,
  get15118EvCertificate,
  getCertificateStatus,
  heartbeat,
  logStatusNotification,
  meterValues,
  notifyChargingLimit,
  notifyCustomerInformation,
  notifyDisplayMessages,
  notifyEvChargingNeeds,
  notifyEvChargingSchedule,
  notifyEvent,
  notifyMonitoringReport,
  notifyReport,
  publishFirmwareStatusNotification,
  reportChargingProfiles,
  reservationStatusUpdate,
  securityEventNotification,
  signCertificate,
  statusNotification,
  transactionEvent,
];
