import { readFileSync } from 'node:fs';
import { API_SETTINGS } from '@voltpile/admin-api/settings';
import { BILLING_SETTINGS, billingContradictions } from '@voltpile/billing/settings';
import { CSMS_SETTINGS } from '@voltpile/csms/settings';
import { defineError } from '@voltpile/kernel/errors';
import { OPERATIONS_SETTINGS } from '@voltpile/operations/settings';
import type { Environment } from '@voltpile/platform/config/config';
import { parseSettings, problemOf, type Texts } from '@voltpile/platform/config/config-file';
import { PROCESS_SETTINGS, processContradictions } from '@voltpile/platform/config/process-settings';
import type { Contradiction, SettingDeclaration, Values } from '@voltpile/platform/config/setting';
import { Settings } from '@voltpile/platform/config/settings';
import { GATEWAY_SETTINGS, gatewayContradictions } from '@voltpile/station-gateway/operator-settings';

/** Every setting there is: each is declared in its room. */
export const SETTINGS = {
  ...PROCESS_SETTINGS,
  ...GATEWAY_SETTINGS,
  ...CSMS_SETTINGS,
  ...BILLING_SETTINGS,
  ...OPERATIONS_SETTINGS,
  ...API_SETTINGS,
} as const;

/** Names, in the order of the alphabet. */
export const SETTING_NAMES: readonly string[] = Object.values(SETTINGS)
  .map(({ name }) => name)
  .sort();

/** What a setting is when nobody sets it, as an operator would write it. */
export function defaultOf(name: string): string | undefined {
  const declarations: readonly SettingDeclaration[] = Object.values(SETTINGS);
  return declarations.find((declaration) => declaration.name === name)?.default;
}

export type AllSettings = Settings<typeof SETTINGS>;
/** All values at one moment. */
export type AllValues = Values<typeof SETTINGS>;
/** What a process keeps from its start to its end. */
export type Config = Values<typeof SETTINGS, 'local' | 'restart'>;
/** What changes while it runs. */
export type LiveConfig = Values<typeof SETTINGS, 'live'>;
/** What is known before the database is open. */
export type LocalConfig = Values<typeof SETTINGS, 'local'>;

export const badConfigFile = defineError(
  'config.bad_file',
  'FailedPrecondition',
  'The file {path} (VOLTPILE_CONFIG_FILE) cannot be used: {problem}',
);

const CHECKS: readonly ((values: AllValues) => readonly Contradiction[])[] = [
  processContradictions,
  gatewayContradictions,
  billingContradictions,
];

/**
 * Reads the settings: defaults, the file that the environment names, the environment. Names that mean nothing are errors, because they are usually spelling mistakes.
 *
 * @throws InvalidArgument `config.invalid`; FailedPrecondition `config.bad_file`
 */
export function readSettings(environment: Environment): AllSettings {
  return new Settings({ table: SETTINGS, environment, file: readFile(environment.VOLTPILE_CONFIG_FILE), check });
}

/** The settings of a server that is started in code: its values, above the defaults. */
export function givenSettings(given: Partial<AllValues>): AllSettings {
  return new Settings({ table: SETTINGS, given, check });
}

function check(values: AllValues): readonly Contradiction[] {
  return CHECKS.flatMap((find) => find(values));
}

function readFile(path: string | undefined): Texts {
  if (path === undefined || path === '') return {};
  try {
    return parseSettings(readFileSync(path, 'utf8'));
  } catch (error) {
    throw badConfigFile({ path, problem: problemOf(error) }, error);
  }
}
