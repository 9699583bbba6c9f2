import type { StationCommand } from '@voltpile/csms/contract/commands';
import type { AnyMapping } from '../ocpp-j/mapping.ts';
import { cancelReservation } from './commands/cancel-reservation.ts';
import { certificateSigned } from './commands/certificate-signed.ts';
import { changeAvailability } from './commands/change-availability.ts';
import { clearCache } from './commands/clear-cache.ts';
import { clearChargingProfile } from './commands/clear-charging-profile.ts';
import { dataTransfer } from './commands/data-transfer.ts';
import { deleteCertificate } from './commands/delete-certificate.ts';
import { extendedTriggerMessage } from './commands/extended-trigger-message.ts';
import { getCompositeSchedule } from './commands/get-composite-schedule.ts';
import { getDiagnostics } from './commands/get-diagnostics.ts';
import { getInstalledCertificateIds } from './commands/get-installed-certificate-ids.ts';
import { getLocalListVersion } from './commands/get-local-list-version.ts';
import { getLog } from './commands/get-log.ts';
import { getVariables } from './commands/get-variables.ts';
import { installCertificate } from './commands/install-certificate.ts';
import { reserveNow } from './commands/reserve-now.ts';
import { resetStation } from './commands/reset-station.ts';
import { sendLocalList } from './commands/send-local-list.ts';
import { setChargingProfile } from './commands/set-charging-profile.ts';
import { setVariables } from './commands/set-variables.ts';
import { showCost } from './commands/show-cost.ts';
import { startTransaction } from './commands/start-transaction.ts';
import { stopTransaction } from './commands/stop-transaction.ts';
import { triggerMessage } from './commands/trigger-message.ts';
import { unlockConnector } from './commands/unlock-connector.ts';
import { updateFirmware } from './commands/update-firmware.ts';
import { updateSignedFirmware } from './commands/update-signed-firmware.ts';

/** Every command that 1.6 can carry. */
export const COMMANDS: readonly AnyMapping<StationCommand, unknown>[] = [
  cancelReservation,
  certificateSigned,
  changeAvailability,
  clearCache,
  clearChargingProfile,
  dataTransfer,
  deleteCertificate,
  extendedTriggerMessage,
  getCompositeSchedule,
  getDiagnostics,
  getInstalledCertificateIds,
  getLocalListVersion,
  getLog,
  getVariables,
  installCertificate,
  reserveNow,
  resetStation,
  sendLocalList,
  setChargingProfile,
  setVariables,
  showCost,
  startTransaction,
  stopTransaction,
  triggerMessage,
  unlockConnector,
  updateFirmware,
  updateSignedFirmware,
];
