import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { TransactionReport } from '@voltpile/csms/contract/station-port';
import { type GatewayFixture, startGateway } from '../testing/gateway-fixture.ts';
import { holdBack } from '../testing/hold-back.ts';
import type { StationClient } from '../testing/station-client.ts';
import { fitReason } from './station-session.ts';

describe('the messages of a station', () => {
  let fixture: GatewayFixture;
  let station: string;

  beforeEach(async () => {
    fixture = await startGateway();
    station = fixture.port.register('CP1');
  });

  afterEach(() => fixture.stop());

  it('are handled one at a time and answered in their order', async () => {
    const client = await fixture.connect('CP1');
    let atOnce = 0;
    let most = 0;
    fixture.port.before = async (method) => {
      atOnce += 1;
      most = Math.max(most, atOnce);
      if (method === 'transactionEnded') await new Promise(setImmediate);
      atOnce -= 1;
    };
    const ids = Array.from({ length: 40 }, (_, n) => client.post(n % 3 === 0 ? 'StopTransaction' : 'Heartbeat'));
    for (const id of ids) assert.equal((await client.next())[1], id);
    assert.equal(most, 1);
  });

  it('carry where they came from', async () => {
    const client = await fixture.connect('CP1');
    const before = Date.now();
    const claimed = new Date(before + 7_200_000).toISOString();
    await client.call('StopTransaction', { id: 5, timestamp: claimed, odd: 'schema:/x' });
    const { argument } = await fixture.port.called('transactionEnded');
    const { origin } = argument as TransactionReport;
    assert.equal(origin.station, station);
    assert.equal(origin.epoch, 1);
    assert.ok(origin.receivedAt >= before && origin.receivedAt <= Date.now());
    assert.equal(origin.messageName, 'StopTransaction');
    assert.deepEqual(JSON.parse(origin.raw), [
      2,
      'm1',
      'StopTransaction',
      { id: 5, timestamp: claimed, odd: 'schema:/x' },
    ]);
    assert.deepEqual(origin.oddities, ['schema:/x']);
    assert.ok(Math.abs((origin.clockOffsetMs ?? 0) - 7_200_000) < 5000, 'two hours ahead is certain at once');
  });

  it('are still handled when the station leaves right after sending them', async () => {
    const client = await fixture.connect('CP1');
    const back = holdBack(fixture.port);
    client.post('StopTransaction', { id: 1 });
    client.post('MeterValues');
    await back.begun;
    client.socket.terminate();
    await fixture.port.called('disconnected');
    back.release();
    await fixture.port.called('metered');
    while ((await fixture.metric('queued_bytes')) > 0) await new Promise(setImmediate);
  });

  it('of odd form are counted and answered, or not, but harm nothing', async () => {
    const client = await fixture.connect('CP1');
    client.send('{not json');
    client.send('42');
    client.send([2]);
    client.send([9, 'a', 'b', {}]);
    client.send([3, 'never-asked', {}]);
    const unknown = await client.call('MakeCoffee');
    const answers = [unknown];
    while (answers.at(-1)?.[1] !== 'm1') answers.push(await client.next());
    assert.equal(answers.at(-1)?.[2], 'NotImplemented');
    assert.equal((await client.call('Heartbeat'))[0], 3);
    assert.ok((await fixture.metric('rpc_problems_total')) >= 5);
    assert.equal(await fixture.metric('rpc_problems_total', { kind: 'not-json' }), 1);
    assert.equal(await fixture.metric('messages_total', { action: 'unknown', outcome: 'NotImplemented' }), 1);
    assert.equal(await fixture.metric('messages_total', { action: 'Heartbeat', outcome: 'result' }), 1);
  });

  it('of 1 MiB close the connection with 1009', async () => {
    const client = await fixture.connect('CP1');
    client.send([2, 'big', 'DataTransfer', { data: 'x'.repeat(1024 * 1024) }]);
    assert.equal((await client.closed).code, 1009);
    await fixture.port.called('disconnected');
    assert.equal(await fixture.metric('disconnects_total', { reason: 'bad-frame' }), 1);
  });

  it('of 200 KiB are taken', async () => {
    const client = await fixture.connect('CP1');
    assert.equal((await client.call('StopTransaction', { transactionData: 'x'.repeat(200 * 1024) }))[0], 3);
  });

  it('in binary close the connection with 1003, invalid UTF-8 with 1007', async () => {
    const binary = await fixture.connect('CP1');
    binary.socket.send(Buffer.from('[2,"1","Heartbeat",{}]'));
    assert.equal((await binary.closed).code, 1003);
    const broken = await fixture.connect('CP1');
    broken.socket.send(Buffer.from([0xff, 0xfe]), { binary: false });
    assert.equal((await broken.closed).code, 1007);
  });

  it('may be pings, which are answered', async () => {
    const client = await fixture.connect('CP1');
    client.socket.ping('abc');
    const [data] = (await once(client.socket, 'pong')) as [Buffer];
    assert.equal(data.toString(), 'abc');
  });

  it('and the lenient setting of the station reaches the dialect', async () => {
    fixture.port.lenient = true;
    fixture.port.heartbeatIntervalSeconds = 77;
    const client = await fixture.connect('CP1');
    assert.deepEqual(await client.call('BootNotification'), [
      3,
      'm1',
      { status: 'Accepted', interval: 77, lenient: true },
    ]);
  });
});

