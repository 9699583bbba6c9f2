import assert from 'node:assert/strict';
import * as billing from '@voltpile/billing/contract/ports';
import * as csms from '@voltpile/csms/contract/ports';
import type { MethodPolicy, PortContract } from '@voltpile/kernel/port-contract';
import * as operations from '@voltpile/operations/contract/ports';

type Declared = readonly [string, MethodPolicy];

const methods = new Map<string, MethodPolicy>(
  (Object.values({ ...billing, ...csms, ...operations }) as PortContract<Record<string, never>>[]).flatMap(
    ({ name, methods: own }) =>
      Object.entries(own as Record<string, MethodPolicy>).map(
        ([method, policy]): Declared => [`${name}.${method}`, policy],
      ),
  ),
);

function problemOf(method: string, ...args: unknown[]): string | undefined {
  return methods.get(method)?.args?.problemOf(args);
}

const everything = { kind: 'everything' };
const station = '01890a5d-ac96-774b-bcce-b302099a8057';
const origin = {
  station,
  epoch: 1,
  receivedAt: 1,
  clockOffsetMs: null,
  raw: '[]',
  messageName: 'Heartbeat',
};
const event = {
  id: '12',
  type: 'of.a-newer-version',
  recordedAt: 1,
  organizationId: station,
  siteId: null,
  stationId: null,
  data: {},
};
const exchange = {
  station,
  identity: 'CP-1',
  organizationId: station,
  siteId: station,
  protocol: 'ocpp1.6',
  direction: 'from-station',
  action: null,
  messageId: null,
  outcome: 'result',
  errorCode: null,
  request: '',
  response: null,
  oddities: [],
  requestedAt: 1,
  latencyMs: null,
};

describe('arguments of the ports between services', () => {
  it('are declared for every method', () => {
    assert.ok(methods.size > 100);
    const without = [...methods].filter(([, { args }]) => args === undefined).map(([name]) => name);
    assert.deepEqual(without, []);
  });

  it('are never what has nothing to do with a method', () => {
    // Whatever they are, and none, are taken by these.
    const careless = new Set(['tariffs.validate']);
    for (const [name, { args }] of methods) {
      const takesNone = args?.problemOf([]) === undefined;
      if (!careless.has(name) && !takesNone) assert.ok(args?.problemOf([[7], 8, [9]]), name);
    }
    const takesNone = [...methods].flatMap(([name, { args }]) => (args?.problemOf([]) === undefined ? [name] : []));
    assert.deepEqual(takesNone.sort(), [
      'alarms.kinds',
      'billing-events.types',
      'ledger.prove',
      'message-log-feed.levels',
      'operations-events.types',
      'tariffs.validate',
    ]);
  });

  for (const [what, method, right, wrong] of [
    ['events', 'billing-events.follow', [[event]], [[{}]]],
    ['events by number', 'operations-events.follow', [[event]], [[{ ...event, id: 12 }]]],
    ['messages', 'message-log-feed.record', [[exchange]], ['x']],
    ['a message without a station', 'message-log-feed.record', [[]], [[{ ...exchange, station: 'CP-1' }]]],
    ['a presence', 'station.heartbeat', [origin], [{ ...origin, epoch: '1' }]],
    [
      'samples',
      'station.metered',
      [{ origin, evseId: 1, readings: [] }],
      [{ origin, evseId: 1, readings: [{ timestamp: '2026-01-01', values: [] }] }],
    ],
    [
      'a command',
      'commands.submit',
      [everything, 'CP-1', { action: 'reset', payload: {}, requestedBy: null }, ['operate']],
      [everything, 'CP-1', { action: 'reset', payload: {} }, 'operate'],
    ],
    [
      'a decision',
      'settlements.decide',
      [everything, station, { decision: 'correct', energyWh: 5, reason: 'r' }, 'me'],
      [everything, station, { decision: 'correct', reason: 'r' }, 'me'],
    ],
    [
      'a top-up',
      'wallets.topUp',
      [everything, station, { amount: { amount: '1.00', currency: 'EUR' }, reason: 'r', idempotencyKey: 'k' }],
      [everything, station, { amount: 100, reason: 'r', idempotencyKey: 'k' }],
    ],
    [
      'a refund',
      'payments.refund',
      [everything, station, { reason: 'r', requestedBy: 'me' }],
      [everything, station, { amount: { amount: 1, currency: 'EUR' }, reason: 'r', requestedBy: 'me' }],
    ],
    ['a scope', 'transactions.get', [{ kind: 'sites', siteIds: [] }, station], [{ kind: 'sites' }, station]],
    ['a filter', 'id-tokens.list', [everything, {}, { limit: 5 }], [everything, { search: { x: 1 } }, { limit: 5 }]],
  ] as const) {
    it(`are checked: ${what}`, () => {
      assert.equal(problemOf(method, ...right), undefined);
      assert.match(problemOf(method, ...wrong) ?? '', /^argument \d/);
    });
  }

  it('may have fields and arguments that only a newer version knows', () => {
    assert.equal(problemOf('station.heartbeat', { ...origin, newer: { x: 1 } }, 'newer', null), undefined);
    assert.equal(problemOf('station-link.disconnect', station, 1, 'why'), undefined);
    assert.equal(problemOf('station-link.disconnect', station, 1, 'why', undefined), undefined);
  });
});
