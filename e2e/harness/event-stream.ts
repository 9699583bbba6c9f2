import { PATIENCE_MS, within } from './deadline.ts';

export interface EventStreamOptions {
  readonly lastEventId?: string | undefined;
  /** `types=…&stationId=…` */
  readonly query?: string | undefined;
}

/** One server-sent event whose data is an event of ours. */
export interface LiveEvent {
  readonly id: string;
  readonly type: string;
  readonly stationId: string | null;
  readonly data: Readonly<Record<string, unknown>>;
}

interface Waiter {
  readonly wanted: (event: LiveEvent) => boolean;
  readonly resolve: (event: LiveEvent) => void;
  readonly reject: (error: Error) => void;
}

/** Reads `text/event-stream` (WHATWG HTML §9.2.6), as far as an API client needs it. */
export class EventStream {
  /** What has come so far, in order. */
  readonly events: LiveEvent[] = [];
  /** The value of the newest `id:` line, also of one without an event. */
  lastEventId = '';
  readonly #abort: AbortController;
  readonly #waiters = new Set<Waiter>();
  readonly #finished: Promise<void>;

  private constructor(body: ReadableStream<Uint8Array>, abort: AbortController) {
    this.#abort = abort;
    this.#finished = this.#read(body).then(
      () => this.#end('the stream has ended'),
      (error: unknown) => this.#end(String(error)),
    );
  }

  /** Resolves when the server has begun to stream: what happens from then on is seen. */
  static async open(
    url: string,
    headers: Readonly<Record<string, string>>,
    options: EventStreamOptions,
  ): Promise<EventStream> {
    const abort = new AbortController();
    const response = await fetch(options.query === undefined ? url : `${url}?${options.query}`, {
      headers: { ...headers, ...(options.lastEventId === undefined ? {} : { 'Last-Event-ID': options.lastEventId }) },
      signal: abort.signal,
    });
    if (response.status !== 200 || response.body === null) {
      throw new Error(`the event stream was answered with ${response.status}: ${await response.text()}`);
    }
    return new EventStream(response.body, abort);
  }

  /** The first event that is wanted, among those that have come and those to come. */
  next(what: string, wanted: (event: LiveEvent) => boolean, milliseconds: number = PATIENCE_MS): Promise<LiveEvent> {
    const known = this.events.find(wanted);
    if (known !== undefined) return Promise.resolve(known);
    const waiter = Promise.withResolvers<LiveEvent>();
    this.#waiters.add({ wanted, resolve: waiter.resolve, reject: waiter.reject });
    return within(waiter.promise, `the event: ${what}`, milliseconds);
  }

  async close(): Promise<void> {
    this.#abort.abort();
    await this.#finished;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #read(body: ReadableStream<Uint8Array>): Promise<void> {
    let text = '';
    const decoder = new TextDecoder();
    for await (const chunk of body) {
      text += decoder.decode(chunk, { stream: true });
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) this.#take(block);
    }
  }

  #take(block: string): void {
    const data: string[] = [];
    for (const line of block.split('\n')) {
      if (line.startsWith('id: ')) this.lastEventId = line.slice(4);
      else if (line.startsWith('data: ')) data.push(line.slice(6));
    }
    const type = /^event: (.*)$/m.exec(block)?.[1];
    if (data.length === 0 || type === undefined) return;
    const { stationId = null, data: facts = {} } = JSON.parse(data.join('\n')) as Partial<LiveEvent>;
    const event: LiveEvent = { id: this.lastEventId, type, stationId, data: facts };
    this.events.push(event);
    for (const waiter of this.#waiters) {
      if (!waiter.wanted(event)) continue;
      this.#waiters.delete(waiter);
      waiter.resolve(event);
    }
  }

  #end(why: string): void {
    for (const { reject } of this.#waiters) reject(new Error(why));
    this.#waiters.clear();
  }
}
