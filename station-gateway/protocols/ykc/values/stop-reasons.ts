/** Reasons of the record (V1.6, stop reasons) as OCPP 2.0.1 ReasonEnumType. The rest is `Other`; the code itself stays with the bill. */
const REASONS: ReadonlyMap<number, string> = new Map([
  [0x40, 'Remote'],
  [0x41, 'SOCLimitReached'],
  [0x42, 'EnergyLimitReached'],
  [0x43, 'LocalOutOfCredit'],
  [0x44, 'TimeLimitReached'],
  [0x45, 'Local'],
  [0x4e, 'LocalOutOfCredit'],
  [0x50, 'EmergencyStop'],
  [0x59, 'Timeout'],
  [0x5a, 'Timeout'],
  [0x5b, 'Timeout'],
  [0x5c, 'Timeout'],
  [0x5d, 'Timeout'],
  [0x5e, 'Timeout'],
  [0x5f, 'Timeout'],
  [0x6b, 'EVDisconnected'],
  [0x6e, 'LocalOutOfCredit'],
  [0x72, 'EmergencyStop'],
  [0x75, 'PowerQuality'],
  [0x7a, 'OvercurrentFault'],
  [0x82, 'StoppedByEV'],
  [0x83, 'PowerLoss'],
  [0x84, 'Timeout'],
  [0x85, 'Timeout'],
  [0x86, 'Timeout'],
  [0x87, 'Timeout'],
  [0x88, 'Timeout'],
  [0x89, 'Timeout'],
]);

export function toStopReason(code: number): string {
  return REASONS.get(code) ?? 'Other';
}
