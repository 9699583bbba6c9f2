import { isIP } from 'node:net';
import { isRole, LOG_LEVELS, ROLES, type Role } from './config.ts';
import { type Contradiction, defineSettings, type Values } from './setting.ts';
import { baseUrl, file, isUrl, listOf, oneOf, port, text, textOf } from './setting-types.ts';

const postgresUrl = text('must look like postgresql://user:password@host:5432/name', (given) =>
  isUrl(given, ['postgres:', 'postgresql:']),
);

/** What any process needs: where it is, what it does, and where it finds the others. */
export const PROCESS_SETTINGS = defineSettings({
  databaseUrl: {
    name: 'DATABASE_URL',
    type: postgresUrl,
    change: 'local',
    secret: true,
    description: 'your own PostgreSQL, `postgresql://user:password@host:5432/name`; without it the embedded one runs',
  },
  csmsDatabaseUrl: {
    name: 'VOLTPILE_CSMS_DATABASE_URL',
    type: postgresUrl,
    change: 'local',
    secret: true,
    description: 'a database of its own for the role `csms`; without it, `DATABASE_URL`',
  },
  billingDatabaseUrl: {
    name: 'VOLTPILE_BILLING_DATABASE_URL',
    type: postgresUrl,
    change: 'local',
    secret: true,
    description: 'a database of its own for the role `billing`; without it, `DATABASE_URL`',
  },
  operationsDatabaseUrl: {
    name: 'VOLTPILE_OPERATIONS_DATABASE_URL',
    type: postgresUrl,
    change: 'local',
    secret: true,
    description: 'a database of its own for the role `operations`; without it, `DATABASE_URL`',
  },
  natsUrl: {
    name: 'NATS_URL',
    type: text('must look like nats://host:4222, several with commas between', isNatsUrl),
    change: 'local',
    secret: true,
    description:
      'joins a cluster: the broker, `nats://user:password@host:4222`, several with commas between. Not needed while one process has all roles',
  },
  configFile: {
    name: 'VOLTPILE_CONFIG_FILE',
    type: file,
    change: 'local',
    description: 'YAML or JSON file with settings, see [Settings](settings.md); only the environment names it',
  },
  dataDir: {
    name: 'VOLTPILE_DATA_DIR',
    type: file,
    default: './data',
    change: 'local',
    description: 'the data folder',
  },
  host: {
    name: 'VOLTPILE_HOST',
    type: textOf(1, 255),
    default: '127.0.0.1',
    change: 'local',
    description: 'address to listen on; `0.0.0.0` for all',
  },
  internalPort: {
    name: 'VOLTPILE_INTERNAL_PORT',
    type: port,
    default: '8090',
    change: 'local',
    description: 'in a cluster: HTTP for the other processes, health and figures; 0 takes any free port',
  },
  internalUrl: {
    name: 'VOLTPILE_INTERNAL_URL',
    type: baseUrl,
    change: 'local',
    description:
      'where the others reach that port, `http://10.0.0.5:8090`; without it, the address that it listens on. Must be given in a cluster where that is `0.0.0.0` or `::`',
  },
  logFormat: {
    name: 'VOLTPILE_LOG_FORMAT',
    type: oneOf(['auto', 'text', 'json']),
    default: 'auto',
    change: 'local',
    description: '`text`, `json`, or `auto`: text on a terminal, JSON otherwise',
  },
  logLevel: {
    name: 'VOLTPILE_LOG_LEVEL',
    type: oneOf(LOG_LEVELS),
    default: 'info',
    change: 'live',
    description: '`trace`, `debug`, `info`, `warn`, `error`, `fatal` or `silent`',
  },
  postgresBinaries: {
    name: 'VOLTPILE_PG_BIN',
    type: file,
    change: 'local',
    description: 'folder with `initdb` and `postgres` to run in place of the ones from npm',
  },
  roles: {
    name: 'VOLTPILE_ROLES',
    type: listOf(`may name ${ROLES.join(', ')}, and must name at least one`, readRoles),
    default: ROLES.join(','),
    change: 'local',
    description: 'parts that this process takes on; the others run elsewhere and are reached over NATS',
  },
  secret: {
    name: 'VOLTPILE_SECRET',
    type: textOf(32, 1024),
    change: 'local',
    secret: true,
    description: 'the server’s secret, 32 characters or more; without it one is made and kept in the data folder',
  },
  zone: {
    name: 'VOLTPILE_ZONE',
    type: text('must have at most 100 letters, digits, dots, hyphens and underscores', (given) =>
      /^[\w.-]{1,100}$/.test(given),
    ),
    change: 'local',
    description: 'where the process runs, as the registry shows it: a rack, a data centre',
  },
});

