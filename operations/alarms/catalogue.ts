import type { AlarmKindView, AlarmSeverity } from '../contract/alarms.ts';

const FAULT = 'As long as a connector, or the station as a whole, reports it.';

/**
 * Faults that stations report, by the words they use: error codes of OCPP 1.6 (§7.6, ChargePointErrorCode), names of the fault bits of 云快充 (0x13), and what
 * stations write into vendor codes is left to the detail.
 */
const FAULTS: readonly (readonly [kind: string, severity: AlarmSeverity, title: string, words: readonly string[]])[] = [
  ['connector-lock', 'major', 'The connector’s lock fails', ['ConnectorLockFailure']],
  ['vehicle-communication', 'minor', 'The vehicle cannot be talked to', ['EVCommunicationError']],
  ['ground-failure', 'critical', 'Ground fault', ['GroundFailure', 'FC08 insulation monitor communication']],
  ['high-temperature', 'critical', 'Too hot', ['HighTemperature', 'outlet air too hot']],
  [
    'internal',
    'major',
    'Internal error',
    ['InternalError', 'RC10 communication', 'DC20 module communication', 'fan board'],
  ],
  ['local-list', 'minor', 'The local list cannot be used', ['LocalListConflict']],
  ['over-current', 'critical', 'Too much current', ['OverCurrentFailure', 'DC fuse']],
  ['over-voltage', 'critical', 'Voltage too high', ['OverVoltage', 'AC surge protection']],
  ['under-voltage', 'major', 'Voltage too low', ['UnderVoltage']],
  ['meter', 'major', 'The meter fails', ['PowerMeterFailure', 'meter communication']],
  ['power-switch', 'critical', 'The contactor fails', ['PowerSwitchFailure', 'HV contactor']],
  ['rectifier', 'major', 'No rectifier is available', ['no rectifier available']],
  ['card-reader', 'major', 'The card reader fails', ['ReaderFailure', 'card reader communication']],
  ['reset', 'major', 'A reset has failed', ['ResetFailure']],
  ['weak-signal', 'warning', 'Weak signal', ['WeakSignal']],
  ['emergency-stop', 'critical', 'The emergency stop is pressed', ['emergency stop']],
  ['door-open', 'major', 'The door is open', ['door open']],
];

const OF_WORDS = new Map(FAULTS.flatMap(([kind, , , words]) => words.map((word) => [word.toLowerCase(), kind])));

/** Every kind of alarm, by its code. */
export const CATALOGUE: ReadonlyMap<string, AlarmKindView> = new Map(
  (
    [
      {
        code: 'station.offline',
        severity: 'major',
        title: 'Not connected',
        description:
          'The station has lost its connection, and has not come back for a moment. Cleared when it is back.',
      },
      {
        code: 'station.flapping',
        severity: 'minor',
        title: 'Connects again and again',
        description: 'Six times within an hour, or more often. Cleared when it is less.',
      },
      {
        code: 'charge.silent',
        severity: 'minor',
        title: 'A charge tells no readings',
        description:
          'No reading of a charge has come for ten minutes. Cleared by the next one, or when the charge ends.',
      },
      {
        code: 'connector.stuck',
        severity: 'warning',
        title: 'Occupied without a charge',
        description:
          'A connector has been occupied for long, and no transaction is under way there. Cleared when one is, or when it is free.',
      },
      ...FAULTS.map(([kind, severity, title]) => ({ code: `fault.${kind}`, severity, title, description: FAULT })),
      {
        code: 'fault.other',
        severity: 'major' as const,
        title: 'Another fault',
        description: `${FAULT} Its own words are in the detail.`,
      },
    ] satisfies AlarmKindView[]
  ).map((kind) => [kind.code, kind]),
);

/** The code of the alarm for a fault that a station names so. */
export function faultCode(word: string | null): string {
  return `fault.${OF_WORDS.get((word ?? '').toLowerCase()) ?? 'other'}`;
}
