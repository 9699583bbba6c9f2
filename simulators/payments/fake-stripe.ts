import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Faults, type Operation } from './faults.ts';
import { type Form, formOf, readForm, textOf } from './form-body.ts';
import { type KeptAnswer, KeptAnswers } from './kept-answers.ts';
import { StripeLedger } from './stripe-ledger.ts';
import type { FakeEvent, FakePaymentIntent, FakeRefund } from './stripe-objects.ts';
import { invalidRequest, missing, StripeRefusal } from './stripe-refusal.ts';
import { WebhookSender } from './webhook-sender.ts';

export interface FakeStripeOptions {
  /** 0 (default): any free one. On loopback, always: nobody else is to pay here. */
  readonly port?: number;
  readonly secretKey?: string;
  readonly webhookSecret?: string;
  /** Who is told of events; can be set later (`webhooks.url`). */
  readonly webhookUrl?: string;
  /** Epoch milliseconds. */
  readonly now?: () => number;
  /** In what Stripe counts; by default 1.5 % and 25. */
  readonly feeOf?: (amount: number) => number;
  /** Whether a charge tells its fee at once (default), or only after {@link FakeStripe.settle}. */
  readonly settlesAtOnce?: boolean;
  readonly retryMs?: number;
  /** Told what became of each notification; 0: nobody was reached. */
  readonly onTold?: (event: FakeEvent, status: number) => void;
}

export const FAKE_SECRET_KEY = 'sk_test_voltpile_fake';
export const FAKE_WEBHOOK_SECRET = 'whsec_voltpile_fake';

const MAX_BODY_BYTES = 64 * 1024;
const API_VERSION = '2026-10-28.endive';

interface Call {
  readonly id: string;
  readonly form: Form;
}

interface FakeRoute {
  readonly method: 'GET' | 'POST';
  /** What stands between is the id. */
  readonly path: readonly [before: string, after?: string];
  readonly operation: Operation;
  /** Everything else is refused, as Stripe refuses it. */
  readonly parameters: readonly string[];
  /** Done by the driver's app, which has no secret key. */
  readonly isOpen?: boolean;
  handle(ledger: StripeLedger, call: Call): object;
}

const BEGIN = [
  'amount',
  'currency',
  'customer',
  'payment_method',
  'allowed_payment_method_types',
  'confirm',
  'off_session',
  'capture_method',
  'payment_method_options',
  'description',
  'metadata',
  'expand',
];

const ROUTES: readonly FakeRoute[] = [
  {
    method: 'POST',
    path: ['/v1/customers'],
    operation: 'customer',
    parameters: ['metadata'],
    handle: (ledger, { form }) => ledger.createCustomer(form),
  },
  {
    method: 'GET',
    path: ['/v1/customers/', '/payment_methods'],
    operation: 'read',
    parameters: ['type', 'limit'],
    handle: (ledger, { id }) => page(ledger.methodsOf(id), {}),
  },
  {
    method: 'POST',
    path: ['/v1/setup_intents'],
    operation: 'setup',
    parameters: ['customer', 'usage', 'allowed_payment_method_types'],
    handle: (ledger, { form }) => ledger.createSetup(form),
  },
  {
    method: 'POST',
    path: ['/v1/setup_intents/', '/confirm'],
    operation: 'setup',
    parameters: ['client_secret', 'payment_method'],
    isOpen: true,
    handle: (ledger, { id, form }) =>
      ledger.confirmSetup(id, textOf(form, 'client_secret'), textOf(form, 'payment_method')),
  },
  {
    method: 'POST',
    path: ['/v1/payment_intents'],
    operation: 'create',
    parameters: BEGIN,
    handle: (ledger, { form }) => ledger.shown(ledger.createIntent(form), form),
  },
  {
    method: 'GET',
    path: ['/v1/payment_intents'],
    operation: 'read',
    parameters: ['customer', 'created', 'limit', 'starting_after'],
    handle: (ledger, { form }) =>
      page(ledger.intentsOf(textOf(form, 'customer') ?? '', Number(textOf(formOf(form, 'created'), 'gte') ?? 0)), form),
  },
  {
    method: 'GET',
    path: ['/v1/payment_intents/', ''],
    operation: 'read',
    parameters: ['expand'],
    handle: (ledger, { id, form }) => ledger.shown(ledger.intent(id), form),
  },
  {
    method: 'POST',
    path: ['/v1/payment_intents/', '/increment_authorization'],
    operation: 'increment',
    parameters: ['amount', 'expand'],
    handle: (ledger, { id, form }) => ledger.shown(ledger.increment(id, form), form),
  },
  {
    method: 'POST',
    path: ['/v1/payment_intents/', '/capture'],
    operation: 'capture',
    parameters: ['amount_to_capture', 'expand'],
    handle: (ledger, { id, form }) => ledger.shown(ledger.capture(id, form), form),
  },
  {
    method: 'POST',
    path: ['/v1/payment_intents/', '/cancel'],
    operation: 'cancel',
    parameters: [],
    handle: (ledger, { id }) => ({ ...ledger.cancel(id) }),
  },
  {
    method: 'POST',
    path: ['/v1/refunds'],
    operation: 'refund',
    parameters: ['payment_intent', 'amount', 'metadata'],
    handle: (ledger, { form }) => ({ ...ledger.refund(form) }),
  },
  {
    method: 'GET',
    path: ['/v1/refunds'],
    operation: 'read',
    parameters: ['payment_intent', 'limit'],
    handle: (ledger, { form }) => {
      const intent = textOf(form, 'payment_intent');
      return page([...ledger.refunds.values()].filter((refund) => refund.payment_intent === intent).reverse(), form);
    },
  },
];

