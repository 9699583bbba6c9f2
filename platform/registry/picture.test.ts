import assert from 'node:assert/strict';
import type { MethodStats } from '../nats/method-stats.ts';
import type { CalledMethod } from '../nats/port-client.ts';
import type { InstanceWork, ServedMethod } from './instances.ts';
import type { NodeReport } from './node-report.ts';
import { drawPicture } from './picture.ts';

const NOW = Date.parse('2026-05-01T12:00:00Z');

function stats(facts: Partial<MethodStats> = {}): MethodStats {
  return {
    calls: 100,
    perSecond: 1,
    failures: 0,
    failuresPerSecond: 0,
    p50Ms: 2,
    p99Ms: 5,
    lastErrors: [],
    ...facts,
  };
}

function served(method: string, figures: MethodStats | null, port = 'station'): ServedMethod {
  return { port, version: 1, method, stats: figures };
}

function instance(
  service: InstanceWork['service'],
  node: string,
  methods: readonly ServedMethod[] = [],
  facts: Partial<InstanceWork> = {},
): InstanceWork {
  return {
    service,
    id: `${service}-of-${node}`,
    node,
    host: `host-${node}`,
    pid: 1,
    version: '1.0.0',
    startedAt: '2026-05-01T11:59:00.000Z',
    zone: null,
    http: null,
    methods,
    ...facts,
  };
}

function called(facts: Partial<CalledMethod> = {}): CalledMethod {
  return {
    service: 'csms',
    port: 'station',
    method: 'booted',
    node: null,
    breaker: 'closed',
    running: 0,
    waiting: 0,
    recent: { calls: 1, failures: 0, rejected: 0, p50Ms: 1, p99Ms: 1 },
    ...facts,
  };
}

function report(node: string, calls: readonly CalledMethod[], queues: NodeReport['queues'] = []): NodeReport {
  return { node, host: `host-${node}`, roles: ['station-gateway'], calls, queues };
}

function service(name: string, instances: readonly InstanceWork[], reports: readonly NodeReport[] = []) {
  const found = drawPicture(instances, reports, NOW).services.find((one) => one.name === name);
  assert.ok(found);
  return found;
}

