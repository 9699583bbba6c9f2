import assert from 'node:assert/strict';
import { headers, type Msg } from '@nats-io/transport-node';
import { defineError, VoltpileError } from '@voltpile/kernel/errors';
import { definePort } from '@voltpile/kernel/port-contract';
import { createLogger } from '../telemetry/logger.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { currentTraceId, withTrace } from '../telemetry/trace.ts';
import { needsNatsServer, startNats, type TestNats } from '../testing/nats-server.ts';
import { type Bus, connectBus } from './connection.ts';
import { PortClients } from './port-client.ts';
import { PortService } from './port-service.ts';

interface Greeter {
  greet(name: string, more?: { readonly loud: boolean }): Promise<{ readonly text: string; readonly by: string }>;
  repeat(text: string, times: number): Promise<string>;
  fail(how: 'refused' | 'broken' | 'at length' | 'oddly', text?: string): Promise<void>;
  hang(): Promise<void>;
  maybe(): Promise<string>;
  trace(): Promise<string | null>;
  count(...values: unknown[]): Promise<string>;
}

const refused = defineError('greeter.refused', 'FailedPrecondition', '{name} is not greeted.');

const GREETER = definePort<Greeter>({
  name: 'greeter',
  version: 1,
  service: 'greeting',
  methods: {
    greet: {
      isIdempotent: true,
      args: { problemOf: ([name]) => (typeof name === 'string' ? undefined : 'a name is no text') },
    },
    repeat: { importance: 'read' },
    fail: {},
    hang: { timeoutMs: 100 },
    maybe: { timeoutMs: 100, fallback: () => 'nobody' },
    trace: {},
    count: {},
  },
});

class Greeting implements Greeter {
  readonly by: string;
  greeted = 0;
  constructor(by: string) {
    this.by = by;
  }
  async greet(name: string, more?: { readonly loud: boolean }) {
    this.greeted += 1;
    return { text: more?.loud === true ? `HELLO ${name}` : `Hello ${name}`, by: this.by };
  }
  async repeat(text: string, times: number) {
    return text.repeat(times);
  }
  async fail(how: 'refused' | 'broken' | 'at length' | 'oddly', text = '') {
    if (how === 'refused') throw refused({ name: 'Bob' });
    if (how === 'at length') throw refused({ name: text, all: Array.from({ length: 100 }, () => text), more: 3 });
    if (how === 'oddly')
      throw new VoltpileError({ ...refused().toJSON(), code: 'a\r\nb', details: { n: 1n as never } });
    throw new Error('a secret of the inside');
  }
  async hang() {
    await new Promise(() => {});
  }
  async maybe() {
    return this.by;
  }
  async count(...values: unknown[]) {
    return values.map((value) => (value === undefined ? 'undefined' : JSON.stringify(value))).join();
  }
  async trace() {
    return currentTraceId() ?? null;
  }
}

const silent = createLogger({ level: 'silent', format: 'json' });

