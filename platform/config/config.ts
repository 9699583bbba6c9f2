import { BlockList, isIP } from 'node:net';
import { resolve } from 'node:path';
import { defineError } from '@voltpile/kernel/errors';
import { scaleDecimal } from '@voltpile/kernel/units';
import * as z from 'zod';

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

export interface ProtocolLimits {
  readonly maxMessagesPerSecond?: number;
  readonly maxFrameBytes?: number;
}

/** Everything an operator may set, parsed and checked. Ports may be 0: any free one. */
export interface Config {
  /** Parts that this process takes on. */
  readonly roles: readonly Role[];
  /** `nats://host:4222`, several with commas between; may hold a password: never logged. null: this process is alone. */
  readonly natsUrl: string | null;
  /** In a cluster: where other processes fetch files, and health is asked. */
  readonly internalPort: number;
  /** Where the others reach {@link internalPort}; null: the listener's own address. */
  readonly internalUrl: string | null;
  /** Where the process runs, for the registry: a rack, a data centre. */
  readonly zone: string | null;
  readonly host: string;
  readonly httpPort: number;
  readonly ocppPort: number;
  /** Present when a certificate is given. Paths of PEM files. */
  readonly tls: {
    readonly port: number;
    readonly certFile: string;
    readonly keyFile: string;
    readonly clientCaFile: string | null;
  } | null;
  /** Addresses and CIDR ranges whose forwarded headers are believed. */
  readonly trustedProxies: readonly string[];
  /** What becomes of a station that nobody has registered. */
  readonly onboarding: 'pending' | 'accept' | 'reject';
  /** Lets stations without a key in on any address, not only on loopback. */
  readonly allowUnauthenticated: boolean;
  readonly adminEmail: string | null;
  readonly adminPassword: string | null;
  /** Absolute. */
  readonly dataDir: string;
  /** null: embedded PostgreSQL below the data folder. */
  readonly databaseUrl: string | null;
  /** Folder of the PostgreSQL binaries to run in place of the ones from npm. */
  readonly postgresBinaries: string | null;
  /** null: the file `secret` in the data folder. */
  readonly secret: string | null;
  readonly logLevel: LogLevel;
  /** `auto`: text on a terminal, JSON otherwise. */
  readonly logFormat: 'auto' | 'text' | 'json';
  readonly heartbeatIntervalSeconds: number;
  /** A station that was silent for so long is offline. */
  readonly stationIdleTimeoutSeconds: number;
  readonly pingIntervalSeconds: number;
  /** How long a command may take when its giver says nothing else. */
  readonly commandTimeoutSeconds: number;
  /** At a stop the sockets of stations are closed spread over so long at most; 0: all at once. */
  readonly drainSeconds: number;
  /** How long answers to stations are held while the database is away. */
  readonly holdReplySeconds: number;
  readonly maxStationConnections: number;
  readonly maxMessagesPerSecond: number;
  readonly maxFrameBytes: number;
  /** Where a limit differs for one protocol. */
  readonly protocolLimits: Readonly<Partial<Record<OcppProtocol, ProtocolLimits>>>;
  /** Ask stations of OCPP 2.x for their device model when it is not known, or their firmware has changed. */
  readonly askForDeviceReports: boolean;
  /** What is logged of stations that have no level of their own. */
  readonly messageLog: 'off' | 'errors' | 'all';
  readonly messageLogDays: number;
  /** permessage-deflate for stations of OCPP 2.x that offer it. */
  readonly ocppCompression: boolean;
  /** Where stations reach the HTTP port, without a slash at the end; null: the listener's own address. */
  readonly publicUrl: string | null;
  readonly maxFirmwareBytes: number;
  readonly maxLogFileBytes: number;
  /** Of all files together. */
  readonly maxFilesBytes: number;
  /** Files that are fetched or put at the same time. */
  readonly maxFileTransfers: number;
  /** A transfer that is slower for a minute is cut. */
  readonly minTransferBytesPerSecond: number;
  /** How long a station may use the address that a command gave it. */
  readonly fileTokenHours: number;
  readonly logFileDays: number;
  /** null: no e-mail is sent. The address holds a password: never logged. */
  readonly mail: { readonly smtpUrl: string; readonly from: string } | null;
  /** Piles over plain TCP (云快充); null: nobody listens for them. */
  readonly ykc: YkcConfig | null;
  /** Card payments; null: nobody can pay, and nothing listens for notifications of payments. */
  readonly stripe: StripeConfig | null;
  readonly funds: FundsConfig;
}

