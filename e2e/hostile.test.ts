import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import type { ApiClient } from './harness/api-client.ts';
import type { MeterValueDocument, TransactionDocument } from './harness/api-views.ts';
import { BareStation, CallRefused, HandshakeRefused } from './harness/bare-station.ts';
import { within } from './harness/deadline.ts';
import { eventually } from './harness/eventually.ts';
import { readMetric } from './harness/metrics.ts';
import { exchange, handshakeText, openTcp } from './harness/raw-connection.ts';
import { ServerUnderTest } from './harness/server-process.ts';

const MIB = 1024 * 1024;
/** Generous: the heap breathes. What is unbounded grows by far more under this load. */
const MOST_GROWTH_BYTES = 250 * MIB;

describe('hostile and broken stations', function () {
  this.timeout(30_000);
  let server: ServerUnderTest;
  let api: ApiClient;
  let good: BareStation;
  let goodCharges = 0;

  before(async () => {
    server = await ServerUnderTest.start();
    api = await server.login();
    await api.post('/id-tokens', { idToken: 'GOOD-CARD', type: 'ISO14443', status: 'Accepted' });
    good = await BareStation.connect(server.ocpp, 'good-one');
  });
  after(async () => {
    await good?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });
  afterEach('the server lives and serves a good station', async () => {
    assert.ok(server.isRunning);
    goodCharges += 1;
    const timestamp = new Date().toISOString();
    const start = { connectorId: 1, idTag: 'GOOD-CARD', meterStart: goodCharges, timestamp };
    const { transactionId, idTagInfo } = await good.call<{ transactionId: number; idTagInfo: { status: string } }>(
      'StartTransaction',
      start,
    );
    assert.equal(idTagInfo.status, 'Accepted');
    const stop = { transactionId, meterStop: goodCharges, timestamp: new Date().toISOString() };
    assert.deepEqual(await good.call('StopTransaction', stop), {});
  });

  const connect = (id: string) => BareStation.connect(server.ocpp, id);
  const transactionsOf = (id: string) => api.all<TransactionDocument>(`/transactions?stationId=${id}`);
  const refusedAs =
    (...codes: string[]) =>
    (error: unknown): boolean => {
      assert.ok(error instanceof CallRefused, String(error));
      assert.ok(codes.includes(error.code), error.message);
      return true;
    };

  it('malformed JSON and things that are no message: ignored, or answered where there is an id', async () => {
    await using station = await connect('garbler');
    const garbage = ['', '{', 'null', '42', '"text"', '[', '[]', '[2]', '[2,null]', '{"a":1}', '[3,"nobody-asked",{}]'];
    for (const text of [...garbage, '[4,"nobody-asked","GenericError","",{}]', '\u0000', '[[[[[[[[', '[9,"x",{}]']) {
      station.sendText(text);
    }
    // Answers keep the order of the frames, so what is answered now was read after all of that.
    assert.ok('currentTime' in (await station.call('Heartbeat', {})));
    assert.deepEqual(station.strays, []);

    station.sendText('[2,"an-id","Heartbeat"]');
    assert.match(await station.nextStray(), /^\[4,"an-id","FormationViolation"/);
    const deep = `[2,"deep","Heartbeat",${'['.repeat(50_000)}${']'.repeat(50_000)}]`;
    station.sendText(deep);
    assert.ok('currentTime' in (await station.call('Heartbeat', {})));
    assert.equal(station.isOpen, true);
  });

  it('wrong types: CALLERROR where no fact is at stake', async () => {
    await using station = await connect('mistyper');
    const status = { connectorId: 1, status: 'Available', errorCode: 'NoError' };
    const types = refusedAs('TypeConstraintViolation');
    await assert.rejects(station.call('StatusNotification', { ...status, connectorId: 'one' }), types);
    await assert.rejects(station.call('Authorize', { idTag: null }), types);
    await assert.rejects(station.call('Authorize', { idTag: { value: 'x' } }), types);
    await assert.rejects(
      station.call('StatusNotification', { ...status, status: 'Exploded' }),
      refusedAs('PropertyConstraintViolation'),
    );
    await assert.rejects(
      station.call('BootNotification', { chargePointVendor: 'only' }),
      refusedAs('OccurenceConstraintViolation', 'ProtocolError', 'FormationViolation'),
    );
    for (const payload of [null, 7, 'text', []]) {
      await assert.rejects(
        station.call('Authorize', payload),
        refusedAs('TypeConstraintViolation', 'FormationViolation', 'OccurenceConstraintViolation'),
      );
    }
  });

  it('wrong types in messages about money: taken, stored and flagged, never CALLERROR', async () => {
    await using station = await connect('odd-meter');
    const timestamp = new Date(Date.now() - 10_000).toISOString();
    const start = await station.call<{ transactionId: number }>('StartTransaction', {
      connectorId: '1',
      idTag: 'GOOD-CARD-THAT-IS-FAR-TOO-LONG',
      meterStart: '1000',
      timestamp,
      colour: 'red',
    });
    assert.ok(start.transactionId > 0);
    const { transactionId } = start;
    const odd = [
      { connectorId: 1, transactionId, meterValue: null },
      { connectorId: 1, transactionId, meterValue: [{ timestamp, sampledValue: [{ value: 1200, unit: 'wh' }] }] },
      { connectorId: 1, transactionId: 'none', meterValue: [{ sampledValue: [{ value: 'NaN' }] }] },
      { connectorId: { no: 'number' }, meterValue: 'all of it' },
      [],
      null,
    ];
    for (const payload of odd) assert.deepEqual(await station.call('MeterValues', payload), {});
    for (const payload of [null, {}, 'stop!', { transactionId: 'x' }, { transactionId: null, meterStop: -5 }]) {
      assert.deepEqual(await station.call('StopTransaction', payload), {});
    }
    const stop = { transactionId: String(transactionId), meterStop: '1500.25', timestamp: new Date().toISOString() };
    assert.deepEqual(await station.call('StopTransaction', stop), {});
    const stored = (await transactionsOf('odd-meter')).find((one) => one.stationTransactionId === `${transactionId}`);
    assert.ok(stored !== undefined);
    assert.deepEqual([stored.status, stored.evseId, stored.energyWh], ['ended', 1, 500.25]);
    assert.ok(stored.flags.includes('schema-violation'), stored.flags.join());
  });

  it('a null idTag: a transaction without a token, refused as Invalid', async () => {
    await using station = await connect('nobody');
    for (const idTag of [null, undefined, '']) {
      const answer = await station.call<{ transactionId: number; idTagInfo: { status: string } }>('StartTransaction', {
        connectorId: 1,
        idTag,
        meterStart: 1,
        timestamp: new Date().toISOString(),
      });
      assert.ok(answer.transactionId > 0);
      assert.equal(answer.idTagInfo.status, 'Invalid');
    }
    const stored = await transactionsOf('nobody');
    assert.equal(stored.length, 3);
    assert.ok(stored.every(({ idToken }) => idToken === null));
    // The schema lets an empty text pass.
    assert.equal(stored.filter(({ flags }) => flags.includes('schema-violation')).length, 2);
  });

  it('times without a zone are UTC; absurd times are kept, flagged and never a crash', async () => {
    await using station = await connect('time-traveller');
    const absurd = [
      '0001-01-01T00:00:00Z',
      '1970-01-01T00:00:00Z',
      '9999-12-31T23:59:59.999Z',
      '2026-02-30T12:00:00Z',
      '+292278994-08-17T07:12:55.807Z',
      '-000001-01-01T00:00:00Z',
      'yesterday',
      '',
      null,
      1_750_000_000,
    ];
    const numbers: number[] = [];
    for (const [index, timestamp] of absurd.entries()) {
      const meterValue = [{ timestamp, sampledValue: [{ value: `${index}` }] }];
      const start = { connectorId: 1, idTag: 'GOOD-CARD', meterStart: index, timestamp };
      const { transactionId } = await station.call<{ transactionId: number }>('StartTransaction', start);
      numbers.push(transactionId);
      assert.deepEqual(await station.call('MeterValues', { connectorId: 1, transactionId, meterValue }), {});
      const stop = { transactionId, meterStop: index, timestamp, transactionData: meterValue };
      assert.deepEqual(await station.call('StopTransaction', stop), {});
    }
    const stored = await transactionsOf('time-traveller');
    assert.deepEqual(stored.map((one) => Number(one.stationTransactionId)).sort(), numbers.toSorted());
    for (const { status, flags, startedAt } of stored) {
      assert.equal(status, 'ended');
      assert.ok(
        flags.some((flag) => ['time-missing', 'clock-unreliable'].includes(flag)),
        `${startedAt} ${flags}`,
      );
      assert.ok(Math.abs(Date.parse(startedAt) - Date.now()) < 60_000, startedAt);
    }
    for (const { id } of stored) assert.ok((await api.all(`/transactions/${id}/meter-values`)).length >= 1);

    await using another = await connect('zoneless');
    const now = new Date(Math.floor(Date.now() / 1000) * 1000);
    const zoneless = now.toISOString().slice(0, 19);
    const start = { connectorId: 1, idTag: 'GOOD-CARD', meterStart: 0, timestamp: zoneless };
    const { transactionId } = await another.call<{ transactionId: number }>('StartTransaction', start);
    const meterValue = [{ timestamp: zoneless.replace('T', ' '), sampledValue: [{ value: '1' }] }];
    await another.call('MeterValues', { connectorId: 1, transactionId, meterValue });
    const east = new Date(now.getTime() + 8 * 3_600_000).toISOString().replace(/\.000Z$/, '+08:00');
    await another.call('StopTransaction', { transactionId, meterStop: 1, timestamp: east });
    const [one] = await transactionsOf('zoneless');
    assert.ok(one !== undefined);
    assert.deepEqual([one.startedAt, one.endedAt], [now.toISOString(), now.toISOString()]);
    const [sample] = await api.all<MeterValueDocument>(`/transactions/${one.id}/meter-values`);
    assert.equal(sample?.timestamp, now.toISOString());
  });

  it('frames of 1 MiB and binary frames: the socket is closed, and the next one is welcome', async () => {
    const before = await server.residentBytes();
    const huge = `[2,"huge","DataTransfer",{"vendorId":"x","data":"${'a'.repeat(MIB)}"}]`;
    for (let round = 0; round < 20; round++) {
      await using station = await connect('giant');
      station.sendText(huge);
      assert.equal((await within(station.closed, 'the close')).code, 1009);
    }
    await using binary = await connect('giant');
    binary.sendBinary(Buffer.from('[2,"b","Heartbeat",{}]'));
    assert.equal((await within(binary.closed, 'the close')).code, 1003);
    await using station = await connect('giant');
    assert.ok('currentTime' in (await station.call('Heartbeat', {})));
    assert.ok((await server.residentBytes()) - before < MOST_GROWTH_BYTES);
  });

  it('10,000 frames a second from one station: it is slowed down, nothing is lost, others are served', async () => {
    const before = await server.residentBytes();
    await using flooder = await connect('flooder');
    await using neighbour = await connect('neighbour');
    const frames = 20_000;
    let answered = 0;
    const seconds = 2;
    let slowest = 0;
    let sent = 0;
    const flood = async () => {
      const begun = performance.now();
      while (sent < frames) {
        const due = Math.min(frames, Math.ceil(((performance.now() - begun) / 1000) * (frames / seconds)));
        for (; sent < due; sent++) {
          flooder.call('Heartbeat', {}).then(
            () => {
              answered += 1;
            },
            () => {},
          );
        }
        await new Promise(setImmediate);
      }
    };
    const serve = async () => {
      while (sent < frames) {
        const begun = performance.now();
        await neighbour.call('StatusNotification', { connectorId: 1, status: 'Available', errorCode: 'NoError' });
        slowest = Math.max(slowest, performance.now() - begun);
      }
    };
    await Promise.all([flood(), serve()]);
    assert.ok(slowest < 1000, `the neighbour waited ${slowest} ms`);
    assert.ok(answered < frames / 2, `${answered} of ${frames} were answered at once`);
    assert.ok(answered > 500, `only ${answered} were answered`);
    assert.ok((await readMetric(server.http, 'voltpile_gateway_pauses_total', 'reason="rate"')) > 0);
    const growth = (await server.residentBytes()) - before;
    assert.ok(growth < MOST_GROWTH_BYTES, `grown by ${growth / MIB} MiB`);
    // It is not cut off for a burst: what it has sent is answered in its turn.
    const soFar = answered;
    await eventually('more answers', () => answered > soFar + 100);
    assert.equal(flooder.isOpen, true);
  });

  it('5,000 half-open sockets: the oldest make room, a good station comes in', async function () {
    this.timeout(60_000);
    const before = await server.residentBytes();
    const sockets: Socket[] = [];
    let dropped = 0;
    try {
      for (let batch = 0; batch < 50; batch++) {
        const opened = await Promise.all(Array.from({ length: 100 }, () => openTcp(server.ocpp)));
        for (const socket of opened) {
          socket.on('close', () => {
            dropped += 1;
          });
          // A third say nothing, a third begin a request, a third dribble a header.
          if (sockets.length % 3 === 1) socket.write('GET /ocpp/half');
          if (sockets.length % 3 === 2) socket.write('GET /ocpp/half HTTP/1.1\r\nHost: a\r\nX-Slow: ');
          sockets.push(socket);
        }
      }
      const begun = performance.now();
      await using station = await connect('undeterred');
      assert.ok('currentTime' in (await station.call('Heartbeat', {})));
      assert.ok(performance.now() - begun < 2000);
      await eventually('the oldest were dropped', () => dropped >= 3000);
      assert.ok((await readMetric(server.http, 'voltpile_gateway_half_open_sockets')) <= 2000);
      const growth = (await server.residentBytes()) - before;
      assert.ok(growth < MOST_GROWTH_BYTES, `grown by ${growth / MIB} MiB`);
    } finally {
      for (const socket of sockets) socket.destroy();
    }
    await eventually('none is left', async () => {
      return (await readMetric(server.http, 'voltpile_gateway_half_open_sockets')) === 0;
    });
  });

  it('handshakes that are none: each gets its status, before any login', async () => {
    const cases: [text: string, status: RegExp][] = [
      [handshakeText('/%ZZ'), /^HTTP\/1\.1 400 /],
      [handshakeText('/ocpp/%ZZ'), /^HTTP\/1\.1 400 /],
      [handshakeText('/ocpp/%C3%28'), /^HTTP\/1\.1 400 /],
      [handshakeText('/ocpp/a%00b'), /^HTTP\/1\.1 400 /],
      [handshakeText(`/ocpp/${'a'.repeat(129)}`), /^HTTP\/1\.1 400 /],
      [handshakeText('/ocpp/'), /^HTTP\/1\.1 404 /],
      [handshakeText('/nowhere/x'), /^HTTP\/1\.1 404 /],
      [handshakeText('/ocpp/x', 'ocpp9.9'), /^HTTP\/1\.1 400 /],
      ['GET /ocpp/x HTTP/1.1\r\nHost: a\r\n\r\n', /^HTTP\/1\.1 426 /],
      ['GET /%ZZ HTTP/1.1\r\nHost: a\r\n\r\n', /^HTTP\/1\.1 400 /],
      ['\u0016\u0003\u0001 not http at all\r\n\r\n', /^HTTP\/1\.1 400 /],
      [`GET /ocpp/x HTTP/1.1\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`, /^HTTP\/1\.1 431 /],
    ];
    for (const [text, status] of cases) assert.match(await exchange(server.ocpp, text), status, text.slice(0, 80));
    for (const path of ['/%ZZ', '/api/v1/stations/%ZZ', '/api/v1/%E0%A4%A']) {
      const answer = await exchange(server.http, `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
      assert.match(answer, /^HTTP\/1\.1 4\d\d /, path);
    }
  });

  it('unknown actions: NotImplemented, and no trace in the figures', async () => {
    await using station = await connect('inventor');
    const invented = Array.from({ length: 500 }, (_, index) => `Invented${index}`);
    await Promise.all(invented.map((action) => assert.rejects(station.call(action, {}), refusedAs('NotImplemented'))));
    for (const action of ['constructor', '__proto__', 'toString', '']) {
      await assert.rejects(station.call(action, {}), refusedAs('NotImplemented', 'FormationViolation'));
    }
    assert.doesNotMatch(await (await fetch(`${server.http}/metrics`)).text(), /Invented/);
  });

  it('wrong passwords: 401, then 429 for that identity; its neighbours come in', async () => {
    const password = 'a-password-of-16-or-more';
    for (const id of ['guessed', 'spared']) await api.post('/stations', { id, password });
    const attempt = async (id: string, guess: string) => {
      try {
        await (await BareStation.connect(server.ocpp, id, { password: guess })).close();
        return 101;
      } catch (error) {
        assert.ok(error instanceof HandshakeRefused, String(error));
        if (error.status === 429) assert.ok(Number(error.headers['retry-after']) > 0);
        return error.status;
      }
    };
    const statuses: number[] = [];
    for (let index = 0; index < 8; index++) statuses.push(await attempt('guessed', `wrong-guess-number-${index}`));
    assert.deepEqual(statuses, [401, 401, 401, 401, 401, 429, 429, 429]);
    // Otherwise one could go on guessing and see which one was right.
    assert.equal(await attempt('guessed', password), 429);
    assert.equal(await attempt('spared', password), 101);
    assert.doesNotMatch(server.log.join('\n'), /wrong-guess-number|a-password-of-16/);
  });

  it('has logged nothing that it did not expect', () => {
    const unexpected = server.log.filter((line) => /uncaught|unhandled|ERROR|FATAL/i.test(line));
    assert.deepEqual(unexpected, []);
  });
});
