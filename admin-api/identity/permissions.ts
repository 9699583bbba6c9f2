/**
 * Everything that somebody can be allowed to do, by its stable name. The list is complete: permissions of resources that are not
 * served yet are named here, so that roles do not change their meaning when those arrive.
 */
export const PERMISSIONS = [
  'organization.read',
  'organization.write',
  'site.read',
  'site.write',
  'station.read',
  'station.write',
  /** Decide whether a station that asks to be registered may take part. */
  'station.approve',
  /** Give commands of the control room: start, stop, reset, unlock, availability, reservations, reading variables. */
  'station.operate',
  /** Give commands that change how a station behaves from then on: variables, charging profiles, local lists, certificates. */
  'station.configure',
  /** Call an action of the station's own dialect that has no neutral twin. */
  'station.raw-call',
  'id-token.read',
  'id-token.write',
  'transaction.read',
  /** Release a transaction that is held from billing, or correct it by a counter-entry. */
  'transaction.resolve',
  'event.read',
  'message-log.read',
  'report.read',
  'alarm.read',
  'alarm.acknowledge',
  'alarm.configure',
  'firmware.read',
  'firmware.write',
  'configuration.read',
  'configuration.write',
  'tariff.read',
  'tariff.write',
  'tariff.publish',
  'account.read',
  'account.write',
  'payment.read',
  'payment.refund',
  'invoice.read',
  'invoice.write',
  'settlement.read',
  'settlement.write',
  'partner.read',
  'partner.write',
  'api-key.read',
  'api-key.write',
  'webhook.read',
  'webhook.write',
  'user.read',
  'user.write',
  'audit.read',
  'platform.read',
  'platform.write',
  /** A driver's own charging: see the own sessions and invoices, start and stop the own charge. */
  'own-charging.read',
  'own-charging.operate',
] as const;

export type Permission = (typeof PERMISSIONS)[number];
