/** Reasons of the record (V1.6, stop reasons) as OCPP 2.0.1 ReasonEnumType. The rest is `Other`; the code itself stays with the bill. */
const REASONS: Readonly<Record<number, string>> = {
  64: 'Remote',
  65: 'SOCLimitReached',
  66: 'EnergyLimitReached',
  67: 'LocalOutOfCredit',
  68: 'TimeLimitReached',
  69: 'Local',
  78: 'LocalOutOfCredit',
  80: 'EmergencyStop',
  89: 'Timeout',
  90: 'Timeout',
  91: 'Timeout',
  92: 'Timeout',
  93: 'Timeout',
  94: 'Timeout',
  95: 'Timeout',
  107: 'EVDisconnected',
  110: 'LocalOutOfCredit',
  114: 'EmergencyStop',
  117: 'PowerQuality',
  122: 'OvercurrentFault',
  130: 'StoppedByEV',
  131: 'PowerLoss',
  132: 'Timeout',
  133: 'Timeout',
  134: 'Timeout',
  135: 'Timeout',
  136: 'Timeout',
  137: 'Timeout',
};

export function toStopReason(code: number): string {
  return REASONS[code] ?? 'Other';
}
