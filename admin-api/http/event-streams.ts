import { once } from 'node:events';
import type { AccessScope } from '@voltpile/csms/contract/access-scope';
import type { DomainEvent, DomainEventType, EventsPort } from '@voltpile/csms/contract/events';
import { type Clock, toIso } from '@voltpile/kernel/clock';
import { defineError } from '@voltpile/kernel/errors';
import type { Uuid } from '@voltpile/kernel/ids';
import type { Response } from 'express';
import type { Caller } from '../identity/caller.ts';
import type { ApiLogger } from './logger.ts';
import { tooManyRequests } from './problem.ts';

export const tooManyStreams = defineError(
  'events.server_full',
  'Unavailable',
  'This server has as many event streams as it can hold.',
);

/** Events read at a time: what one stream holds in memory at most. */
const BATCH = 100;
const MAX_STREAMS_PER_USER = 10;
const MAX_STREAMS = 2000;
/** What a client waits before it comes back after the connection was lost. */
const RETRY_MS = 3000;
/** A client that takes nothing for so long is cut off. It comes back with the id of the last event that it got. */
const STALL_MS = 30_000;

export interface StreamRequest {
  readonly caller: Caller;
  /** Epoch milliseconds at which the access token ends. */
  readonly tokenExpiresAt: number;
  /** Resume after this event; null starts with what happens next. */
  readonly afterId: string | null;
  readonly types: ReadonlySet<DomainEventType> | null;
  readonly stationId: string | null;
}

export type EndReason = 'token-expired' | 'session-ended' | 'access-changed' | 'shutdown';

export interface EventStreamParts {
  readonly events: EventsPort;
  readonly clock: Clock;
  readonly logger: ApiLogger;
  /** The callers behind these sessions that may still use the API. */
  readonly callers: (sessionIds: readonly Uuid[]) => Promise<ReadonlyMap<Uuid, Caller>>;
  /** Something is written at least so often, so that proxies keep the connection and dead clients are found. */
  readonly heartbeatMs: number;
  /** How often sessions and tokens of open streams are looked at: a revoked session sees at most so much more. */
  readonly sessionCheckMs: number;
}

interface OpenStream {
  readonly request: StreamRequest;
  /** Resolves when the stream is to end. */
  readonly ended: Promise<void>;
  /** `gone`: the client has closed the connection. */
  state: 'open' | 'gone' | EndReason;
  end(reason: 'gone' | EndReason): void;
}

/**
 * Server-sent events: the outbox as a person may see it.
 *
 * Each stream reads for itself, through the scope of its caller, and reads on only when the client has taken what it was sent: a
 * slow client costs a hundred events of memory, not a growing buffer.
 */