describe('the picture of a cluster', () => {
  it('shows every service, those that nobody serves too', () => {
    const { services, askedAt } = drawPicture([instance('csms', 'a')], [], NOW);
    assert.equal(askedAt, '2026-05-01T12:00:00.000Z');
    assert.deepEqual(
      services.map(({ name, state }) => `${name} ${state}`),
      ['station-gateway down', 'csms up', 'billing down', 'operations down', 'admin-api down'],
    );
  });

  it('shows instances with their age and what else is in their process', () => {
    const others = instance('operations', 'a', [], { startedAt: '2026-05-01T11:00:00.000Z' });
    const { instances } = service('csms', [
      instance('csms', 'b', [], { startedAt: '2026-05-01T12:00:01.000Z' }),
      instance('csms', 'a'),
      instance('billing', 'a'),
      others,
    ]);
    assert.deepEqual(
      instances.map(({ node, uptimeSeconds, roles }) => [node, uptimeSeconds, roles]),
      [
        ['a', 60, ['csms', 'billing']],
        ['b', 0, ['csms']],
      ],
    );
  });

  it('adds up what instances count, and takes the slowest where there is nothing to add', () => {
    const one = stats({ calls: 300, perSecond: 3, failures: 6, failuresPerSecond: 1, p50Ms: 10, p99Ms: 50 });
    const other = stats({ calls: 100, perSecond: 1, failures: 1, failuresPerSecond: 0, p50Ms: 2, p99Ms: 90 });
    const { methods, perSecond, errorShare } = service('csms', [
      instance('csms', 'a', [served('booted', one), served('heartbeat', null)]),
      instance('csms', 'b', [served('booted', other), served('heartbeat', null)]),
    ]);
    const [booted, heartbeat] = methods;
    assert.ok(booted && heartbeat);
    const { instances, lastErrors: _errors, ...figures } = booted;
    assert.deepEqual(figures, {
      port: 'station',
      version: 1,
      method: 'booted',
      calls: 400,
      perSecond: 4,
      failures: 7,
      errorShare: 0.25,
      p50Ms: 8,
      p99Ms: 90,
    });
    assert.deepEqual(
      instances.map(({ node, calls, errorShare: own }) => [node, calls, own]),
      [
        ['a', 300, 0.333],
        ['b', 100, 0],
      ],
    );
    assert.deepEqual([heartbeat.calls, heartbeat.p50Ms, heartbeat.instances], [0, 0, []]);
    assert.deepEqual([perSecond, errorShare], [4, 0.25]);
  });

  it('takes what an instance serves for all and for its node as one method', () => {
    const { methods } = service('station-gateway', [
      instance('station-gateway', 'a', [
        served('execute', stats({ calls: 1 }), 'station-link'),
        served('execute', stats({ calls: 2 }), 'station-link'),
      ]),
    ]);
    assert.deepEqual(
      methods.map(({ method, calls, instances }) => [method, calls, instances.length]),
      [['execute', 3, 1]],
    );
  });

  it('shows the last errors of all instances, newest first', () => {
    const errors = (minute: number) =>
      Array.from({ length: 8 }, (_, index) => ({
        at: `2026-05-01T11:0${minute}:0${index}.000Z`,
        code: 'internal',
        message: `${minute}-${index}`,
      }));
    const [method] = service('csms', [
      instance('csms', 'a', [served('booted', stats({ lastErrors: errors(1) }))]),
      instance('csms', 'b', [served('booted', stats({ lastErrors: errors(2) }))]),
    ]).methods;
    assert.equal(method?.lastErrors.length, 10);
    assert.deepEqual(
      [method.lastErrors[0], method.lastErrors.at(-1)].map((error) => [error?.message, error?.node]),
      [
        ['2-7', 'b'],
        ['1-6', 'a'],
      ],
    );
  });

  it('shows who calls it with their breakers, and is degraded while one is open', () => {
    const open = called({ breaker: 'open', recent: { calls: 30, failures: 25, rejected: 5, p50Ms: 1, p99Ms: 1 } });
    const reports = [report('g1', [open, called({ service: 'billing', port: 'funds' })]), report('g2', [called()])];
    const shown = service('csms', [instance('csms', 'a')], reports);
    assert.deepEqual([shown.state, shown.openBreakers], ['degraded', 1]);
    assert.deepEqual(
      shown.callers.map(({ node, port, breaker }) => [node, port, breaker]),
      [
        ['g1', 'station', 'open'],
        ['g2', 'station', 'closed'],
      ],
    );
    assert.equal(service('csms', [], reports).state, 'down');
  });

  it('does not take a breaker that waits for somebody to try for one that holds back', () => {
    const quiet = called({
      breaker: 'half-open',
      recent: { calls: 0, failures: 0, rejected: 0, p50Ms: 0, p99Ms: 0 },
    });
    const busy = called({
      breaker: 'half-open',
      recent: { calls: 9, failures: 9, rejected: 0, p50Ms: 0, p99Ms: 0 },
    });
    assert.equal(service('csms', [instance('csms', 'a')], [report('g', [quiet])]).state, 'up');
    assert.equal(service('csms', [instance('csms', 'a')], [report('g', [busy])]).state, 'degraded');
  });

  it('forgets breakers for nodes that are gone', () => {
    const link = { service: 'station-gateway', port: 'station-link', method: 'execute', breaker: 'open' } as const;
    const { callers } = service(
      'station-gateway',
      [instance('station-gateway', 'here')],
      [report('c', [called({ ...link, node: 'here' }), called({ ...link, node: 'gone' })])],
    );
    assert.deepEqual(
      callers.map(({ calledNode }) => calledNode),
      ['here'],
    );
  });

  it('shows what waits, with the service that it waits for', () => {
    const queues = [
      { service: 'csms', name: 'commits.samples', depth: 4 },
      { service: 'operations', name: 'message-log', depth: 9 },
    ];
    assert.deepEqual(service('csms', [instance('csms', 'a')], [report('a', [], queues)]).queues, [
      { name: 'commits.samples', depth: 4, node: 'a', host: 'host-a' },
    ]);
  });
});
