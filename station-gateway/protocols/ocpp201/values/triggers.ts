import type { Ocpp201Request } from '@voltpile/ocpp/actions/ocpp201-payloads';

type Trigger = Ocpp201Request<'TriggerMessage'>['requestedMessage'];

/** MessageTriggerEnumType (OCPP 2.0.1 Part 2 §3.49). */
const TRIGGERS: ReadonlySet<string> = new Set<Trigger>([
  'BootNotification',
  'FirmwareStatusNotification',
  'Heartbeat',
  'LogStatusNotification',
  'MeterValues',
  'PublishFirmwareStatusNotification',
  'SignChargingStationCertificate',
  'SignCombinedCertificate',
  'SignV2GCertificate',
  'StatusNotification',
  'TransactionEvent',
]);

/** Words of OCPP 1.6 for the same. */
const OTHER_WORDS: ReadonlyMap<string, Trigger> = new Map([
  ['DiagnosticsStatusNotification', 'LogStatusNotification'],
  ['SignChargePointCertificate', 'SignChargingStationCertificate'],
]);

/** The message as 2.0.1 names it; undefined when it cannot be asked for. */
export function toTrigger(message: string): Trigger | undefined {
  const word = OTHER_WORDS.get(message) ?? message;
  return TRIGGERS.has(word) ? (word as Trigger) : undefined;
}
