import assert from 'node:assert/strict';
import { domainAway, domainRefuses } from '../testing/fake-station-port.ts';
import { type GatewayFixture, startGateway } from '../testing/gateway-fixture.ts';
import { holdReply } from './hold-reply.ts';

describe('holdReply', () => {
  const options = (withinMs: number, signal: AbortSignal = new AbortController().signal) => ({
    until: performance.now() + withinMs,
    signal,
    retryable: () => true,
    random: () => 0,
  });

  it('tries again until there is an answer', async () => {
    let tries = 0;
    const again = async () => {
      tries += 1;
      if (tries < 3) throw domainAway();
      return 'answer';
    };
    assert.equal(await holdReply(domainAway(), again, options(5000)), 'answer');
    assert.equal(tries, 3);
  });

  it('gives up when the time is over', async () => {
    const started = performance.now();
    assert.equal(await holdReply(domainAway(), () => Promise.reject(domainAway()), options(120)), undefined);
    const took = performance.now() - started;
    assert.ok(took >= 115 && took < 1000, `took ${took} ms`);
  });

  it('gives up at once when the socket goes', async () => {
    const gone = new AbortController();
    const waiting = holdReply(domainAway(), () => Promise.reject(domainAway()), options(60_000, gone.signal));
    gone.abort();
    assert.equal(await waiting, undefined);
  });

  it('waits without trying when a try cannot help', async () => {
    let tries = 0;
    const again = async () => {
      tries += 1;
    };
    const hopeless = { ...options(60), retryable: () => false };
    assert.equal(await holdReply(domainRefuses(), again, hopeless), undefined);
    assert.equal(tries, 0);
  });
});

describe('while the domain is away', () => {
  let fixture: GatewayFixture;

  beforeEach(async () => {
    fixture = await startGateway({ holdReplySeconds: 0.4, pingIntervalSeconds: 0.5, idleTimeoutSeconds: 30 });
    fixture.port.register('CP1');
  });

  afterEach(() => fixture.stop());

  it('an answer is held and given when the domain is back', async () => {
    let tries = 0;
    fixture.port.before = () => {
      tries += 1;
      if (tries < 3) throw domainAway();
    };
    const client = await fixture.connect('CP1');
    assert.deepEqual(await client.call('StopTransaction', { id: 1 }), [3, 'm1', {}]);
    assert.equal(tries, 3);
  });

  it('the socket is closed with 1013 and nothing is answered when it lasts', async () => {
    fixture.port.before = () => {
      throw domainAway();
    };
    const client = await fixture.connect('CP1');
    client.post('StopTransaction', { id: 1 });
    client.post('Authorize', { idTag: 'A' });
    client.post('MeterValues');
    assert.equal((await client.closed).code, 1013);
    assert.equal(client.unread, 0);
    await fixture.port.called('disconnected');
    assert.equal(await fixture.metric('queued_messages'), 0);
    assert.equal(await fixture.metric('messages_total', { outcome: 'none' }), 3);
    assert.equal(await fixture.metric('disconnects_total', { reason: 'held-too-long' }), 1);
  });

  it('the same holds when the domain just does not answer', async () => {
    const never = Promise.withResolvers<void>();
    fixture.port.before = () => never.promise;
    const client = await fixture.connect('CP1');
    client.post('StopTransaction', { id: 1 });
    assert.equal((await client.closed).code, 1013);
    assert.equal(await fixture.metric('queued_messages'), 0);
    never.resolve();
  });

  it('what hangs is let go also when the station has left', async () => {
    const never = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    fixture.port.before = () => {
      begun.resolve();
      return never.promise;
    };
    const client = await fixture.connect('CP1');
    client.post('StopTransaction', { id: 1 });
    await begun.promise;
    client.socket.terminate();
    await fixture.port.called('disconnected');
    assert.equal(await fixture.metric('queued_messages'), 1);
    while ((await fixture.metric('queued_messages')) > 0) await new Promise((resolve) => setTimeout(resolve, 20));
    never.resolve();
  });

  it('the wait ends when the station leaves', async () => {
    const tried = Promise.withResolvers<void>();
    fixture.port.before = () => {
      tried.resolve();
      throw domainAway();
    };
    const client = await fixture.connect('CP1');
    client.post('StopTransaction', { id: 1 });
    await tried.promise;
    await client.close();
    await fixture.port.called('disconnected');
    while ((await fixture.metric('queued_messages')) > 0) await new Promise(setImmediate);
    assert.equal(await fixture.metric('disconnects_total', { reason: 'station' }), 1);
  });

  it('a transaction message that the domain will never take gets no CALLERROR either', async () => {
    fixture.port.before = () => {
      throw domainRefuses();
    };
    const client = await fixture.connect('CP1');
    client.post('StartTransaction');
    assert.equal((await client.closed).code, 1013);
    assert.equal(client.unread, 0);
    assert.ok(fixture.log.some((line) => line.level === 'error' && line.facts.code === 'fake.refuses'));
  });

  it('another message that the domain will never take gets InternalError', async () => {
    fixture.port.before = () => {
      throw new TypeError('something inside');
    };
    const client = await fixture.connect('CP1');
    const [type, , code, description] = await client.call('Authorize', { idTag: 'A' });
    assert.deepEqual([type, code], [4, 'InternalError']);
    assert.doesNotMatch(String(description), /inside/);
  });
});