const OWN_DATABASES = {
  csms: 'csmsDatabaseUrl',
  billing: 'billingDatabaseUrl',
  operations: 'operationsDatabaseUrl',
} as const satisfies Partial<Record<Role, keyof typeof PROCESS_SETTINGS>>;

type DatabaseKey = 'databaseUrl' | (typeof OWN_DATABASES)[keyof typeof OWN_DATABASES];
type DatabaseUrls = Pick<Values<typeof PROCESS_SETTINGS>, DatabaseKey>;

/** The database in which a role keeps its things: the setting that names it, and its address; null: the embedded one. */
export function databaseOf(
  role: Role,
  values: DatabaseUrls,
): { readonly setting: string; readonly url: string | null } {
  const own: DatabaseKey | undefined = (OWN_DATABASES as Partial<Record<Role, DatabaseKey>>)[role];
  const key = own !== undefined && values[own] !== null ? own : 'databaseUrl';
  return { setting: PROCESS_SETTINGS[key].name, url: values[key] };
}

export function processContradictions(values: Values<typeof PROCESS_SETTINGS>): Contradiction[] {
  const { roles, natsUrl, secret, host, internalUrl } = values;
  const found: Contradiction[] = [];
  if (roles.length < ROLES.length && natsUrl === null) {
    found.push({
      names: ['VOLTPILE_ROLES', 'NATS_URL'],
      problem: `NATS_URL must be given unless VOLTPILE_ROLES names all of ${ROLES.join(', ')}`,
    });
  }
  // What it listens on is also what the others are told, unless it is told what to say.
  if (natsUrl !== null && isUnspecified(internalUrl ?? urlOfHost(host))) {
    found.push({
      names: ['VOLTPILE_INTERNAL_URL', 'VOLTPILE_HOST', 'NATS_URL'],
      problem: `VOLTPILE_INTERNAL_URL must name this machine, like http://10.0.0.5:8090: nobody can reach a process at ${internalUrl ?? host}`,
    });
  }
  const storing = roles.filter(keepsThings);
  if (natsUrl === null || storing.length === 0) return found;
  if (storing.some((role) => databaseOf(role, values).url === null)) {
    found.push({
      names: ['DATABASE_URL', 'NATS_URL'],
      problem: 'DATABASE_URL must be given with NATS_URL: the embedded database belongs to one process',
    });
  }
  if (secret === null) {
    found.push({
      names: ['VOLTPILE_SECRET', 'NATS_URL'],
      problem: 'VOLTPILE_SECRET must be given with NATS_URL: it is the same for all processes',
    });
  }
  return found;
}

/** A gateway keeps nothing. */
export function keepsThings(role: Role): boolean {
  return role !== 'station-gateway';
}

/** In their usual order. */
function readRoles(names: readonly string[]): readonly Role[] | undefined {
  const roles = ROLES.filter((role) => names.includes(role));
  return roles.length > 0 && names.every(isRole) ? roles : undefined;
}

/** `0.0.0.0` and `::`, however they are written: all addresses of whoever reads it. */
function isUnspecified(url: string): boolean {
  return URL.canParse(url) && ['0.0.0.0', '[::]'].includes(new URL(url).hostname);
}

function urlOfHost(host: string): string {
  return `http://${isIP(host) === 6 ? `[${host}]` : host}`;
}

function isNatsUrl(given: string): boolean {
  if (given.length > 2000) return false;
  return given.split(',').every((one) => isUrl(one.trim(), ['nats:', 'tls:']) && new URL(one.trim()).hostname !== '');
}
