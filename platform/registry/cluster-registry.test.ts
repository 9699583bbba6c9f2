import assert from 'node:assert/strict';
import { Svcm } from '@nats-io/services';
import { definePort } from '@voltpile/kernel/port-contract';
import type { Role } from '../config/config.ts';
import { type Bus, connectBus } from '../nats/connection.ts';
import { PortClients } from '../nats/port-client.ts';
import { PortService } from '../nats/port-service.ts';
import { createLogger } from '../telemetry/logger.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { needsNatsServer, startNats, type TestNats } from '../testing/nats-server.ts';
import { ClusterRegistry, serveReports } from './cluster-registry.ts';
import { type Instance, type NodeIdentity, toMetadata } from './instances.ts';
import { hearFarewells, sayFarewell } from './leave.ts';
import { worthTelling } from './node-report.ts';

interface Greeter {
  greet(): Promise<string>;
  fail(): Promise<void>;
}

const GREETER = definePort<Greeter>({
  name: 'the-greeter',
  version: 2,
  service: 'csms',
  methods: { greet: {}, fail: {} },
});

const silent = createLogger({ level: 'silent', format: 'json' });

describe('the registry of a cluster', () => {
  let nats: TestNats;
  let open: AsyncDisposableStack;
  before(async function () {
    nats = await startNats(needsNatsServer(this));
  });
  after(() => nats?.[Symbol.asyncDispose]());
  beforeEach(() => {
    open = new AsyncDisposableStack();
  });
  afterEach(() => open.disposeAsync());

  const connect = async (): Promise<Bus> =>
    open.use(await connectBus({ url: nats.url, name: 'test', logger: silent, metrics: createMetrics() }));

  function identityOf(node: string): NodeIdentity {
    return {
      node,
      host: `host-${node}`,
      pid: 7,
      version: '1.2.3',
      startedAt: '2026-05-01T11:00:00.000Z',
      zone: node === 'a' ? 'rack-1' : null,
      http: 'http://127.0.0.1:1',
    };
  }

  /** A process with these roles. */
  async function join(node: string, roles: readonly Role[]) {
    const bus = await connect();
    const identity = identityOf(node);
    const metrics = createMetrics();
    const clients = new PortClients({ bus, metrics });
    open.defer(() => clients.close());
    for (const role of roles) {
      const service = await PortService.start({
        bus,
        name: role,
        version: identity.version,
        metadata: toMetadata(identity),
        logger: silent,
        metrics,
      });
      open.defer(() => service.stop());
      if (role !== 'csms') continue;
      service.serve(GREETER, {
        greet: async () => node,
        fail: () => Promise.reject(new Error('a secret of the inside')),
      });
    }
    const report = async () => ({
      node,
      host: identity.host,
      roles,
      calls: worthTelling(clients.state()),
      queues: [{ service: 'csms', name: 'commits', depth: 3 }],
    });
    open.defer(serveReports(bus, report, silent));
    await bus.connection.flush();
    return { bus, clients, registry: new ClusterRegistry(bus), identity };
  }

  it('knows who there is, and nobody of the programs that are not ours', async () => {
    const { bus, registry } = await join('a', ['csms', 'billing']);
    await join('b', ['csms']);
    const foreign = await new Svcm(bus.connection).add({ name: 'csms', version: '1.0.0', metadata: { node: 'x' } });
    const other = await new Svcm(bus.connection).add({ name: 'their-shop', version: '1.0.0' });
    open.defer(async () => void (await Promise.all([foreign.stop(), other.stop()])));
    // Not even JSON.
    const noise = bus.connection.subscribe('$SRV.>', { callback: (_error, message) => void message.respond('{') });
    open.defer(() => noise.unsubscribe());
    const instances = await registry.instances();
    assert.deepEqual(instances?.map(({ service, node }) => `${service} of ${node}`).sort(), [
      'billing of a',
      'csms of a',
      'csms of b',
    ]);
    const a = instances?.find(({ service }) => service === 'billing');
    assert.deepEqual({ ...a, id: '' }, { ...identityOf('a'), service: 'billing', id: '' });
  });

  it('does not know those whose answers cannot be kept, and loses nobody and nothing else over them', async () => {
    const { bus, registry } = await join('a', ['csms']);
    const odd: Record<string, string>[] = [
      { node: 'odd', startedAt: '0000-01-01T00:00:00Z' },
      { node: 'odd', startedAt: '9999-01-01T00:00:00Z' },
      { node: 'odd', startedAt: '2026-02-31T00:00:00Z' },
      { node: 'odd', pid: '9'.repeat(30) },
      { node: 'a\u0000b' },
      { node: 'o'.repeat(101) },
      { node: 'odd', host: 'half \ud800' },
    ];
    const answers = odd.map((facts, index) => ({
      name: 'csms',
      id: `odd${index}`,
      version: '1.0.0',
      metadata: { ...toMetadata(identityOf('odd')), ...facts },
    }));
    const report = {
      node: 'b',
      host: 'h',
      roles: ['csms', 7],
      calls: [{ breaker: 'melted' }],
      queues: [null, { service: 'csms', name: 'commits', depth: 5 }],
    };
    const subscriptions = [
      bus.connection.subscribe('$SRV.PING', {
        callback: (_error, message) => {
          for (const answer of answers) message.respond(JSON.stringify(answer));
        },
      }),
      bus.connection.subscribe('voltpile.registry.v1.report', {
        callback: (_error, message) => void message.respond(JSON.stringify(report)),
      }),
    ];
    open.defer(() => {
      for (const one of subscriptions) one.unsubscribe();
    });
    assert.deepEqual(
      (await registry.instances())?.map(({ node }) => node),
      ['a'],
    );
    const csms = (await registry.picture()).services.find(({ name }) => name === 'csms');
    assert.deepEqual(csms?.queues.map(({ node, depth }) => [node, depth]).sort(), [
      ['a', 3],
      ['b', 5],
    ]);
  });

  it('shows what methods do, what callers think of them, and what waits', async () => {
    const { registry } = await join('a', ['csms']);
    const { clients } = await join('b', ['admin-api']);
    const greeter = clients.client(GREETER);
    for (let call = 0; call < 6; call++) await greeter.greet();
    for (let call = 0; call < 2; call++) await greeter.fail().catch(() => {});
    const csms = (await registry.picture()).services.find(({ name }) => name === 'csms');
    assert.ok(csms);
    assert.deepEqual([csms.state, csms.instances.length, csms.instances[0]?.zone], ['up', 1, 'rack-1']);
    assert.deepEqual(
      csms.methods.map(({ port, version, method, calls, errorShare }) => [port, version, method, calls, errorShare]),
      [
        ['the-greeter', 2, 'fail', 2, 1],
        ['the-greeter', 2, 'greet', 6, 0],
      ],
    );
    assert.deepEqual(
      csms.methods[0]?.lastErrors.map(({ code, node }) => [code, node]),
      [
        ['internal', 'a'],
        ['internal', 'a'],
      ],
    );
    assert.deepEqual(
      csms.callers.map(({ node, method, breaker, calledNode, recent }) => [
        node,
        method,
        breaker,
        calledNode,
        recent.calls,
      ]),
      [
        ['b', 'fail', 'closed', null, 2],
        ['b', 'greet', 'closed', null, 6],
      ],
    );
    assert.deepEqual(csms.queues.map(({ node, depth }) => [node, depth]).sort(), [
      ['a', 3],
      ['b', 3],
    ]);
  });

  it('asks once, however many look at the same time', async () => {
    const { bus, registry } = await join('a', ['csms']);
    let asked = 0;
    const count = bus.connection.subscribe('$SRV.STATS', { callback: () => void asked++ });
    open.defer(() => count.unsubscribe());
    const pictures = await Promise.all([1, 2, 3].map(() => registry.picture()));
    assert.equal(new Set(pictures).size, 1);
    assert.equal(asked, 1);
  });

  it('carries the farewell of a process that keeps nothing to one that does', async () => {
    const { bus, identity } = await join('a', ['station-gateway']);
    const heard: (readonly Instance[])[] = [];
    for (const node of ['b', 'c']) {
      const { bus: theirs } = await join(node, ['csms']);
      const history = { noteStop: async (instances: readonly Instance[]) => void heard.push(instances) };
      open.defer(hearFarewells(theirs, history, silent));
      await theirs.connection.flush();
    }
    const stopping: Instance = { ...identity, service: 'station-gateway', id: 'a' };
    await sayFarewell(bus, [stopping]);
    assert.deepEqual(heard, [[stopping]]);
    // One that cannot be read does not keep the others from being heard.
    await sayFarewell(bus, [{ ...stopping, startedAt: '0000-01-01T00:00:00Z' }, stopping]);
    assert.deepEqual(heard, [[stopping], [stopping]]);
    // Nobody hears: that is no trouble.
    const lonely = await join('d', []);
    await open.disposeAsync();
    open = new AsyncDisposableStack();
    await sayFarewell(lonely.bus, [stopping]);
  });

  it('judges nobody without a connection, and says so to who looks', async () => {
    const { registry } = await join('a', ['csms']);
    await nats.kill();
    try {
      while ((await registry.instances()) !== undefined) await new Promise((resolve) => setTimeout(resolve, 20));
      await assert.rejects(registry.picture(), { code: 'port.not_connected', kind: 'Unavailable' });
    } finally {
      await nats.restart();
    }
  });
});
