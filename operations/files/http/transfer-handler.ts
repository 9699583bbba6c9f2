import type { IncomingMessage, ServerResponse } from 'node:http';
import { EVERYTHING } from '@voltpile/csms/contract/access-scope';
import type { Clock } from '@voltpile/kernel/clock';
import { toVoltpileError } from '@voltpile/kernel/errors';
import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import type { Logger } from '@voltpile/platform/telemetry/logger';
import type { Counter } from '@voltpile/platform/telemetry/metrics';
import type { Knex } from 'knex';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { type FileRefusal, FileRefused } from '../../contract/files.ts';
import type { DiskStore } from '../disk-store.ts';
import type { FileIntake, Incoming } from '../file-intake.ts';
import { findFile } from '../persistence/files-repository.ts';
import { findByToken, type RequestKind, type RequestRow } from '../persistence/requests-repository.ts';
import type { TransferBudget } from '../transfer-budget.ts';
import { hashToken } from '../transfer-token.ts';
import { type SpeedLimit, watchSpeed } from '../watch-speed.ts';
import { isMultipart, type MultipartFile, NotOneFile, openMultipartFile } from './multipart-file.ts';
import { sendFile } from './send-file.ts';

export interface TransferHandlerOptions {
  readonly knex: Knex;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly disk: DiskStore;
  readonly intake: FileIntake;
  readonly budget: TransferBudget;
  readonly speedLimit: SpeedLimit;
  /** Of one address in a minute. */
  readonly maxWrongTokens: number;
  readonly transfers: Counter<'direction' | 'outcome'>;
}

