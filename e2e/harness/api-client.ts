import { EventStream, type EventStreamOptions } from './event-stream.ts';

/** An answer of the API as it came. */
export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

/** RFC 9457 problem document. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
}

/** The API refused. */
export class ApiRefused extends Error {
  readonly status: number;
  readonly problem: Problem;

  constructor(request: string, status: number, problem: Problem) {
    super(`${request} was answered with ${status} ${problem.code}: ${problem.detail} ${JSON.stringify(problem)}`);
    this.status = status;
    this.problem = problem;
  }
}

const REQUEST_MS = 30_000;

/** A person at the API, logged in. Paths are below `/api/v1`. */
export class ApiClient {
  readonly #base: string;
  readonly #token: string;

  private constructor(base: string, token: string) {
    this.#base = base;
    this.#token = token;
  }

  /** @param http `http://host:port` */
  static async login(http: string, email: string, password: string): Promise<ApiClient> {
    const base = `${http}/api/v1`;
    const anonymous = new ApiClient(base, '');
    const tokens = await anonymous.post<{ accessToken: string }>('/auth/login', { email, password });
    return new ApiClient(base, tokens.accessToken);
  }

  get<T>(path: string): Promise<T> {
    return this.#ask<T>('GET', path);
  }

  post<T>(path: string, body: unknown): Promise<T> {
    return this.#ask<T>('POST', path, body);
  }

  patch<T>(path: string, body: unknown): Promise<T> {
    return this.#ask<T>('PATCH', path, body);
  }

  delete<T>(path: string): Promise<T> {
    return this.#ask<T>('DELETE', path);
  }

  /** A body that is no JSON, as it is. */
  async bytes(path: string): Promise<Uint8Array> {
    const response = await fetch(`${this.#base}${path}`, {
      headers: { Authorization: `Bearer ${this.#token}` },
      signal: AbortSignal.timeout(REQUEST_MS),
    });
    if (!response.ok) throw new ApiRefused(`GET ${path}`, response.status, (await response.json()) as Problem);
    return response.bytes();
  }

  async text(path: string): Promise<string> {
    return new TextDecoder().decode(await this.bytes(path));
  }

  /** Every item of a list, page by page. */
  async all<T>(path: string, limit = 200): Promise<T[]> {
    const items: T[] = [];
    let cursor: string | null = null;
    do {
      const query: string = new URLSearchParams({
        limit: `${limit}`,
        ...(cursor === null ? {} : { cursor }),
      }).toString();
      const page: { items: T[]; nextCursor: string | null } = await this.get(
        `${path}${path.includes('?') ? '&' : '?'}${query}`,
      );
      items.push(...page.items);
      cursor = page.nextCursor;
    } while (cursor !== null);
    return items;
  }

  /** Opens a stream of server-sent events. */
  events(options: EventStreamOptions = {}): Promise<EventStream> {
    return EventStream.open(`${this.#base}/events`, { Authorization: `Bearer ${this.#token}` }, options);
  }

  /** One request, whatever becomes of it. */
  async request(method: string, path: string, body?: unknown): Promise<ApiAnswer> {
    const response = await fetch(`${this.#base}${path}`, {
      method,
      headers: {
        ...(this.#token === '' ? {} : { Authorization: `Bearer ${this.#token}` }),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(REQUEST_MS),
    });
    const text = await response.text();
    const isJson = /[/+]json\b/.test(response.headers.get('Content-Type') ?? '');
    const read: unknown = text === '' ? undefined : isJson ? JSON.parse(text) : text;
    return { status: response.status, headers: response.headers, body: read };
  }

  async #ask<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await this.request(method, path, body);
    if (answer.status >= 400) throw new ApiRefused(`${method} ${path}`, answer.status, answer.body as Problem);
    return answer.body as T;
  }
}