export class EventStreams {
  readonly #parts: EventStreamParts;
  readonly #open = new Set<OpenStream>();
  readonly #running = new Set<Promise<void>>();
  #watch: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(parts: EventStreamParts) {
    this.#parts = parts;
  }

  /** Streams that are open now. */
  get size(): number {
    return this.#open.size;
  }

  /**
   * Streams until the client goes, the session or the token ends, or the server stops.
   *
   * @throws 429 `events.too_many_streams`; Unavailable `events.server_full`; what reading the first events throws
   */
  async stream(request: StreamRequest, response: Response): Promise<void> {
    if (this.#closed || this.#open.size >= MAX_STREAMS) throw tooManyStreams();
    const own = [...this.#open].filter((stream) => stream.request.caller.userId === request.caller.userId);
    if (own.length >= MAX_STREAMS_PER_USER) {
      throw tooManyRequests(
        'events.too_many_streams',
        `You have ${MAX_STREAMS_PER_USER} event streams open already.`,
        Math.ceil(RETRY_MS / 1000),
      );
    }
    const stream = openStream(request);
    this.#open.add(stream);
    this.#watch ??= setInterval(() => void this.#checkSessions(), this.#parts.sessionCheckMs).unref();
    response.once('close', () => stream.end('gone'));
    const running = this.#run(stream, response).finally(() => {
      this.#open.delete(stream);
      this.#running.delete(running);
      if (this.#open.size === 0) {
        clearInterval(this.#watch);
        this.#watch = undefined;
      }
    });
    this.#running.add(running);
    return running;
  }

  /** Ends every stream at once with a last event that says so, and takes no new ones. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const stream of this.#open) stream.end('shutdown');
    await Promise.allSettled(this.#running);
  }

  async #run(stream: OpenStream, response: Response): Promise<void> {
    const { events, heartbeatMs, logger } = this.#parts;
    const { caller, afterId } = stream.request;
    // The first read comes before the headers: when it fails, the client gets a proper problem document.
    let batch = await events.read(caller.scope, afterId, BATCH);
    if (stream.state !== 'open') return;
    response.writeHead(200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store, no-transform',
      // nginx would collect the events otherwise.
      'X-Accel-Buffering': 'no',
    });
    let writtenAt = performance.now();
    const write = (text: string): Promise<void> => {
      writtenAt = performance.now();
      return writeOrWait(stream, response, text);
    };
    /** The last id that the client was told. */
    let told = afterId;
    try {
      await write(`retry: ${RETRY_MS}\n: connected\n\n`);
      while (stream.state === 'open') {
        if (batch.kind === 'reset') {
          await write(frame('reset', { lastId: batch.lastId }, batch.lastId));
          told = batch.lastId;
        } else {
          for (const event of batch.items) {
            if (!wanted(event, stream.request)) continue;
            await write(frame(event.type, { ...event, recordedAt: toIso(event.recordedAt) }, event.id));
            told = event.id;
          }
        }
        const position = batch.lastId;
        // Also where nothing happened yet, or only what this client does not see: an id without data moves its position on.
        if (told === null || performance.now() - writtenAt >= heartbeatMs) {
          await write(told === position ? ': heartbeat\n\n' : `: heartbeat\nid: ${position}\n\n`);
          told = position;
        }
        if (batch.kind === 'events' && batch.items.length === 0) {
          const patience = Math.max(1, writtenAt + heartbeatMs - performance.now());
          await Promise.race([events.wait(position, Math.ceil(patience)), stream.ended]);
        }
        if (stream.state === 'open') batch = await events.read(caller.scope, position, BATCH);
      }
    } catch (error) {
      // The client comes back by itself, with the id of the last event that it got.
      logger.warn({ err: error }, 'an event stream was cut off');
      response.destroy();
      return;
    }
    if (stream.state !== 'gone') response.write(frame('end', { reason: stream.state }, null));
    response.end();
  }

  async #checkSessions(): Promise<void> {
    const now = this.#parts.clock.now();
    const open = [...this.#open];
    for (const stream of open) if (stream.request.tokenExpiresAt <= now) stream.end('token-expired');
    let callers: ReadonlyMap<Uuid, Caller>;
    try {
      callers = await this.#parts.callers([...new Set(open.map(({ request }) => request.caller.sessionId))]);
    } catch (error) {
      this.#parts.logger.warn({ err: error }, 'the sessions of event streams could not be checked');
      return;
    }
    for (const stream of open) {
      const { caller } = stream.request;
      const now = callers.get(caller.sessionId);
      if (now === undefined) stream.end('session-ended');
      else if (!now.permissions.has('event.read') || !sameScope(now.scope, caller.scope)) stream.end('access-changed');
    }
  }
}

function openStream(request: StreamRequest): OpenStream {
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  return {
    request,
    ended,
    state: 'open',
    end(reason) {
      if (this.state === 'open') this.state = reason;
      resolve();
    },
  };
}

function sameScope(one: AccessScope, other: AccessScope): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function wanted(event: DomainEvent, { types, stationId }: StreamRequest): boolean {
  return (types === null || types.has(event.type)) && (stationId === null || event.stationId === stationId);
}

/** JSON has no line breaks of its own, so one `data:` line holds it. */
function frame(type: string, data: unknown, id: string | null): string {
  return `${id === null ? '' : `id: ${id}\n`}event: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** Writes, and waits until the client has taken it when it is behind. */
async function writeOrWait(stream: OpenStream, response: Response, text: string): Promise<void> {
  if (stream.state === 'gone' || response.write(text)) return;
  const stalled = AbortSignal.timeout(STALL_MS);
  try {
    await Promise.race([once(response, 'drain', { signal: stalled }), stream.ended]);
  } catch (error) {
    throw stalled.aborted ? new Error('the client has taken nothing for too long') : error;
  }
}