/** What drivers need to start a charge, in units of the currency of their account: decimal text. */
export interface FundsConfig {
  /** What is set aside in a wallet, or held on a card. */
  readonly holdAmount: string;
  /** With less in the wallet nothing is started; not more than what is set aside. */
  readonly minimumBalance: string;
}

/** Both keys are secrets: never log them. */
export interface StripeConfig {
  readonly secretKey: string;
  readonly webhookSecret: string;
  /** null: Stripe itself. */
  readonly apiUrl: string | null;
  /** How long a request may take. */
  readonly timeoutSeconds: number;
}

export interface YkcConfig {
  readonly port: number;
  /** Used when there is a certificate. */
  readonly tlsPort: number;
  /** Lets piles in on any address, not only on loopback: their protocol has nothing that proves who they are. */
  readonly allowUnauthenticated: boolean;
  /** A pile that was silent for so long is offline. */
  readonly idleTimeoutSeconds: number;
  /** Order of the two check bytes in what we send: the standard one, or the pile's own. */
  readonly crc: 'low-first' | 'mirror';
  /** JSON file of the tariff that piles are told; null: one without prices. */
  readonly tariffFile: string | null;
  /** What a pile may spend on a charge without a limit, whole yuan. */
  readonly spendingCapYuan: number;
  readonly qrCodePrefix: string | null;
  /** Of piles from one address, per second: many may come from behind one router. */
  readonly loginsPerAddressPerSecond: number;
}

export const invalidConfig = defineError('config.invalid', 'InvalidArgument', 'The settings are wrong:\n{problems}');

/** Text of the environment; an empty value counts as none. */
export type Environment = Readonly<Record<string, string | undefined>>;

function wholeNumber(least: number, most: number, fallback: number) {
  const text = `must be a whole number from ${least} to ${most}`;
  return z
    .string()
    .regex(/^\d{1,15}$/, text)
    .transform(Number)
    .refine((value) => value >= least && value <= most, text)
    .default(fallback);
}

/** A limit for all protocols, and others for some of them. */
interface LimitByProtocol {
  readonly all: number;
  readonly own: Readonly<Partial<Record<OcppProtocol, number>>>;
}

/** `500`, `500,ocpp1.6=200`, or `ocpp2.0.1=1000` with the default for the rest. */
function wholeNumberByProtocol(least: number, most: number, fallback: number) {
  const names = OCPP_PROTOCOLS.join('=…, ');
  const text = `must be a whole number from ${least} to ${most}, with others for single protocols behind it: ${names}=…`;
  const fits = (digits: string) => /^\d{1,15}$/.test(digits) && Number(digits) >= least && Number(digits) <= most;
  return z
    .string()
    .transform((value, context): LimitByProtocol => {
      let all: number | undefined;
      const own: Partial<Record<OcppProtocol, number>> = {};
      for (const part of value.split(',').map((item) => item.trim())) {
        const at = part.indexOf('=');
        const digits = part.slice(at + 1);
        const protocol = OCPP_PROTOCOLS.find((known) => known === part.slice(0, Math.max(at, 0)));
        const isNew = at === -1 ? all === undefined : protocol !== undefined && own[protocol] === undefined;
        if (!isNew || !fits(digits)) {
          context.addIssue({ code: 'custom', message: text });
          return z.NEVER;
        }
        if (protocol === undefined) all = Number(digits);
        else own[protocol] = Number(digits);
      }
      return { all: all ?? fallback, own };
    })
    .default({ all: fallback, own: {} });
}

