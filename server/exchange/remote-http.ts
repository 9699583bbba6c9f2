import { type ClientRequest, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { AccessScope } from '@voltpile/csms/contract/access-scope';
import { fromSerializedError, type SerializedError, toVoltpileError } from '@voltpile/kernel/errors';
import {
  type FileContents,
  type FileRefusal,
  FileRefused,
  type FirmwareUpload,
} from '@voltpile/operations/contract/files';
import type { Role } from '@voltpile/platform/config/config';
import type { Directory } from '@voltpile/platform/registry/directory';
import type { InternalMount } from './internal-server.ts';
import { json } from './internal-server.ts';

/** Bytes between processes: files go from one HTTP message to another, and never through messages of the broker. */

const CALL = 'voltpile-call';
const FAILED = 'voltpile-failed';
const ADDRESS = 'voltpile-address';
/** Said anew for each leg of the way, or not the other process's business. */
const OWN_HEADERS: ReadonlySet<string> = new Set([
  'authorization',
  'cookie',
  'host',
  'connection',
  'keep-alive',
  'upgrade',
  'proxy-authorization',
  CALL,
  ADDRESS,
]);

type Handler = (
  request: IncomingMessage,
  response: ServerResponse,
  facts: { readonly address: string },
) => Promise<void>;

export interface RemoteOptions {
  readonly directory: Directory;
  readonly service: Role;
  readonly key: string;
}

type StoreCall = [AccessScope, FirmwareUpload, number | null];
type SendCall = [AccessScope, Parameters<FileContents['send']>[1]];

type Failure =
  | { readonly error: SerializedError }
  | { readonly refused: FileRefusal; readonly sizeBytes: number | undefined };

/** The side that has the files. */
export function mountFileContents(contents: FileContents): InternalMount {
  return {
    path: '/internal/file-contents',
    async handle(request, response) {
      try {
        const call = readCall(request);
        if (request.url === '/store') {
          const [scope, facts, declaredBytes] = call as StoreCall;
          return json(response, 200, await contents.storeFirmware(scope, facts, request, declaredBytes));
        }
        const [scope, what] = call as SendCall;
        await contents.send(scope, what, request, response);
      } catch (error) {
        if (response.headersSent) throw error;
        const failure: Failure =
          error instanceof FileRefused
            ? { refused: error.reason, sizeBytes: error.sizeBytes }
            : { error: toVoltpileError(error).toJSON() };
        response.setHeader(FAILED, '1');
        json(response, 500, failure);
        // What is still sent is not wanted.
        request.resume();
      }
    },
  };
}

/** The side that is asked for them. */
export function remoteFileContents(options: RemoteOptions): FileContents {
  return {
    async storeFirmware(scope, facts, source, declaredBytes) {
      const answer = await ask(options, {
        method: 'POST',
        path: '/internal/file-contents/store',
        headers: { [CALL]: writeCall([scope, facts, declaredBytes]), 'content-type': 'application/octet-stream' },
        body: source,
      });
      return JSON.parse(await textOf(answer));
    },
    async send(scope, what, request, response) {
      const answer = await ask(options, {
        method: request.method ?? 'GET',
        path: '/internal/file-contents/send',
        headers: { ...ownHeaders(request), [CALL]: writeCall([scope, what]) },
      });
      await passOn(answer, response);
    },
  };
}

/** The side that answers what comes from outside, from stations or a payment provider. */
export function mountHandler(path: string, handle: Handler): InternalMount {
  return {
    path: `/internal${path}`,
    handle: (request, response) => handle(request, response, { address: String(request.headers[ADDRESS] ?? '') }),
  };
}

/** The side that what comes from outside reaches first. */
export function remoteHandler(options: RemoteOptions, path: string): Handler {
  return async (request, response, { address }) => {
    try {
      const answer = await ask(options, {
        method: request.method ?? 'GET',
        path: `/internal${path}${request.url ?? '/'}`,
        headers: { ...ownHeaders(request), [ADDRESS]: address },
        body: request,
      });
      await passOn(answer, response);
    } catch {
      // Nobody there, or it broke off: whoever asked comes again.
      if (!response.headersSent) {
        response.writeHead(503, { 'Content-Type': 'text/plain', 'Retry-After': '30' });
        response.end('Try again later');
      } else response.destroy();
      request.resume();
    }
  };
}

/** @throws what the other side says; Unavailable `service.no_instance`; what breaks off the connection */
async function ask(
  { directory, service, key }: RemoteOptions,
  question: {
    readonly method: string;
    readonly path: string;
    readonly headers: Readonly<Record<string, string | string[]>>;
    readonly body?: Readable;
  },
): Promise<IncomingMessage> {
  const url = await directory.urlOf(service);
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const { method, headers, body } = question;
    const sent: ClientRequest = httpRequest(`${url}${question.path}`, {
      method,
      headers: { ...headers, authorization: `Bearer ${key}` },
    });
    sent.once('response', resolve);
    sent.once('error', (error) => {
      directory.forget(service);
      reject(error);
    });
    if (body === undefined) sent.end();
    else pipeline(body, sent).catch(reject);
  });
  if (answer.headers[FAILED] === undefined) return answer;
  const failure = JSON.parse(await textOf(answer)) as Failure;
  throw 'refused' in failure ? new FileRefused(failure.refused, failure.sizeBytes) : fromSerializedError(failure.error);
}

async function passOn(answer: IncomingMessage, response: ServerResponse): Promise<void> {
  const { 'transfer-encoding': _, connection: __, 'keep-alive': ___, ...headers } = answer.headers;
  response.writeHead(answer.statusCode ?? 502, headers);
  await pipeline(answer, response);
}

function ownHeaders(request: IncomingMessage): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(request.headers).flatMap(([name, value]) =>
      value === undefined || OWN_HEADERS.has(name) ? [] : [[name, value]],
    ),
  );
}

function writeCall(args: readonly unknown[]): string {
  return Buffer.from(JSON.stringify(args)).toString('base64url');
}

function readCall(request: IncomingMessage): unknown[] {
  return JSON.parse(Buffer.from(String(request.headers[CALL] ?? ''), 'base64url').toString()) as unknown[];
}

const MOST_TEXT_BYTES = 1024 * 1024;

async function textOf(answer: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of answer) {
    bytes += (piece as Buffer).length;
    if (bytes > MOST_TEXT_BYTES) throw new Error('the answer is too long');
    pieces.push(piece as Buffer);
  }
  return Buffer.concat(pieces).toString();
}
