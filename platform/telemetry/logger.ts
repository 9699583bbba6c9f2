import { type Logger, type LoggerOptions as LoggerOptionsOfPino, levels, pino } from 'pino';
import type { LogLevel } from '../config/config.ts';
import { currentTraceId } from './trace.ts';

export type { Logger };

/** Names whose values never reach a log, wherever up to two levels deep they stand. */
const SECRETS = [
  'password',
  'passwordBase64',
  'newPassword',
  'adminPassword',
  'secret',
  'secretKey',
  'webhookSecret',
  'clientSecret',
  'token',
  'accessToken',
  'refreshToken',
  'apiKey',
  'authorization',
  'Authorization',
  'cookie',
  'AuthorizationKey',
  'databaseUrl',
  'connectionString',
  'smtpUrl',
];

export interface LoggerOptions {
  /** Lines below it are left out; a function is asked for every line. */
  readonly level: LogLevel | (() => LogLevel);
  readonly format: 'auto' | 'text' | 'json';
  /** Where lines go; by default standard error, because standard output belongs to the ready line. */
  readonly write?: (line: string) => void;
}

/**
 * The process's logger: one JSON object or one line of text per event. An object tells, as `traceId`, what it belongs to over all processes. `logger.child({ component: 'csms' })` marks a room's lines. Log
 * errors as `{ err }`.
 */
export function createLogger(options: LoggerOptions): Logger {
  const write = options.write ?? ((line: string) => void process.stderr.write(line));
  const { level } = options;
  const asText = options.format === 'text' || (options.format === 'auto' && process.stderr.isTTY);
  return pino(
    {
      // The level of a child is its parent's when it is made: a level that changes is looked at where lines are written.
      level: typeof level === 'string' ? level : 'trace',
      ...(typeof level === 'string' ? {} : { hooks: { logMethod: onlyFrom(level) } }),
      base: undefined,
      mixin: () => {
        const traceId = currentTraceId();
        return traceId === undefined ? {} : { traceId };
      },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }) },
      redact: { paths: SECRETS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '[hidden]' },
    },
    { write: asText ? (line) => write(toText(line)) : write },
  );
}

function onlyFrom(level: () => LogLevel): NonNullable<LoggerOptionsOfPino['hooks']>['logMethod'] {
  return function write(args, method, number) {
    const least = levels.values[level()];
    // `silent` has no number.
    if (least !== undefined && number >= least) method.apply(this, args);
  };
}

/** `12:00:00.000 INFO  csms: text {facts}`, with an error's stack on the lines below. */
function toText(line: string): string {
  const { time, level, msg, component, err, traceId: _traceId, ...facts } = JSON.parse(line) as Record<string, unknown>;
  const rest = Object.keys(facts).length === 0 ? '' : ` ${JSON.stringify(facts)}`;
  const where = component === undefined ? '' : `${component}: `;
  const error = err as { stack?: string; message?: string } | undefined;
  const trace =
    error === undefined ? '' : `\n  ${(error.stack ?? error.message ?? JSON.stringify(err)).replaceAll('\n', '\n  ')}`;
  return `${String(time).slice(11, 23)} ${String(level).toUpperCase().padEnd(5)} ${where}${msg ?? ''}${rest}${trace}\n`;
}
