import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { defineError } from '@voltpile/kernel/errors';
import type { Environment } from '@voltpile/platform/config/config';
import { ROLES, type Role } from '@voltpile/platform/config/config';

export const badOption = defineError(
  'cluster.bad_option',
  'InvalidArgument',
  '{problem}. See npm run cluster -- --help',
);

/** What `npm run cluster` is to start. */
export interface ClusterOptions {
  /** How many processes of each role. */
  readonly counts: Readonly<Record<Role, number>>;
  readonly brokers: number;
  /** Absolute: holds the database, the logs, and a data folder for each process. */
  readonly dataDir: string;
  /** Of the balancers that stations and operators reach; 0: any free one. */
  readonly ports: { readonly http: number; readonly ocpp: number; readonly ykc: number };
}

/** What is typed for a role. */
const OPTION_OF: Readonly<Record<Role, string>> = {
  'station-gateway': 'gateways',
  csms: 'csms',
  billing: 'billing',
  operations: 'operations',
  'admin-api': 'api',
};

/** A machine has so many cores; more processes than that only show that it can be done. */
const MOST_PROCESSES = 16;
const MOST_BROKERS = 5;

export const HELP = `Starts Voltpile as a cluster on this machine: NATS, PostgreSQL, some processes of each role, and a balancer in front of them.

  npm run cluster -- [options]

  --gateways <n>    processes that hold stations' sockets  (default 2)
  --csms <n>        processes of the stations' domain      (default 2)
  --billing <n>     processes of billing                   (default 2)
  --operations <n>  processes of operations                (default 2)
  --api <n>         processes of the API                   (default 2)
  --nats <n>        brokers                                (default 3)
  --data <folder>   where everything is kept               (default ./data-cluster)
  --http-port <n>   the API's balancer                     (default 8080; 0: any free port)
  --ocpp-port <n>   the balancer for OCPP                  (default 9220)
  --ykc-port <n>    the balancer for 云快充                (default 8768)
  --help

Settings of the environment (VOLTPILE_ONBOARDING, VOLTPILE_LOG_LEVEL, …) go on to every process. With DATABASE_URL your own PostgreSQL is
used. A process that ends without being asked to is started again: kill one, and watch. Ctrl-C stops everything.
`;

/**
 * Reads the command line, and the ports from the environment where the command line says nothing.
 *
 * @returns null when help is asked for
 * @throws InvalidArgument `cluster.bad_option`
 */
export function readOptions(args: readonly string[], environment: Environment): ClusterOptions | null {
  const given = parse(args);
  if (given.help === true) return null;
  // An empty one, of a variable that is not set, say, would be the folder that this is called in.
  if (given.data === '') throw badOption({ problem: '--data must name a folder' });
  const count = (option: string, least: number, most: number, fallback: number): number =>
    wholeNumber(`--${option}`, given[option], least, most, fallback);
  const port = (option: string, setting: string, fallback: number): number => {
    const text = given[`${option}-port`];
    return text === undefined
      ? wholeNumber(setting, environment[setting] || undefined, 0, 65_535, fallback)
      : wholeNumber(`--${option}-port`, text, 0, 65_535, fallback);
  };
  const counts = Object.fromEntries(
    ROLES.map((role) => [role, count(OPTION_OF[role], 1, MOST_PROCESSES, 2)]),
  ) as Record<Role, number>;
  return {
    counts,
    brokers: count('nats', 1, MOST_BROKERS, 3),
    dataDir: resolve(String(given.data ?? (environment.VOLTPILE_DATA_DIR || 'data-cluster'))),
    ports: {
      http: port('http', 'VOLTPILE_HTTP_PORT', 8080),
      ocpp: port('ocpp', 'VOLTPILE_OCPP_PORT', 9220),
      ykc: port('ykc', 'VOLTPILE_YKC_PORT', 8768),
    },
  };
}

function parse(args: readonly string[]): Readonly<Record<string, string | boolean | undefined>> {
  const text = { type: 'string' } as const;
  const names = [...Object.values(OPTION_OF), 'nats', 'data', 'http-port', 'ocpp-port', 'ykc-port'];
  try {
    const options = { ...Object.fromEntries(names.map((name) => [name, text])), help: { type: 'boolean', short: 'h' } };
    return parseArgs({ args: [...args], options: options as Record<string, { type: 'string' | 'boolean' }> })
      .values as Record<string, string | boolean>;
  } catch (error) {
    throw badOption({ problem: (error as Error).message.replace(/\.$/, '').split('. ')[0] ?? 'wrong options' }, error);
  }
}

function wholeNumber(
  name: string,
  text: string | boolean | undefined,
  least: number,
  most: number,
  fallback: number,
): number {
  if (text === undefined) return fallback;
  const value = Number(text);
  if (typeof text !== 'string' || !/^\d{1,5}$/.test(text) || value < least || value > most) {
    throw badOption({ problem: `${name} must be a whole number from ${least} to ${most}` });
  }
  return value;
}
