import { PERMISSIONS, type Permission } from './permissions.ts';

/** The roles, as data. A user has one; what it allows is its permissions, where it is allowed is the user's access scope. */
export const ROLE_NAMES = ['administrator', 'monitoring', 'maintenance', 'finance', 'partner', 'driver'] as const;
export type RoleName = (typeof ROLE_NAMES)[number];

export interface Role {
  readonly name: RoleName;
  readonly description: string;
  /** Whether people of this role can log in already. Users may have a role whose part of the system is still to come. */
  readonly available: boolean;
  readonly permissions: readonly Permission[];
}

export const ROLES: Readonly<Record<RoleName, Role>> = {
  administrator: {
    name: 'administrator',
    description: 'May do everything.',
    available: true,
    permissions: PERMISSIONS.filter((permission) => !permission.startsWith('own-charging.')),
  },
  monitoring: {
    name: 'monitoring',
    description: 'The control room: sees the operation and gives the daily commands.',
    available: true,
    permissions: [
      'organization.read',
      'site.read',
      'station.read',
      'station.operate',
      'id-token.read',
      'transaction.read',
      'event.read',
      'message-log.read',
      'report.read',
      'alarm.read',
      'alarm.acknowledge',
      'firmware.read',
      'configuration.read',
    ],
  },
  maintenance: {
    name: 'maintenance',
    description: 'Keeps the stations running: configuration, firmware, faults.',
    available: false,
    permissions: [
      'organization.read',
      'site.read',
      'station.read',
      'station.write',
      'station.operate',
      'station.configure',
      'transaction.read',
      'event.read',
      'message-log.read',
      'report.read',
      'alarm.read',
      'alarm.acknowledge',
      'firmware.read',
      'firmware.write',
      'configuration.read',
      'configuration.write',
      'platform.read',
    ],
  },
  finance: {
    name: 'finance',
    description: 'Prices, payments, invoices and settlement.',
    available: false,
    permissions: [
      'organization.read',
      'site.read',
      'station.read',
      'id-token.read',
      'transaction.read',
      'transaction.resolve',
      'report.read',
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
    ],
  },
  partner: {
    name: 'partner',
    description: 'Another company that sees its share of the operation.',
    available: false,
    permissions: ['site.read', 'station.read', 'transaction.read', 'report.read', 'tariff.read', 'settlement.read'],
  },
  driver: {
    name: 'driver',
    description: 'Charges, and sees what belongs to the own account.',
    available: false,
    permissions: ['own-charging.read', 'own-charging.operate'],
  },
};

/** The role of that name; undefined for a name that this version does not know. */
export function roleNamed(name: string): Role | undefined {
  return Object.hasOwn(ROLES, name) ? ROLES[name as RoleName] : undefined;
}
