import type { StationCommand } from '@voltpile/csms/contract/commands';
import type { AnyMapping } from '../ocpp-j/mapping.ts';
import { cancelReservation } from './commands/cancel-reservation.ts';
import { certificateSigned } from './commands/certificate-signed.ts';
import { changeAvailability } from './commands/change-availability.ts';
import { clearCache } from './commands/clear-cache.ts';
import { clearChargingProfile } from './commands/clear-charging-profile.ts';
import { clearVariableMonitoring } from './commands/clear-variable-monitoring.ts';
import { deleteCertificate } from './commands/delete-certificate.ts';
import { extendedTriggerMessage } from './commands/extended-trigger-message.ts';
import { getBaseReport } from './commands/get-base-report.ts';
import { getChargingProfiles } from './commands/get-charging-profiles.ts';
import { getCompositeSchedule } from './commands/get-composite-schedule.ts';
import { getDiagnostics } from './commands/get-diagnostics.ts';
import { getInstalledCertificateIds } from './commands/get-installed-certificate-ids.ts';
import { getLocalListVersion } from './commands/get-local-list-version.ts';
import { getLog } from './commands/get-log.ts';
import { getMonitoringReport } from './commands/get-monitoring-report.ts';
import { getReport } from './commands/get-report.ts';
import { getTransactionStatus } from './commands/get-transaction-status.ts';
import { getVariables } from './commands/get-variables.ts';
import { installCertificate } from './commands/install-certificate.ts';
import { rawCalls } from './commands/raw-calls.ts';
import { reserveNow } from './commands/reserve-now.ts';
import { resetStation } from './commands/reset-station.ts';
import { sendLocalList } from './commands/send-local-list.ts';
import { setChargingProfile } from './commands/set-charging-profile.ts';
import { setMonitoringBase } from './commands/set-monitoring-base.ts';
import { setMonitoringLevel } from './commands/set-monitoring-level.ts';
import { setVariableMonitoring } from './commands/set-variable-monitoring.ts';
import { setVariables } from './commands/set-variables.ts';
import { showCost } from './commands/show-cost.ts';
import { startTransaction } from './commands/start-transaction.ts';
import { stopTransaction } from './commands/stop-transaction.ts';
import { triggerMessage } from './commands/trigger-message.ts';
import { unlockConnector } from './commands/unlock-connector.ts';
import { updateFirmware } from './commands/update-firmware.ts';
import { updateSignedFirmware } from './commands/update-signed-firmware.ts';

/**
 * Every command that 2.0.1 can carry. Where two commands share an action, the first is the one that the action is read as; raw calls come
 * last.
 */
export const COMMANDS: readonly AnyMapping<StationCommand, unknown>[] = [
  updateSignedFirmware,
  getLog,
  triggerMessage,
  cancelReservation,
  certificateSigned,
  changeAvailability,
  clearCache,
  clearChargingProfile,
  clearVariableMonitoring,
  deleteCertificate,
  extendedTriggerMessage,
  getBaseReport,
  getChargingProfiles,
  getCompositeSchedule,
  getDiagnostics,
  getInstalledCertificateIds,
  getLocalListVersion,
  getMonitoringReport,
  getReport,
  getTransactionStatus,
  getVariables,
  installCertificate,
  reserveNow,
  resetStation,
  sendLocalList,
  setChargingProfile,
  setMonitoringBase,
  setMonitoringLevel,
  setVariableMonitoring,
  setVariables,
  showCost,
  startTransaction,
  stopTransaction,
  unlockConnector,
  updateFirmware,
  ...rawCalls,
];