/** An answer that is not the content of a file. */
interface Reply {
  readonly status: number;
  /** A word for whoever looks at a charger's log. Never says why a token is not good. */
  readonly text: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const PLACE = /^\/(upload|download)\/([^/]+)(?:\/(.*))?$/;
const RETRY_SECONDS = 30;
/** How long what a client still sends is read after we have answered: closing at once could lose the answer on the way. */
const LINGER_MS = 5000;

const NOT_FOUND: Reply = { status: 404, text: 'Not found' };
const REFUSALS: Readonly<Record<Exclude<FileRefusal, 'no-such-range' | 'other-content'>, Reply>> = {
  'too-large': { status: 413, text: 'The file is too large' },
  'storage-full': { status: 507, text: 'There is no room for the file' },
  busy: { status: 503, text: 'Too many transfers', headers: { 'Retry-After': String(RETRY_SECONDS) } },
};

/**
 * The addresses that stations get in commands: `PUT|POST /upload/{token}/…` and `GET|HEAD /download/{token}/…`, below where the handler is
 * mounted. A token is the permission; what comes after it is the file's name, as stations that add their own expect (and those that do
 * not). There is nothing to list, and wrong tokens, expired ones and those of the other direction are all the same 404.
 */
export function createTransferHandler(
  options: TransferHandlerOptions,
): (request: IncomingMessage, response: ServerResponse, facts: { readonly address: string }) => Promise<void> {
  const { knex, clock, logger, disk, intake, budget, speedLimit, transfers } = options;
  const wrongTokens = new RateLimiterMemory({ points: options.maxWrongTokens, duration: 60 });

  /** The request that gave out the token; throws nothing but what the database says. */
  const find = async (kind: RequestKind, token: string, address: string): Promise<RequestRow | Reply> => {
    const before = await wrongTokens.get(address);
    if (before !== null && before.remainingPoints <= 0) {
      const seconds = Math.max(1, Math.ceil(before.msBeforeNext / 1000));
      return { status: 429, text: 'Too many requests', headers: { 'Retry-After': String(seconds) } };
    }
    const hash = hashToken(token);
    const row =
      hash === undefined ? undefined : await withDatabaseErrors(() => findByToken(knex, kind, hash, clock.now()));
    if (row !== undefined) return row;
    await wrongTokens.penalty(address, 1);
    return NOT_FOUND;
  };

  const upload = async (row: RequestRow, trailing: string, request: IncomingMessage): Promise<Reply> => {
    // A part of a file must not be taken for the whole (RFC 9110 §14.5).
    if (request.headers['content-range'] !== undefined) return { status: 400, text: 'Send the whole file' };
    let bytes = 0;
    const stopWatching = watchSpeed(
      speedLimit,
      () => bytes,
      () => request.destroy(),
    );
    let form: MultipartFile | undefined;
    try {
      if (isMultipart(request)) form = await openMultipartFile(request);
      const incoming = incomingOf(request, form, decoded(trailing), (now) => {
        bytes = now;
      });
      const result = await intake.fromStation(row, incoming);
      if (result.kind === 'too-many') return { status: 409, text: 'Enough files have come' };
      logger.info({ file: result.file.id, station: row.station_id, bytes }, 'a station has put a file');
      return { status: request.method === 'PUT' ? 201 : 200, text: 'Stored' };
    } catch (error) {
      if (error instanceof NotOneFile) return { status: 400, text: 'The form must hold one file' };
      if (error instanceof FileRefused) return REFUSALS[error.reason as keyof typeof REFUSALS];
      throw error;
    } finally {
      stopWatching();
      form?.close();
    }
  };

  const download = async (
    row: RequestRow,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<Reply | 'answered'> => {
    const file =
      row.file_id === null
        ? undefined
        : await withDatabaseErrors(() => findFile(knex, EVERYTHING, row.file_id as string, 'firmware'));
    if (file === undefined || file.status !== 'complete') return NOT_FOUND;
    const transfer = budget.begin(`download:${row.id}`);
    if (transfer === undefined) return REFUSALS.busy;
    try {
      const outcome = await sendFile(file, disk, speedLimit, request, response);
      if (outcome === 'sent' || outcome === 'cut') return 'answered';
      if (outcome === 'other-content') return { status: 412, text: 'It is another file' };
      if (outcome === 'no-such-range') {
        const headers = { 'Content-Range': `bytes */${file.size_bytes}` };
        return { status: 416, text: 'There is no such range', headers };
      }
      logger.error({ file: file.id }, 'the content of a file is not on disk');
      return NOT_FOUND;
    } finally {
      transfer.end();
    }
  };

  const answer = async (
    request: IncomingMessage,
    response: ServerResponse,
    address: string,
  ): Promise<{ readonly direction: string; readonly reply: Reply | 'answered' }> => {
    const [, direction, token = '', trailing = ''] = PLACE.exec(pathOf(request)) ?? [];
    if (direction === undefined) return { direction: 'none', reply: NOT_FOUND };
    const methods = direction === 'upload' ? ['PUT', 'POST'] : ['GET', 'HEAD'];
    if (!methods.includes(request.method ?? '')) {
      return {
        direction,
        reply: { status: 405, text: 'Method not allowed', headers: { Allow: methods.join(', ') } },
      };
    }
    const found = await find(direction === 'upload' ? 'log-request' : 'firmware-update', token, address);
    if ('text' in found) return { direction, reply: found };
    const reply =
      direction === 'upload' ? await upload(found, trailing, request) : await download(found, request, response);
    return { direction, reply };
  };

  return async (request, response, { address }) => {
    let direction = 'none';
    try {
      const done = await answer(request, response, address);
      direction = done.direction;
      if (done.reply !== 'answered') reply(request, response, done.reply);
      transfers.inc({ direction, outcome: outcomeOf(response.statusCode) });
    } catch (error) {
      transfers.inc({ direction, outcome: 'failed' });
      // Cut off by the station, or by us because it was too slow: there is nobody to answer.
      if (request.socket.destroyed || response.headersSent) {
        response.destroy();
        return;
      }
      const { kind, code } = toVoltpileError(error);
      // A conflict is over in a moment: the file was removed, or somebody else has changed the same rows.
      if (kind === 'Unavailable' || kind === 'Conflict') {
        logger.warn({ err: error, code }, 'a file could not be transferred for now');
        reply(request, response, {
          status: 503,
          text: 'Try again later',
          headers: { 'Retry-After': String(RETRY_SECONDS) },
        });
      } else {
        logger.error({ err: error, code }, 'a file could not be transferred');
        reply(request, response, { status: 500, text: 'Something went wrong on our side' });
      }
    }
  };
}

function incomingOf(
  request: IncomingMessage,
  form: MultipartFile | undefined,
  named: string,
  onProgress: (bytes: number) => void,
): Incoming {
  if (form !== undefined) {
    const { name, contentType, content } = form;
    return { name: named || name, contentType, declaredBytes: null, source: content, onProgress };
  }
  const length = request.headers['content-length'];
  return {
    name: named,
    contentType: request.headers['content-type'],
    declaredBytes: length === undefined ? null : Number(length),
    source: request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>,
    onProgress,
  };
}

/** The path without the query, which belongs to nobody here. */
function pathOf(request: IncomingMessage): string {
  return (request.url ?? '').split(/[?#]/)[0] ?? '';
}

/** What a station put behind the token; as it is when it does not decode. */
function decoded(trailing: string): string {
  try {
    return decodeURIComponent(trailing);
  } catch {
    return trailing;
  }
}

function outcomeOf(status: number): string {
  if (status < 300) return 'done';
  return status < 500 ? 'refused' : 'failed';
}

/** Answers, and reads for a while what is still coming. */
function reply(request: IncomingMessage, response: ServerResponse, { status, text, headers }: Reply): void {
  const body = `${text}\n`;
  response.writeHead(status, {
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': String(body.length),
    'X-Content-Type-Options': 'nosniff',
    ...headers,
  });
  response.end(request.method === 'HEAD' ? undefined : body);
  if (request.complete) return;
  const { socket } = request;
  const cut = setTimeout(() => socket.destroy(), LINGER_MS).unref();
  request.once('close', () => clearTimeout(cut));
  request.once('end', () => clearTimeout(cut));
  request.on('error', () => {});
  request.resume();
}