function seconds(most: number, fallback: number) {
  const text = `must be a number of seconds above 0, at most ${most}`;
  return z
    .string()
    .regex(/^\d{1,9}(\.\d{1,6})?$/, text)
    .transform(Number)
    .refine((value) => value > 0 && value <= most, text)
    .default(fallback);
}

/** More digits than any currency has places. */
const AMOUNT_PLACES = 6;

function amount(fallback: string) {
  const text = `must be a decimal like ${fallback}, at most 999999999`;
  return z
    .string()
    .regex(/^\d{1,9}(\.\d{1,6})?$/, text)
    .default(fallback);
}

function oneOf<const T extends readonly [string, ...string[]]>(values: T, fallback: T[number]) {
  return z.enum(values, `must be one of ${values.join(', ')}`).default(fallback as never);
}

const yesOrNoText = z
  .enum(['0', '1', 'false', 'true'], 'must be 1 or 0')
  .transform((text) => text === '1' || text === 'true');
const yesOrNo = yesOrNoText.default(false);

const list = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
);

/** `https://cs.example.com:8443/base`: what paths are put behind. */
const baseUrl = z
  .string()
  .max(200, 'must have at most 200 characters')
  .refine((text) => {
    if (!isUrl(text, ['http:', 'https:'])) return false;
    const { username, password, search, hash } = new URL(text);
    return `${username}${password}${search}${hash}` === '' && !/[?#]$/.test(text);
  }, 'must look like https://host:port, without user, query or fragment')
  .transform((text) => new URL(text).href.replace(/\/+$/, ''));

/** An origin: `http:` on this machine only, since a key goes there. */
const apiUrl = z
  .string()
  .max(200, 'must have at most 200 characters')
  .refine((text) => {
    if (!isUrl(text, ['http:', 'https:'])) return false;
    const { protocol, hostname, origin, href } = new URL(text);
    return href === `${origin}/` && (protocol === 'https:' || ['127.0.0.1', '[::1]', 'localhost'].includes(hostname));
  }, 'must look like https://host:port, without path, user, query or fragment; http:// only for this machine')
  .transform((text) => new URL(text).origin);

const MIB = 1024 * 1024;
const TIB = MIB * MIB;

const port = (fallback: number) => wholeNumber(0, 65_535, fallback);
function portOrOff(fallback: number) {
  const text = 'must be a port from 0 to 65535, or off';
  return z
    .string()
    .regex(/^(?:off|\d{1,5})$/, text)
    .transform((value) => (value === 'off' ? value : Number(value)))
    .refine((value) => value === 'off' || value <= 65_535, text)
    .default(fallback);
}

const file = z.string().transform((path) => resolve(path));

function isAddressOrRange(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/');
  const family = isIP(address);
  if (family === 0 || more.length > 0) return false;
  if (bits === undefined) return true;
  if (!/^\d{1,3}$/.test(bits)) return false;
  try {
    new BlockList().addSubnet(address, Number(bits), family === 4 ? 'ipv4' : 'ipv6');
    return true;
  } catch {
    return false;
  }
}

function isUrl(text: string, protocols: readonly string[]): boolean {
  return URL.canParse(text) && protocols.includes(new URL(text).protocol);
}

/** Every name an operator may set. The defaults are here and nowhere else. */
const SETTINGS = {
  DATABASE_URL: z
    .string()
    .refine(
      (text) => isUrl(text, ['postgres:', 'postgresql:']),
      'must look like postgresql://user:password@host:5432/name',
    )
    .optional(),
  NATS_URL: z
    .string()
    .max(2000)
    .refine(
      (text) =>
        text.split(',').every((one) => isUrl(one.trim(), ['nats:', 'tls:']) && new URL(one.trim()).hostname !== ''),
      'must look like nats://host:4222, several with commas between',
    )
    .optional(),
  VOLTPILE_ADMIN_EMAIL: z.email('must be an e-mail address').optional(),
  VOLTPILE_ADMIN_PASSWORD: z.string().min(8, 'must have at least 8 characters').max(512).optional(),
  VOLTPILE_ALLOW_UNAUTHENTICATED: yesOrNo,
  VOLTPILE_ASK_FOR_DEVICE_REPORTS: yesOrNo.default(true),
  VOLTPILE_COMMAND_TIMEOUT_SECONDS: seconds(3600, 30),
  VOLTPILE_DATA_DIR: file.default(resolve('data')),
  VOLTPILE_DRAIN_SECONDS: wholeNumber(0, 3600, 0),
  VOLTPILE_FILE_TOKEN_HOURS: wholeNumber(1, 720, 24),
  VOLTPILE_HEARTBEAT_INTERVAL_SECONDS: wholeNumber(1, 86_400, 300),
  VOLTPILE_HOLD_AMOUNT: amount('50.00'),
  VOLTPILE_HOLD_REPLY_SECONDS: seconds(300, 20),
  VOLTPILE_HOST: z.string().max(255).default('127.0.0.1'),
  VOLTPILE_HTTP_PORT: port(8080),
  VOLTPILE_INTERNAL_PORT: port(8090),
  VOLTPILE_INTERNAL_URL: baseUrl.optional(),
  VOLTPILE_LOG_FILE_DAYS: wholeNumber(1, 3650, 30),
  VOLTPILE_LOG_FORMAT: oneOf(['auto', 'text', 'json'], 'auto'),
  VOLTPILE_LOG_LEVEL: oneOf(LOG_LEVELS, 'info'),
  VOLTPILE_MAIL_FROM: z
    .string()
    .max(320)
    .regex(
      /^(?:[^<>@,;\p{Cc}]+ )?(?:<[^\s<>@,;]+@[^\s<>@,;]+>|[^\s<>@,;]+@[^\s<>@,;]+)$/u,
      'must look like billing@example.com or Operator <billing@example.com>',
    )
    .optional(),
  VOLTPILE_MAX_FILES_BYTES: wholeNumber(MIB, 512 * TIB, 20 * 1024 * MIB),
  VOLTPILE_MAX_FILE_TRANSFERS: wholeNumber(1, 10_000, 200),
  VOLTPILE_MAX_FIRMWARE_BYTES: wholeNumber(1024, TIB, 512 * MIB),
  VOLTPILE_MAX_FRAME_BYTES: wholeNumberByProtocol(1024, 16 * 1024 * 1024, 256 * 1024),
  VOLTPILE_MAX_LOG_FILE_BYTES: wholeNumber(1024, TIB, 256 * MIB),
  VOLTPILE_MAX_MESSAGES_PER_SECOND: wholeNumberByProtocol(1, 1_000_000, 500),
  VOLTPILE_MAX_STATION_CONNECTIONS: wholeNumber(1, 1_000_000, 50_000),
  VOLTPILE_MESSAGE_LOG: oneOf(['off', 'errors', 'all'], 'errors'),
  VOLTPILE_MESSAGE_LOG_DAYS: wholeNumber(1, 366, 7),
  VOLTPILE_MINIMUM_BALANCE: amount('1.00'),
  VOLTPILE_MIN_TRANSFER_BYTES_PER_SECOND: wholeNumber(0, MIB, 1024),
  VOLTPILE_OCPP_COMPRESSION: oneOf(['on', 'off'], 'on'),
  VOLTPILE_OCPP_PORT: port(9220),
  VOLTPILE_OCPP_TLS_PORT: port(9221),
  VOLTPILE_ONBOARDING: oneOf(['pending', 'accept', 'reject'], 'pending'),
  VOLTPILE_PG_BIN: file.optional(),
  VOLTPILE_PING_INTERVAL_SECONDS: seconds(86_400, 25),
  VOLTPILE_PUBLIC_URL: baseUrl.optional(),
  VOLTPILE_ROLES: list
    .refine((roles) => roles.every(isRole), `may name ${ROLES.join(', ')}`)
    .refine((roles) => roles.length > 0, 'must name at least one role')
    .transform((roles) => ROLES.filter((role) => roles.includes(role)))
    .default([...ROLES]),
  VOLTPILE_SECRET: z.string().min(32, 'must have at least 32 characters').max(1024).optional(),
  VOLTPILE_SMTP_URL: z
    .string()
    .max(1000)
    .refine(
      (text) => isUrl(text, ['smtp:', 'smtps:']) && new URL(text).hostname !== '',
      'must look like smtp://user:password@host:587 or smtps://user:password@host:465',
    )
    .optional(),
  VOLTPILE_STATION_IDLE_TIMEOUT_SECONDS: seconds(86_400, 75),
  VOLTPILE_STRIPE_API_URL: apiUrl.optional(),
  VOLTPILE_STRIPE_SECRET_KEY: z
    .string()
    .regex(/^[sr]k_[\w-]{8,500}$/, 'must be a secret or restricted key: sk_… or rk_…')
    .optional(),
  // To find out about one payment takes several requests, and nobody else looks at it for two minutes.
  VOLTPILE_STRIPE_TIMEOUT_SECONDS: seconds(15, 8),
  VOLTPILE_STRIPE_WEBHOOK_SECRET: z
    .string()
    .regex(/^whsec_[\w+/=-]{8,500}$/, 'must be the signing secret of a webhook endpoint: whsec_…')
    .optional(),
  VOLTPILE_TLS_CERT_FILE: file.optional(),
  VOLTPILE_TLS_CLIENT_CA_FILE: file.optional(),
  VOLTPILE_TLS_KEY_FILE: file.optional(),
  VOLTPILE_TRUSTED_PROXIES: list
    .refine((parts) => parts.every(isAddressOrRange), 'must be addresses or CIDR ranges with commas between')
    .default([]),
  VOLTPILE_YKC_ALLOW_UNAUTHENTICATED: yesOrNoText.optional(),
  VOLTPILE_YKC_CRC: oneOf(['low-first', 'mirror'], 'low-first'),
  VOLTPILE_YKC_IDLE_TIMEOUT_SECONDS: seconds(86_400, 75),
  VOLTPILE_YKC_LOGINS_PER_ADDRESS: wholeNumber(1, 100_000, 100),
  VOLTPILE_YKC_PORT: portOrOff(8768),
  VOLTPILE_YKC_QR_PREFIX: z
    .string()
    .regex(/^[\x21-\x7e]{1,200}$/, 'must have at most 200 printable ASCII characters')
    .optional(),
  VOLTPILE_YKC_SPENDING_CAP_YUAN: wholeNumber(1, 40_000_000, 1000),
  VOLTPILE_YKC_TARIFF_FILE: file.optional(),
  VOLTPILE_YKC_TLS_PORT: port(8769),
  VOLTPILE_ZONE: z
    .string()
    .regex(/^[\w.-]{1,100}$/, 'must have at most 100 letters, digits, dots, hyphens and underscores')
    .optional(),
} as const;

/** Read by test suites and tools, not by the server. */
const FOREIGN: ReadonlySet<string> = new Set(['VOLTPILE_TEST_DATABASE_URL']);

const schema = z.object(SETTINGS);
export type SettingName = keyof typeof SETTINGS;
export const SETTING_NAMES = Object.keys(SETTINGS) as SettingName[];

/** What a setting is when nobody sets it, parsed; undefined when it has no default. For the operator's guide. */
export function defaultOf(name: SettingName): unknown {
  const value: unknown = SETTINGS[name].parse(undefined);
  // Of a limit by protocol, the one for all.
  return typeof value === 'object' && value !== null && 'all' in value ? value.all : value;
}

/**
 * Reads the settings: defaults, then the environment. Names that begin with `VOLTPILE_` and mean nothing are errors, because they are
 * usually spelling mistakes.
 *
 * @throws InvalidArgument `config.invalid`, its message names every problem, a line each, and no value (some are secrets)
 */
export function readConfig(environment: Environment): Config {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([name, value]) => name in SETTINGS && value !== undefined && value !== ''),
  );
  const problems = Object.keys(environment)
    .filter((name) => name.startsWith('VOLTPILE_') && !(name in SETTINGS) && !FOREIGN.has(name))
    .map((name) => `${name} is not a setting${suggestion(name)}`);
  const parsed = schema.safeParse(given);
  if (!parsed.success) problems.push(...parsed.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`));
  const values = parsed.data;
  if (values !== undefined) problems.push(...contradictions(values));
  if (values === undefined || problems.length > 0) {
    throw invalidConfig({ problems: problems.map((problem) => `  ${problem}`).join('\n') });
  }
  return {
    roles: values.VOLTPILE_ROLES,
    natsUrl: values.NATS_URL ?? null,
    internalPort: values.VOLTPILE_INTERNAL_PORT,
    internalUrl: values.VOLTPILE_INTERNAL_URL ?? null,
    zone: values.VOLTPILE_ZONE ?? null,
    host: values.VOLTPILE_HOST,
    httpPort: values.VOLTPILE_HTTP_PORT,
    ocppPort: values.VOLTPILE_OCPP_PORT,
    tls:
      values.VOLTPILE_TLS_CERT_FILE === undefined || values.VOLTPILE_TLS_KEY_FILE === undefined
        ? null
        : {
            port: values.VOLTPILE_OCPP_TLS_PORT,
            certFile: values.VOLTPILE_TLS_CERT_FILE,
            keyFile: values.VOLTPILE_TLS_KEY_FILE,
            clientCaFile: values.VOLTPILE_TLS_CLIENT_CA_FILE ?? null,
          },
    trustedProxies: values.VOLTPILE_TRUSTED_PROXIES,
    onboarding: values.VOLTPILE_ONBOARDING,
    allowUnauthenticated: values.VOLTPILE_ALLOW_UNAUTHENTICATED,
    adminEmail: values.VOLTPILE_ADMIN_EMAIL ?? null,
    adminPassword: values.VOLTPILE_ADMIN_PASSWORD ?? null,
    dataDir: values.VOLTPILE_DATA_DIR,
    databaseUrl: values.DATABASE_URL ?? null,
    postgresBinaries: values.VOLTPILE_PG_BIN ?? null,
    secret: values.VOLTPILE_SECRET ?? null,
    logLevel: values.VOLTPILE_LOG_LEVEL,
    logFormat: values.VOLTPILE_LOG_FORMAT,
    heartbeatIntervalSeconds: values.VOLTPILE_HEARTBEAT_INTERVAL_SECONDS,
    stationIdleTimeoutSeconds: values.VOLTPILE_STATION_IDLE_TIMEOUT_SECONDS,
    pingIntervalSeconds: values.VOLTPILE_PING_INTERVAL_SECONDS,
    commandTimeoutSeconds: values.VOLTPILE_COMMAND_TIMEOUT_SECONDS,
    drainSeconds: values.VOLTPILE_DRAIN_SECONDS,
    holdReplySeconds: values.VOLTPILE_HOLD_REPLY_SECONDS,
    maxStationConnections: values.VOLTPILE_MAX_STATION_CONNECTIONS,
    maxMessagesPerSecond: values.VOLTPILE_MAX_MESSAGES_PER_SECOND.all,
    maxFrameBytes: values.VOLTPILE_MAX_FRAME_BYTES.all,
    protocolLimits: protocolLimits(values.VOLTPILE_MAX_MESSAGES_PER_SECOND, values.VOLTPILE_MAX_FRAME_BYTES),
    askForDeviceReports: values.VOLTPILE_ASK_FOR_DEVICE_REPORTS,
    messageLog: values.VOLTPILE_MESSAGE_LOG,
    messageLogDays: values.VOLTPILE_MESSAGE_LOG_DAYS,
    ocppCompression: values.VOLTPILE_OCPP_COMPRESSION === 'on',
    publicUrl: values.VOLTPILE_PUBLIC_URL ?? null,
    maxFirmwareBytes: values.VOLTPILE_MAX_FIRMWARE_BYTES,
    maxLogFileBytes: values.VOLTPILE_MAX_LOG_FILE_BYTES,
    maxFilesBytes: values.VOLTPILE_MAX_FILES_BYTES,
    maxFileTransfers: values.VOLTPILE_MAX_FILE_TRANSFERS,
    minTransferBytesPerSecond: values.VOLTPILE_MIN_TRANSFER_BYTES_PER_SECOND,
    fileTokenHours: values.VOLTPILE_FILE_TOKEN_HOURS,
    logFileDays: values.VOLTPILE_LOG_FILE_DAYS,
    mail:
      values.VOLTPILE_SMTP_URL === undefined || values.VOLTPILE_MAIL_FROM === undefined
        ? null
        : { smtpUrl: values.VOLTPILE_SMTP_URL, from: values.VOLTPILE_MAIL_FROM },
    ykc: ykcConfig(values),
    stripe: stripeConfig(values),
    funds: { holdAmount: values.VOLTPILE_HOLD_AMOUNT, minimumBalance: values.VOLTPILE_MINIMUM_BALANCE },
  };
}

function stripeConfig(values: z.infer<typeof schema>): StripeConfig | null {
  const secretKey = values.VOLTPILE_STRIPE_SECRET_KEY;
  const webhookSecret = values.VOLTPILE_STRIPE_WEBHOOK_SECRET;
  if (secretKey === undefined || webhookSecret === undefined) return null;
  const timeoutSeconds = values.VOLTPILE_STRIPE_TIMEOUT_SECONDS;
  return { secretKey, webhookSecret, apiUrl: values.VOLTPILE_STRIPE_API_URL ?? null, timeoutSeconds };
}

function ykcConfig(values: z.infer<typeof schema>): YkcConfig | null {
  const port = values.VOLTPILE_YKC_PORT;
  if (port === 'off') return null;
  return {
    port,
    tlsPort: values.VOLTPILE_YKC_TLS_PORT,
    allowUnauthenticated: values.VOLTPILE_YKC_ALLOW_UNAUTHENTICATED ?? values.VOLTPILE_ALLOW_UNAUTHENTICATED,
    idleTimeoutSeconds: values.VOLTPILE_YKC_IDLE_TIMEOUT_SECONDS,
    crc: values.VOLTPILE_YKC_CRC,
    tariffFile: values.VOLTPILE_YKC_TARIFF_FILE ?? null,
    spendingCapYuan: values.VOLTPILE_YKC_SPENDING_CAP_YUAN,
    qrCodePrefix: values.VOLTPILE_YKC_QR_PREFIX ?? null,
    loginsPerAddressPerSecond: values.VOLTPILE_YKC_LOGINS_PER_ADDRESS,
  };
}

function protocolLimits(rates: LimitByProtocol, sizes: LimitByProtocol): Config['protocolLimits'] {
  const limits: Partial<Record<OcppProtocol, ProtocolLimits>> = {};
  for (const protocol of OCPP_PROTOCOLS) {
    const [rate, size] = [rates.own[protocol], sizes.own[protocol]];
    if (rate === undefined && size === undefined) continue;
    limits[protocol] = {
      ...(rate === undefined ? {} : { maxMessagesPerSecond: rate }),
      ...(size === undefined ? {} : { maxFrameBytes: size }),
    };
  }
  return limits;
}

/** Settings that are each fine but do not go together. */
function contradictions(values: z.infer<typeof schema>): string[] {
  const problems: string[] = [];
  if ((values.VOLTPILE_TLS_CERT_FILE === undefined) !== (values.VOLTPILE_TLS_KEY_FILE === undefined)) {
    problems.push('VOLTPILE_TLS_CERT_FILE and VOLTPILE_TLS_KEY_FILE must be given together');
  }
  if (values.VOLTPILE_TLS_CLIENT_CA_FILE !== undefined && values.VOLTPILE_TLS_CERT_FILE === undefined) {
    problems.push('VOLTPILE_TLS_CLIENT_CA_FILE needs VOLTPILE_TLS_CERT_FILE and VOLTPILE_TLS_KEY_FILE');
  }
  if ((values.VOLTPILE_SMTP_URL === undefined) !== (values.VOLTPILE_MAIL_FROM === undefined)) {
    problems.push('VOLTPILE_SMTP_URL and VOLTPILE_MAIL_FROM must be given together');
  }
  if (values.VOLTPILE_STATION_IDLE_TIMEOUT_SECONDS <= values.VOLTPILE_PING_INTERVAL_SECONDS) {
    problems.push('VOLTPILE_STATION_IDLE_TIMEOUT_SECONDS must be longer than VOLTPILE_PING_INTERVAL_SECONDS');
  }
  if ((values.VOLTPILE_STRIPE_SECRET_KEY === undefined) !== (values.VOLTPILE_STRIPE_WEBHOOK_SECRET === undefined)) {
    problems.push('VOLTPILE_STRIPE_SECRET_KEY and VOLTPILE_STRIPE_WEBHOOK_SECRET must be given together');
  }
  if (values.VOLTPILE_STRIPE_API_URL !== undefined && values.VOLTPILE_STRIPE_SECRET_KEY === undefined) {
    problems.push('VOLTPILE_STRIPE_API_URL needs VOLTPILE_STRIPE_SECRET_KEY and VOLTPILE_STRIPE_WEBHOOK_SECRET');
  }
  const isAlone = values.VOLTPILE_ROLES.length === ROLES.length;
  if (!isAlone && values.NATS_URL === undefined) {
    problems.push(`NATS_URL must be given unless VOLTPILE_ROLES names all of ${ROLES.join(', ')}`);
  }
  const isShared = values.NATS_URL !== undefined && values.VOLTPILE_ROLES.some((role) => role !== 'station-gateway');
  if (isShared && values.DATABASE_URL === undefined) {
    problems.push('DATABASE_URL must be given with NATS_URL: the embedded database belongs to one process');
  }
  if (isShared && values.VOLTPILE_SECRET === undefined) {
    problems.push('VOLTPILE_SECRET must be given with NATS_URL: it is the same for all processes');
  }
  // What it listens on is also what the others are told, unless it is told what to say.
  if (values.NATS_URL !== undefined) {
    if (isUnspecified(values.VOLTPILE_INTERNAL_URL ?? urlOfHost(values.VOLTPILE_HOST))) {
      const why = `nobody can reach a process at ${values.VOLTPILE_INTERNAL_URL ?? values.VOLTPILE_HOST}`;
      problems.push(`VOLTPILE_INTERNAL_URL must name this machine, like http://10.0.0.5:8090: ${why}`);
    }
  }
  const [held, least] = [values.VOLTPILE_HOLD_AMOUNT, values.VOLTPILE_MINIMUM_BALANCE].map(
    (text) => scaleDecimal(text, AMOUNT_PLACES) ?? 0n,
  ) as [bigint, bigint];
  if (held === 0n) problems.push('VOLTPILE_HOLD_AMOUNT must be above 0');
  else if (least > held) problems.push('VOLTPILE_MINIMUM_BALANCE must not be more than VOLTPILE_HOLD_AMOUNT');
  return problems;
}

/** `0.0.0.0` and `::`, however they are written: all addresses of whoever reads it. */
function isUnspecified(url: string): boolean {
  return URL.canParse(url) && ['0.0.0.0', '[::]'].includes(new URL(url).hostname);
}

function urlOfHost(host: string): string {
  return `http://${isIP(host) === 6 ? `[${host}]` : host}`;
}

/** A known name that has the same letters but for three at most. */
function suggestion(name: string): string {
  const near = Object.keys(SETTINGS).find((known) => editDistance(known, name) <= 3);
  return near === undefined ? '' : `; ${near} is one`;
}

function editDistance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [index, letter] of [...one].entries()) {
    const next = [index + 1];
    for (let column = 1; column <= other.length; column++) {
      const change = (row[column - 1] ?? 0) + (letter === other[column - 1] ? 0 : 1);
      next.push(Math.min(change, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}