describe('ports over NATS', () => {
  let nats: TestNats;
  const open = new Set<AsyncDisposable>();
  before(async function () {
    nats = await startNats(needsNatsServer(this));
  });
  after(() => nats?.[Symbol.asyncDispose]());
  afterEach(async () => {
    for (const one of [...open].reverse()) await one[Symbol.asyncDispose]();
    open.clear();
  });

  async function bus(): Promise<Bus> {
    const made = await connectBus({ url: nats.url, name: 'test', logger: silent, metrics: createMetrics() });
    open.add(made);
    return made;
  }
  async function serve(by: string, maxInHand?: number) {
    const far = await bus();
    const service = await PortService.start({
      bus: far,
      name: 'greeting',
      version: '1.0.0',
      metadata: {},
      logger: silent,
      metrics: createMetrics(),
      stopPatienceMs: 50,
      ...(maxInHand === undefined ? {} : { maxInHand }),
    });
    const port = new Greeting(by);
    service.serve(GREETER, port);
    service.serve(GREETER, port, by);
    // The broker knows of it.
    await far.connection.flush();
    open.add({ [Symbol.asyncDispose]: () => service.stop() });
    return { service, port, bus: far };
  }
  async function clients(metrics = createMetrics()): Promise<PortClients> {
    const made = new PortClients({ bus: await bus(), metrics });
    open.add({ [Symbol.asyncDispose]: async () => made.close() });
    return made;
  }

  it('answer with what the method returns, undefined included', async () => {
    await serve('a');
    const greeter = (await clients()).client(GREETER);
    assert.deepEqual(await greeter.greet('Ann'), { text: 'Hello Ann', by: 'a' });
    assert.deepEqual(await greeter.greet('Ann', { loud: true }), { text: 'HELLO Ann', by: 'a' });
    assert.equal(await greeter.count(undefined, null, 0, undefined), 'undefined,null,0,undefined');
  });

  it('carry errors with their kind, and nothing of the inside', async () => {
    await serve('a');
    const greeter = (await clients()).client(GREETER);
    await assert.rejects(greeter.fail('refused'), (error) => refused.is(error) && error.details.name === 'Bob');
    await assert.rejects(greeter.fail('broken'), { kind: 'Internal', message: 'Something went wrong on our side.' });
  });

  it('shorten an error that repeats what it was given', async () => {
    await serve('a');
    const greeter = (await clients()).client(GREETER);
    await assert.rejects(greeter.fail('at length', '电'.repeat(100_000)), (error) => {
      assert.ok(refused.is(error));
      const { name, all, more } = error.details;
      assert.ok(error.message.startsWith('电电') && error.message.length <= 500);
      assert.ok(String(name).startsWith('电电') && String(name).length <= 500);
      assert.deepEqual([(all as string[]).length, more], [20, 3]);
      return true;
    });
    await assert.rejects(greeter.fail('oddly'), { kind: 'Internal', code: 'internal' });
    assert.equal((await greeter.greet('Ann')).by, 'a');
  });

  describe('whose messages are not what ours are', () => {
    async function send(method: string, text: string, more: Record<string, string> = {}): Promise<Msg> {
      const head = headers();
      for (const [name, value] of Object.entries(more)) head.set(name, value);
      const { connection } = await bus();
      return connection.request(`voltpile.greeter.v1.${method}`, text, { timeout: 5000, headers: head });
    }
    for (const [what, method, text, more] of [
      ['no JSON', 'greet', '{', {}],
      ['arguments that are declared otherwise', 'greet', '[{"name":"Ann"}]', {}],
      ['no list', 'greet', '{"length":1}', {}],
      ['nothing', 'greet', '', {}],
      ['arguments without end', 'count', JSON.stringify(Array(1000).fill(1)), {}],
      ['an absent argument far away', 'count', '[null]', { 'Voltpile-Absent': '900000000' }],
      ['an absent argument that is no number', 'count', '[null]', { 'Voltpile-Absent': '0,length' }],
      ['a deadline that is no time', 'greet', '["Ann"]', { 'Voltpile-Deadline': '1e999' }],
    ] as const) {
      it(`refuse ${what}`, async () => {
        await serve('a');
        const answer = await send(method, text, more);
        assert.equal(answer.headers?.get('Voltpile-Error'), 'port.bad_call');
        assert.equal(answer.json<{ kind: string }>().kind, 'InvalidArgument');
        assert.equal((await send('greet', '["Ann"]')).json<{ by: string }>().by, 'a');
      });
    }

    it('go on when the caller cannot be answered at all', async () => {
      const { port, bus: far } = await serve('a');
      const greeter = (await clients()).client(GREETER);
      // The broker takes less than it did, as after a change of its settings.
      const info = (far.connection as unknown as { protocol: { info: { max_payload: number } } }).protocol.info;
      const before = info.max_payload;
      info.max_payload = 10;
      await assert.rejects(
        greeter.maybe().then(() => greeter.hang()),
        { code: 'port.timed_out' },
      );
      info.max_payload = before;
      assert.equal((await greeter.greet('Ann')).by, 'a');
      assert.equal(port.greeted, 1);
    });

    for (const [what, text, more, code] of [
      ['no JSON', '{', {}, 'port.bad_answer'],
      ['an error that is none', 'null', { 'Voltpile-Error': 'x' }, 'port.bad_answer'],
      [
        'parts that are no number',
        '',
        { 'Voltpile-Parts': 'x', 'Voltpile-Parts-At': 'voltpile.parts.x y' },
        'port.bad_answer',
      ],
      [
        'parts at a place of another kind',
        '',
        { 'Voltpile-Parts': '2', 'Voltpile-Parts-At': '> y' },
        'port.bad_answer',
      ],
      [
        'parts that nobody has',
        '',
        { 'Voltpile-Parts': '2', 'Voltpile-Parts-At': 'voltpile.parts.x y' },
        'port.no_service',
      ],
    ] as const) {
      it(`are not believed when they answer ${what}`, async () => {
        const { connection } = await bus();
        const head = headers();
        for (const [name, value] of Object.entries(more)) head.set(name, value);
        connection.subscribe('voltpile.greeter.v1.count', {
          callback: (_error, message) => void message.respond(text, { headers: head }),
        });
        await connection.flush();
        await assert.rejects((await clients()).client(GREETER).count(), { code });
      });
    }

    it('leave a caller able to hear when the headers of an answer cannot be read', async () => {
      await serve('a');
      const { connection } = await bus();
      connection.subscribe('voltpile.greeter.v1.count', {
        callback: (_error, message) => {
          const broken = Buffer.from('NATS/1.0\r\nno name (): x\r\n\r\n');
          const head = Object.assign(headers(), { encode: () => broken });
          message.respond(new Uint8Array(), { headers: head });
        },
      });
      await connection.flush();
      const greeter = (await clients()).client(
        definePort<Pick<Greeter, 'count' | 'greet'>>({ ...GREETER, methods: { count: {}, greet: {} } }),
      );
      for (;;) {
        const failed = await greeter.count().then(
          () => undefined,
          (error: VoltpileError) => error.code,
        );
        if (failed === undefined) continue;
        assert.equal(failed, 'port.bad_answer');
        break;
      }
      assert.equal((await greeter.greet('Ann')).by, 'a');
    });
  });

  it('say at once that nobody serves them, give up in time, and fall back', async () => {
    const greeter = (await clients()).client(GREETER);
    await assert.rejects(greeter.fail('refused'), { code: 'port.no_service', kind: 'Unavailable' });
    assert.equal(await greeter.maybe(), 'nobody');
    await serve('a');
    assert.equal(await greeter.maybe(), 'a');
    await assert.rejects(greeter.hang(), { code: 'port.timed_out', kind: 'Unavailable' });
  });

  it('count what failed, from 0 on, and not what was refused', async () => {
    const metrics = createMetrics();
    const greeter = (await clients(metrics)).client(GREETER);
    const failed = async (): Promise<Record<string, number>> => {
      const shown = await metrics.registry.getSingleMetric('voltpile_port_failed_total')?.get();
      return Object.fromEntries((shown?.values ?? []).map(({ labels, value }) => [labels.method, value]));
    };
    assert.deepEqual(await failed(), Object.fromEntries(Object.keys(GREETER.methods).map((method) => [method, 0])));
    await assert.rejects(greeter.fail('refused'), { code: 'port.no_service' });
    await serve('a');
    await assert.rejects(greeter.fail('refused'), refused.is);
    assert.equal((await failed()).fail, 1);
  });

  it('share the work, and reach the node that is meant', async () => {
    const [one, other] = [await serve('one'), await serve('other')];
    const all = await clients();
    const greeter = all.client(GREETER);
    await Promise.all(Array.from({ length: 400 }, () => greeter.greet('Ann')));
    const share = one.port.greeted / 400;
    assert.ok(share > 0.3 && share < 0.7, `${share}`);
    assert.equal(one.port.greeted + other.port.greeted, 400);
    for (const by of ['one', 'other', 'one']) {
      assert.equal((await all.client(GREETER, by).greet('Ann')).by, by);
    }
    await assert.rejects(all.client(GREETER, 'gone').greet('Ann'), { code: 'port.no_service' });
  });

  it('carry answers of many messages, and refuse calls that are too large', async () => {
    await serve('a');
    const greeter = (await clients()).client(GREETER);
    const long = await greeter.repeat('电'.repeat(1000), 2000);
    assert.equal(long.length, 2_000_000);
    await assert.rejects(greeter.repeat('x'.repeat(2_000_000), 1), { code: 'port.call_too_large' });
    await assert.rejects(greeter.repeat('x'.repeat(100_000), 1000), { code: 'port.answer_too_large' });
  });

  it('refuse the less important first', async () => {
    const { service } = await serve('a', 4);
    const greeter = (await clients()).client(GREETER);
    const hanging = [greeter.hang(), greeter.hang()].map((call) => call.catch(() => {}));
    while (service.inHand < 2) await new Promise((resolve) => setImmediate(resolve));
    await assert.rejects(greeter.repeat('x', 1), { code: 'port.overloaded' });
    assert.equal((await greeter.greet('Ann')).by, 'a');
    await Promise.all(hanging);
  });

  it('carry the trace', async () => {
    await serve('a');
    const greeter = (await clients()).client(GREETER);
    const id = 'a'.repeat(32);
    assert.equal(await withTrace(`00-${id}-${'b'.repeat(16)}-01`, () => greeter.trace()), id);
    assert.match((await greeter.trace()) ?? '', /^[0-9a-f]{32}$/);
  });

  it('open the breaker of a method whose service is away, and close it again', async () => {
    const all = await clients();
    const greeter = all.client(GREETER);
    for (let call = 0; call < 25; call++) await greeter.fail('refused').catch(() => {});
    await assert.rejects(greeter.fail('refused'), { code: 'port.breaker_open', kind: 'Unavailable' });
    const state = () => all.state().find(({ method }) => method === 'fail')?.breaker;
    assert.equal(state(), 'open');
    await serve('a');
    while (state() === 'open') await new Promise((resolve) => setTimeout(resolve, 50));
    // A refusal is an answer: the service is there.
    await assert.rejects(greeter.fail('refused'), { code: 'greeter.refused' });
    assert.equal(state(), 'closed');
  });

  it('fail what is under way when the broker dies, refuse at once, and work again when it is back', async () => {
    const { port } = await serve('a');
    const all = await clients();
    const greeter = all.client(GREETER);
    const slow = definePort<Pick<Greeter, 'hang'>>({
      name: 'greeter',
      version: 1,
      service: 'greeting',
      methods: { hang: { timeoutMs: 60_000 } },
    });
    const hanging = assert.rejects((await clients()).client(slow).hang(), { code: 'port.connection_lost' });
    await greeter.greet('Ann');
    await nats.kill();
    await hanging;
    await assert.rejects(greeter.fail('refused'), { kind: 'Unavailable' });
    const before = port.greeted;
    await nats.restart();
    for (;;) {
      const greeted = await greeter.greet('Ann').catch(() => undefined);
      if (greeted !== undefined) break;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert.ok(port.greeted > before);
  });

  it('tell the registry what they do', async () => {
    const { service } = await serve('a');
    const greeter = (await clients()).client(GREETER);
    for (let call = 0; call < 3; call++) await greeter.greet('Ann');
    await greeter.fail('broken').catch(() => {});
    const stats = service.stats('voltpile.greeter.v1.greet');
    assert.deepEqual([stats?.calls, stats?.failures], [3, 0]);
    const failing = service.stats('voltpile.greeter.v1.fail');
    assert.deepEqual([failing?.failures, failing?.lastErrors[0]?.code], [1, 'internal']);
  });
});
