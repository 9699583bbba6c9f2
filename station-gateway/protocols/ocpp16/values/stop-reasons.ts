/**
 * Reason (OCPP 1.6 §7.36) in 2.0.1 words (ReasonEnumType). 2.0.1 has one word for a stop by any reset command, and none for a stop by
 * an unlock command, which is a stop by the CSMS.
 */
const REASONS: ReadonlyMap<string, string> = new Map([
  ['DeAuthorized', 'DeAuthorized'],
  ['EmergencyStop', 'EmergencyStop'],
  ['EVDisconnected', 'EVDisconnected'],
  ['HardReset', 'ImmediateReset'],
  ['Local', 'Local'],
  ['Other', 'Other'],
  ['PowerLoss', 'PowerLoss'],
  ['Reboot', 'Reboot'],
  ['Remote', 'Remote'],
  ['SoftReset', 'ImmediateReset'],
  ['UnlockCommand', 'Remote'],
]);

/** The neutral reason. Absent means Local (OCPP 1.6 §6.49); a word that 1.6 does not have is Other. */
export function toStopReason(reason: string | undefined): string {
  return reason === undefined ? 'Local' : (REASONS.get(reason) ?? 'Other');
}
