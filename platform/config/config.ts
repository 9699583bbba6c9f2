import { defineError } from '@voltpile/kernel/errors';

/** Parts that one process may take on. Apart from each other they meet over NATS. */
export const ROLES = ['station-gateway', 'csms', 'billing', 'operations', 'admin-api'] as const;
export type Role = (typeof ROLES)[number];

export function isRole(name: string): name is Role {
  return (ROLES as readonly string[]).includes(name);
}

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export const OCPP_PROTOCOLS = ['ocpp1.6', 'ocpp2.0.1', 'ocpp2.1'] as const;
export type OcppProtocol = (typeof OCPP_PROTOCOLS)[number];

export const invalidConfig = defineError('config.invalid', 'InvalidArgument', 'The settings are wrong:\n{problems}');

/** Text of the environment; an empty value counts as none. */
export type Environment = Readonly<Record<string, string | undefined>>;