describe('the limits of a station', () => {
  it('stop reading at a full queue and lose nothing', async () => {
    const fixture = await startGateway({ maxQueuedMessages: 5, maxMessagesPerSecond: 1e6, messageBurst: 1e6 });
    fixture.port.register('CP1');
    try {
      const client = await fixture.connect('CP1');
      const back = holdBack(fixture.port);
      const ids = Array.from({ length: 5000 }, () => client.post('MeterValues', { pad: 'x'.repeat(200) }));
      await back.begun;
      assert.ok((await fixture.metric('queued_messages')) <= 5);
      back.release();
      for (const id of ids) assert.equal((await client.next())[1], id);
      assert.ok((await fixture.metric('pauses_total', { reason: 'queue' })) > 0);
      assert.equal(await fixture.metric('paused_sockets'), 0);
      assert.equal(await fixture.metric('queued_messages'), 0);
      assert.equal(await fixture.metric('queued_bytes'), 0);
    } finally {
      await fixture.stop();
    }
  });

  it('count bytes as well as messages', async () => {
    const fixture = await startGateway({ maxQueuedBytes: 1000 });
    fixture.port.register('CP1');
    try {
      const client = await fixture.connect('CP1');
      const back = holdBack(fixture.port);
      const ids = Array.from({ length: 20 }, () => client.post('MeterValues', { pad: 'x'.repeat(400) }));
      await back.begun;
      assert.ok((await fixture.metric('queued_messages')) <= 3);
      back.release();
      for (const id of ids) assert.equal((await client.next())[1], id);
    } finally {
      await fixture.stop();
    }
  });

  it('hold for the process as a whole', async () => {
    const fixture = await startGateway({ maxQueuedBytesTotal: 3000, maxQueuedBytes: 1e6 });
    fixture.port.register('CP1');
    fixture.port.register('CP2');
    try {
      const one = await fixture.connect('CP1');
      const two = await fixture.connect('CP2');
      const back = holdBack(fixture.port);
      const post = (client: StationClient) => client.post('MeterValues', { pad: 'x'.repeat(400) });
      const ids = Array.from({ length: 20 }, () => post(one));
      const others = Array.from({ length: 20 }, () => post(two));
      await back.begun;
      while ((await fixture.metric('paused_sockets')) < 2) await new Promise(setImmediate);
      assert.ok((await fixture.metric('queued_bytes')) < 4000);
      back.release();
      for (const id of ids) assert.equal((await one.next())[1], id);
      for (const id of others) assert.equal((await two.next())[1], id);
      assert.equal(await fixture.metric('paused_sockets'), 0);
    } finally {
      await fixture.stop();
    }
  });

  it('keep 10,000 frames a second of one station from disturbing another', async () => {
    const fixture = await startGateway();
    fixture.port.register('FLOOD');
    fixture.port.register('GOOD');
    const flood = await fixture.connect('FLOOD');
    const good = await fixture.connect('GOOD');
    const send = setInterval(() => {
      for (let n = 0; n < 500; n += 1) flood.post('Heartbeat');
    }, 50);
    try {
      const started = performance.now();
      let slowest = 0;
      let asked = 0;
      while (performance.now() - started < 1500) {
        const from = performance.now();
        assert.equal((await good.call('Heartbeat'))[0], 3);
        slowest = Math.max(slowest, performance.now() - from);
        asked += 1;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      assert.ok(slowest < 250, `the good station waited ${slowest} ms`);
      const handled = fixture.port.count('heartbeat') - asked;
      assert.ok(handled >= 1000 && handled < 2000, `handled ${handled}: the burst of 1,000 and 500 a second`);
      assert.ok((await fixture.metric('queued_messages')) <= 100);
      assert.ok((await fixture.metric('pauses_total', { reason: 'rate' })) > 0);
    } finally {
      clearInterval(send);
      await fixture.stop();
    }
  });

  it('end a connection that keeps flooding', async () => {
    const fixture = await startGateway({ rateAbuseSeconds: 0.3, maxMessagesPerSecond: 100, messageBurst: 20 });
    fixture.port.register('FLOOD');
    const flood = await fixture.connect('FLOOD');
    const send = setInterval(() => {
      for (let n = 0; n < 100; n += 1) flood.socket.send('[]');
    }, 10);
    try {
      assert.deepEqual(await flood.closed, { code: 1008, reason: 'too many messages' });
    } finally {
      clearInterval(send);
      await fixture.stop();
    }
  });

  it('count pings and pongs, too', async () => {
    const fixture = await startGateway({ rateAbuseSeconds: 0.3, maxMessagesPerSecond: 100, messageBurst: 20 });
    fixture.port.register('FLOOD');
    const flood = await fixture.connect('FLOOD');
    const send = setInterval(() => {
      for (let n = 0; n < 50; n += 1) {
        flood.socket.ping();
        flood.socket.pong();
      }
    }, 10);
    try {
      assert.equal((await flood.closed).code, 1008);
    } finally {
      clearInterval(send);
      await fixture.stop();
    }
  });

  it('drop a station that does not read its answers', async () => {
    const fixture = await startGateway({ maxUnsentBytes: 100_000 });
    fixture.port.register('CP1');
    try {
      const client = await fixture.connect('CP1');
      client.socket.pause();
      for (let n = 0; n < 30; n += 1) client.post('DataTransfer', { size: 1_000_000 });
      const told = await fixture.port.called('disconnected');
      assert.match((told.argument as { reason: string }).reason, /does not read/);
    } finally {
      await fixture.stop();
    }
  });
});

describe('fitReason', () => {
  it('cuts between characters to what a close frame carries', () => {
    assert.equal(fitReason('short'), 'short');
    const cut = fitReason('ü'.repeat(100));
    assert.equal(Buffer.byteLength(cut), 122);
    assert.equal(cut, 'ü'.repeat(61));
  });
});
