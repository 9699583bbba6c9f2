import assert from 'node:assert/strict';

export interface Received {
  readonly id: string | null;
  readonly event: string;
  readonly data: Record<string, unknown>;
}

/** A client of server-sent events that reads only as fast as the test asks. */
export class TestEventSource {
  readonly status: number;
  readonly headers: Headers;
  /** As the standard has it: the last `id` seen, also on blocks without data. */
  lastEventId: string | null = null;
  /** Everything that came, as text. */
  text = '';
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #decoder = new TextDecoder();
  readonly #abort: AbortController;
  #buffer = '';

  private constructor(response: Response, abort: AbortController) {
    assert.ok(response.body);
    this.status = response.status;
    this.headers = response.headers;
    this.#reader = response.body.getReader();
    this.#abort = abort;
  }

  static async open(url: string, token: string, lastEventId?: string): Promise<TestEventSource> {
    const abort = new AbortController();
    const headers = {
      Authorization: `Bearer ${token}`,
      ...(lastEventId === undefined ? {} : { 'Last-Event-ID': lastEventId }),
    };
    return new TestEventSource(await fetch(url, { headers, signal: abort.signal }), abort);
  }

  /** The next block with data; null when the server has closed the stream. */
  async next(): Promise<Received | null> {
    for (;;) {
      const block = await this.block();
      if (block === null) return null;
      const fields = new Map(block.split('\n').map((line) => line.split(/: (.*)/s).slice(0, 2) as [string, string]));
      const id = fields.get('id') ?? null;
      if (id !== null) this.lastEventId = id;
      const data = fields.get('data');
      if (data !== undefined) return { id, event: fields.get('event') ?? 'message', data: JSON.parse(data) };
    }
  }

  /** The next block of any kind, comments included. */
  async block(): Promise<string | null> {
    for (;;) {
      const end = this.#buffer.indexOf('\n\n');
      if (end >= 0) {
        const block = this.#buffer.slice(0, end);
        this.#buffer = this.#buffer.slice(end + 2);
        return block;
      }
      const { done, value } = await this.#reader.read();
      if (done) return null;
      const text = this.#decoder.decode(value, { stream: true });
      this.#buffer += text;
      this.text += text;
    }
  }

  close(): void {
    this.#abort.abort();
  }
}