/**
 * A payment provider of one's own that speaks as much of Stripe's API over a socket as Voltpile uses, with test cards, faults on demand and signed
 * notifications. For tests and demonstrations: nothing of it is kept, no money moves.
 */
export class FakeStripe implements AsyncDisposable {
  readonly url: string;
  readonly faults = new Faults();
  readonly webhooks: WebhookSender;
  /** `POST …/capture` and the like that were carried out, repeats with a known key left out. */
  readonly carriedOut: { readonly operation: Operation; readonly id: string }[] = [];
  readonly #server: Server;
  readonly #ledger: StripeLedger;
  readonly #answers = new KeptAnswers();
  readonly #secretKey: string;

  private constructor(server: Server, url: string, options: FakeStripeOptions) {
    const { now = Date.now, feeOf = (amount) => Math.round(amount * 0.015) + 25 } = options;
    this.#server = server;
    this.url = url;
    this.#secretKey = options.secretKey ?? FAKE_SECRET_KEY;
    this.webhooks = new WebhookSender(options.webhookUrl, {
      secret: options.webhookSecret ?? FAKE_WEBHOOK_SECRET,
      now,
      retryMs: options.retryMs ?? 200,
      onTold: options.onTold,
    });
    this.#ledger = new StripeLedger({
      now,
      feeOf,
      settlesAtOnce: options.settlesAtOnce ?? true,
      onEvent: (type, object) => this.webhooks.emit(newEvent(type, object, now())),
    });
    server.on('request', (request, response) => void this.#serve(request, response));
  }

  static async start(options: FakeStripeOptions = {}): Promise<FakeStripe> {
    const server = createServer({ requestTimeout: 10_000 });
    server.maxConnections = 1000;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(options.port ?? 0, '127.0.0.1', resolve);
    });
    return new FakeStripe(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`, options);
  }

  get intents(): readonly FakePaymentIntent[] {
    return [...this.#ledger.intents.values()];
  }

  get refunds(): readonly FakeRefund[] {
    return [...this.#ledger.refunds.values()];
  }

  /** What the fake holds for us in a currency, its fees taken off. */
  balanceOf(currency: string): number {
    return this.#ledger.balance
      .filter((entry) => entry.currency === currency.toLowerCase())
      .reduce((sum, { net }) => sum + net, 0);
  }

  /** As the driver's app: gives a card to the provider, by the client secret that the server has got. */
  confirmSetup(clientSecret: string, card: string): void {
    this.#ledger.confirmSetup(clientSecret.split('_secret_')[0] ?? '', clientSecret, card);
  }

  /** As the driver at the bank. */
  finishAction(intentId: string, outcome: 'confirmed' | 'refused'): void {
    this.#ledger.finishAction(intentId, outcome);
  }

  /** As somebody at the provider's dashboard. */
  refundByHand(intentId: string, amount: number, status: FakeRefund['status'] = 'succeeded'): FakeRefund {
    return this.#ledger.refund({ payment_intent: intentId, amount: String(amount) }, status);
  }

  /** As the bank, which sends a refund back. */
  failRefund(id: string): void {
    this.#ledger.failRefund(id);
  }

  /** As time, after which what is held is let go. */
  expire(intentId: string): void {
    this.#ledger.cancel(intentId);
  }

  settle(): void {
    this.#ledger.settle();
  }

  async stop(): Promise<void> {
    await this.webhooks.stop();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const answer = await this.#answer(request);
      // An answer that never comes: the connection stays as it is until one side gives up.
      if (answer !== undefined) send(response, answer);
    } catch (error) {
      const refusal =
        error instanceof StripeRefusal ? error : new StripeRefusal(500, 'api_error', undefined, String(error));
      send(response, { status: refusal.status, body: refusal.body });
    }
  }

  async #answer(request: IncomingMessage): Promise<KeptAnswer | undefined> {
    const url = new URL(request.url ?? '/', this.url);
    const body = await readBody(request);
    const form = readForm(request.method === 'GET' ? url.search.slice(1) : body);
    if (form === undefined) throw invalidRequest('parameter_invalid', 'The form cannot be read.');
    const { route, id } = find(request.method ?? '', url.pathname);
    if (route.isOpen !== true && request.headers.authorization !== `Bearer ${this.#secretKey}`) {
      throw new StripeRefusal(401, 'invalid_request_error', undefined, 'Invalid API Key provided');
    }
    const unknown = Object.keys(form).find((name) => !route.parameters.includes(name));
    if (unknown !== undefined) throw invalidRequest('parameter_unknown', `Received unknown parameter: ${unknown}`);
    const fault = this.faults.take(route.operation);
    if (fault === 'timeout-not-done') return undefined;
    if (fault === 'busy') throw new StripeRefusal(429, 'rate_limit_error', undefined, 'Too many requests');
    const key = request.method === 'POST' ? request.headers['idempotency-key'] : undefined;
    const run = (): KeptAnswer => {
      if (fault === 'error') return { status: 500, body: { error: { type: 'api_error', message: 'Trouble' } } };
      if (route.method === 'POST') this.carriedOut.push({ operation: route.operation, id });
      return this.#carryOut(route, { id, form });
    };
    const answer = typeof key === 'string' ? this.#once(key, `${request.method} ${url.pathname}\n${body}`, run) : run();
    return fault === 'timeout-done' ? undefined : answer;
  }

  #once(key: string, request: string, run: () => KeptAnswer): KeptAnswer {
    const kept = this.#answers.find(key, request);
    if (kept !== undefined) return kept;
    const answer = run();
    this.#answers.keep(key, answer);
    return answer;
  }

  #carryOut(route: FakeRoute, call: Call): KeptAnswer {
    try {
      return { status: 200, body: structuredClone(route.handle(this.#ledger, call)) };
    } catch (error) {
      if (error instanceof StripeRefusal) return { status: error.status, body: error.body };
      throw error;
    }
  }
}

function find(method: string, path: string): { route: FakeRoute; id: string } {
  for (const route of ROUTES) {
    const [before, after] = route.path;
    if (route.method !== method || !path.startsWith(before)) continue;
    if (after === undefined) {
      if (path === before) return { route, id: '' };
      continue;
    }
    const id = path.slice(before.length, path.length - after.length);
    if (path.endsWith(after) && id !== '' && !id.includes('/')) return { route, id };
  }
  throw missing('route');
}

function page(items: readonly { readonly id: string }[], form: Form): object {
  const limit = Math.min(Number(textOf(form, 'limit') ?? 100), 100);
  const after = textOf(form, 'starting_after');
  const start = after === undefined ? 0 : items.findIndex(({ id }) => id === after) + 1;
  const data = items.slice(start, start + limit);
  return { object: 'list', data, has_more: start + limit < items.length, url: '/v1' };
}

function newEvent(type: string, object: object, now: number): FakeEvent {
  return {
    id: `evt_${randomBytes(12).toString('hex')}`,
    object: 'event',
    api_version: API_VERSION,
    created: Math.floor(now / 1000),
    livemode: false,
    type,
    data: { object },
  };
}

function send(response: ServerResponse, { status, body }: KeptAnswer): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(text),
    'Request-Id': `req_${randomBytes(7).toString('hex')}`,
  });
  response.end(text);
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw invalidRequest('parameter_invalid', 'The request is too large.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
