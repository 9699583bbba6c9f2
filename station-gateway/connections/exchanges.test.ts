import assert from 'node:assert/strict';
import { once } from 'node:events';
import { instant } from '@voltpile/kernel/clock';
import { FakeStationPort } from '../testing/fake-station-port.ts';
import { type GatewayFixture, startGateway } from '../testing/gateway-fixture.ts';
import { probeDialect } from '../testing/probe-dialect.ts';
import type { ExchangeLog, LoggedExchange } from './exchange-log.ts';

/** Remembers what it is told, at a level. */
class FakeLog implements ExchangeLog {
  level: 'off' | 'errors' | 'all' = 'all';
  readonly told: LoggedExchange[] = [];
  asked = 0;
  #waiting: (() => void)[] = [];

  wants(_identity: string, isOdd: boolean): boolean {
    this.asked += 1;
    return this.level === 'all' || (isOdd && this.level === 'errors');
  }

  record(exchange: LoggedExchange): void {
    this.told.push(exchange);
    for (const wake of this.#waiting.splice(0)) wake();
  }

  async first(fits: (exchange: LoggedExchange) => boolean): Promise<LoggedExchange> {
    for (;;) {
      const found = this.told.find(fits);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }
}

describe('messages that are told to the log', () => {
  let fixture: GatewayFixture;
  let log: FakeLog;
  let station: string;

  beforeEach(async () => {
    log = new FakeLog();
    fixture = await startGateway({}, [probeDialect()], new FakeStationPort(), log);
    station = fixture.port.register('CP1');
  });
  afterEach(() => fixture.stop());

  const execute = (milliseconds = 2000) =>
    fixture.gateway.link.execute(
      station,
      1,
      { action: 'clear-cache', payload: {} },
      instant(Date.now() + milliseconds),
    );

  it('come with their answer, and where they came from', async () => {
    const client = await fixture.connect('CP1');
    const answer = await client.call('Heartbeat');
    const { organizationId, siteId, requestedAt, latencyMs, ...rest } = await log.first(() => true);
    assert.ok(organizationId.length > 0 && siteId.length > 0);
    assert.ok(Math.abs(Date.now() - requestedAt) < 5000 && (latencyMs ?? -1) >= 0);
    assert.deepEqual(rest, {
      station,
      identity: 'CP1',
      protocol: 'ocpp1.6',
      direction: 'from-station',
      action: 'Heartbeat',
      messageId: 'm1',
      outcome: 'result',
      errorCode: null,
      request: '[2,"m1","Heartbeat",{}]',
      response: JSON.stringify(answer),
      oddities: [],
    });
  });

  it('at the level of errors: refusals, what is odd, and frames that are none', async () => {
    log.level = 'errors';
    const client = await fixture.connect('CP1');
    await client.call('Heartbeat');
    await client.call('MakeCoffee');
    await client.call('StopTransaction', { id: 1, odd: 'schema:/x' });
    client.send('{not json');
    client.send([3, 'never-asked', {}]);
    await client.call('Heartbeat');
    await log.first(({ errorCode }) => errorCode === 'unmatched-result');
    assert.deepEqual(
      log.told.map(({ action, outcome, errorCode, oddities }) => [action, outcome, errorCode, oddities.length]),
      [
        ['MakeCoffee', 'error', 'NotImplemented', 0],
        ['StopTransaction', 'result', null, 1],
        [null, 'malformed', 'not-json', 1],
        [null, 'malformed', 'unmatched-result', 1],
      ],
    );
    assert.equal(log.told[2]?.request, '{not json');
  });

  it('are not made when the level is off', async () => {
    log.level = 'off';
    const client = await fixture.connect('CP1');
    await client.call('Heartbeat');
    await client.call('MakeCoffee');
    client.send('{not json');
    await client.call('Heartbeat');
    const outcome = execute();
    const [, id] = await client.next();
    client.send([3, id, {}]);
    await outcome;
    assert.deepEqual(log.told, []);
    assert.equal(log.asked, 5);
  });

  it('of ours come with the answer, the lateness or the loss', async () => {
    const client = await fixture.connect('CP1');
    const answered = execute();
    const [, id] = await client.next();
    client.send([3, id, { status: 'Accepted' }]);
    await answered;
    const refused = execute();
    const [, second] = await client.next();
    client.send([4, second, 'NotSupported', 'no', {}]);
    await refused;
    await execute(20);
    await client.next();
    const lost = execute();
    await client.next();
    client.socket.terminate();
    await lost;
    assert.deepEqual(
      log.told.map(({ direction, action, outcome, errorCode, response }) => [
        direction,
        action,
        outcome,
        errorCode,
        response,
      ]),
      [
        ['to-station', 'clear-cache', 'result', null, JSON.stringify([3, id, { status: 'Accepted' }])],
        ['to-station', 'clear-cache', 'error', 'NotSupported', JSON.stringify([4, second, 'NotSupported', 'no', {}])],
        ['to-station', 'clear-cache', 'timeout', null, null],
        ['to-station', 'clear-cache', 'lost', null, null],
      ],
    );
    assert.equal((await execute()).status, 'offline');
    assert.equal(log.told.length, 4, 'what was never sent is no message');
  });

  it('tell of frames that the socket refuses', async () => {
    const binary = await fixture.connect('CP1');
    binary.socket.send(Buffer.from([1, 2, 3]));
    await binary.closed;
    const large = await fixture.connect('CP1');
    large.send('x'.repeat(1_000_000));
    assert.equal((await large.closed).code, 1009);
    await log.first(({ errorCode }) => errorCode === 'bad-frame');
    assert.deepEqual(
      log.told.map(({ errorCode, request, oddities }) => [errorCode, request, oddities]),
      [
        ['binary', '', ['a binary frame of 3 bytes']],
        ['bad-frame', '', ['Max payload size exceeded']],
      ],
    );
  });

  it('that were never answered say so', async () => {
    const client = await fixture.connect('CP1');
    const held = Promise.withResolvers<void>();
    fixture.port.before = () => held.promise;
    client.post('StopTransaction', { id: 1 });
    const second = client.post('MeterValues');
    client.socket.close();
    await once(client.socket, 'close');
    held.resolve();
    const told = await log.first(({ messageId }) => messageId === second);
    assert.ok(['none', 'result'].includes(told.outcome));
  });
});
