import assert from 'node:assert/strict';
import type { ApiClient } from './harness/api-client.ts';
import type { StationDocument, TransactionDocument } from './harness/api-views.ts';
import { BarePile, PileSocketLost } from './harness/bare-pile.ts';
import { PATIENCE_MS, within } from './harness/deadline.ts';
import { eventually } from './harness/eventually.ts';
import { readMetric } from './harness/metrics.ts';
import {
  type ChargeRecord,
  loginBody,
  place,
  realtimeBody,
  recordBody,
  recordEndingNow,
  STARTED,
  serialOf,
} from './harness/pile-bodies.ts';
import { bcd, crc16, frame, number } from './harness/pile-bytes.ts';
import { ServerUnderTest } from './harness/server-process.ts';

const MIB = 1024 * 1024;
/** Generous: the heap breathes. What is unbounded grows by far more under this load. */
const MOST_GROWTH_BYTES = 250 * MIB;
const CARD = 'D14B0A54';
const SHANGHAI = 480;
const GOOD = '32010600010001';
/** The server gives a login 15 s, and a frame 8 s. */
const LOGIN_OVER_MS = 20_000;
const FRAME_OVER_MS = 12_000;

describe('hostile and broken YKC piles', function () {
  this.timeout(40_000);
  let server: ServerUnderTest;
  let api: ApiClient;
  let good: BarePile;
  let goodCharges = 0;
  let piles = 1;
  let restingBytes: number;

  before(async () => {
    server = await ServerUnderTest.start({ VOLTPILE_ONBOARDING: 'pending' });
    api = await server.login();
    const [site] = await api.all<{ readonly id: string }>('/sites');
    await api.patch(`/sites/${site?.id}`, { timeZone: 'Asia/Shanghai' });
    await api.post('/id-tokens', { idToken: CARD, type: 'ISO14443', status: 'Accepted' });
    await api.post('/stations', { id: GOOD, password: null, registrationStatus: 'Accepted' });
    good = await BarePile.enter(server.ykc, GOOD);
    await serveGood();
    restingBytes = await server.residentBytes();
  });
  after(async () => {
    await good?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });
  afterEach('the server lives, serves a good pile, and holds nothing any more', async () => {
    assert.ok(server.isRunning);
    await serveGood();
    await eventually('only the good pile is connected', async () => {
      const connected = await readMetric(server.http, 'voltpile_gateway_connections', 'protocol="ykc"');
      const halfOpen = await readMetric(server.http, 'voltpile_gateway_half_open_sockets');
      return connected === 1 && halfOpen === 0;
    });
    assert.ok((await server.residentBytes()) - restingBytes < MOST_GROWTH_BYTES);
  });

  /** A charge from the good pile's memory: a heartbeat, and a record that is confirmed. */
  async function serveGood(): Promise<void> {
    await good.heartbeat();
    goodCharges += 1;
    const serial = serialOf(GOOD, 1, Date.now(), goodCharges, SHANGHAI);
    assert.equal(await good.deliver(recordOf(serial, { startedBy: STARTED.byCardOffline })), 0);
  }

  /** Serves the good pile until that is over, and tells the longest that it waited. */
  async function serveGoodDuring(work: Promise<unknown>): Promise<number> {
    let isOver = false;
    const over = work.finally(() => {
      isOver = true;
    });
    let slowest = 0;
    while (!isOver) {
      const begun = performance.now();
      await good.heartbeat();
      slowest = Math.max(slowest, performance.now() - begun);
      // Not faster than a pile may talk.
      await Promise.race([over.catch(() => {}), new Promise((resolve) => setTimeout(resolve, 100))]);
    }
    await over;
    return slowest;
  }

  const recordOf = (serial: string, more: Partial<ChargeRecord> = {}): ChargeRecord =>
    recordEndingNow(serial, CARD, more);

  async function registered(): Promise<string> {
    const id = `3201060001${String(++piles).padStart(4, '0')}`;
    await api.post('/stations', { id, password: null, registrationStatus: 'Accepted' });
    return id;
  }

  const connect = (pileNo: string) => BarePile.connect(server.ykc, pileNo);
  const enter = async () => BarePile.enter(server.ykc, await registered());
  const closed = (pile: BarePile, milliseconds = PATIENCE_MS) => within(pile.closed, 'the end', milliseconds);
  const transactionsOf = (id: string) => api.all<TransactionDocument>(`/transactions?stationId=${id}`);
  const problems = (kind: string) => readMetric(server.http, 'voltpile_gateway_frame_problems_total', `kind="${kind}"`);
  const beat = (pileNo: string) => Buffer.concat([place(pileNo, 1), number(0, 1)]);

  /** The answer to a login, or what came in its place. */
  async function tryLogin(pile: BarePile): Promise<'accepted' | 'refused' | 'silence'> {
    try {
      return await pile.login();
    } catch (error) {
      if (error instanceof PileSocketLost) return 'silence';
      throw error;
    }
  }

  it('half frames and silent sockets: each has its time, and a good pile never waits for them', async () => {
    await using stack = new AsyncDisposableStack();
    const pileNo = await registered();
    const login = frame(0x01, loginBody(pileNo, 1));
    const kinds: [bytes: Buffer, milliseconds: number][] = [
      [Buffer.alloc(0), LOGIN_OVER_MS],
      [Buffer.from([0x68]), FRAME_OVER_MS],
      [login.subarray(0, 2), FRAME_OVER_MS],
      [login.subarray(0, -1), FRAME_OVER_MS],
      [Buffer.from([0x68, 0xff]), FRAME_OVER_MS],
    ];
    const ends: Promise<void>[] = [];
    for (let index = 0; index < 300; index++) {
      const [bytes, milliseconds] = kinds[index % kinds.length] as (typeof kinds)[number];
      const pile = stack.use(await connect(pileNo));
      pile.sendBytes(bytes);
      ends.push(closed(pile, milliseconds));
    }
    // One that is logged in, and stops in the middle of a word; one that goes on without end, byte by byte.
    const inside = stack.use(await enter());
    // What the server asks a new pile is answered by then.
    await inside.heartbeat();
    inside.sendBytes(frame(0x13, realtimeBody(inside.pileNo, 1, { status: 'idle', plugged: false })).subarray(0, 40));
    ends.push(closed(inside, FRAME_OVER_MS));
    const dribbler = stack.use(await connect(pileNo));
    const dribble = setInterval(() => dribbler.sendBytes(Buffer.from([dribbler.isOpen ? 0x68 : 0])), 500);
    stack.defer(() => clearInterval(dribble));
    ends.push(closed(dribbler, LOGIN_OVER_MS));
    const slowest = await serveGoodDuring(Promise.all(ends));
    assert.ok(slowest < 1000, `the good pile waited ${slowest} ms`);
  });

  it('thousands of sockets that say nothing: the oldest make room, a good pile comes in', async () => {
    await using stack = new AsyncDisposableStack();
    const open: BarePile[] = [];
    for (let batch = 0; batch < 30; batch++) {
      const opened = await Promise.all(Array.from({ length: 100 }, () => connect(GOOD)));
      for (const pile of opened) open.push(stack.use(pile));
    }
    const begun = performance.now();
    const undeterred = stack.use(await enter());
    await undeterred.heartbeat();
    assert.ok(performance.now() - begun < 2000);
    await Promise.all(open.slice(0, 900).map((pile) => closed(pile)));
    assert.ok((await readMetric(server.http, 'voltpile_gateway_half_open_sockets')) <= 2000);
  });

  it('garbage: strangers are left at once, a pile after 1 KiB of it', async () => {
    const before = await problems('bad-check');
    for (const bytes of [
      Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n'),
      Buffer.from('16030100', 'hex'),
      Buffer.alloc(1024),
      Buffer.alloc(1024, 0xff),
    ]) {
      await using stranger = await connect(GOOD);
      stranger.sendBytes(bytes);
      await closed(stranger);
    }
    await using noisy = await enter();
    for (let round = 0; round < 20; round++) {
      // A line that flickers: 1,000 bytes in all of it, but never so many in a row.
      noisy.sendBytes(Buffer.alloc(50, round));
      await noisy.heartbeat();
    }
    noisy.sendBytes(Buffer.alloc(1025, 0x11));
    await closed(noisy);
    // Start bytes all over: each of them may begin a frame, and none does.
    await using tempting = await enter();
    tempting.sendBytes(Buffer.alloc(8192, 0x68));
    await closed(tempting);
    assert.ok((await problems('bad-check')) > before);
  });

  it('lengths that lie: the frame is lost, the next one is not', async () => {
    await using liar = await enter();
    const body = beat(liar.pileNo);
    for (const length of [0, 1, 2, 3]) {
      liar.send(0x03, body, { length });
      await liar.heartbeat();
    }
    // Longer than it is: what follows is taken for its end, until the check shows that it is none.
    liar.send(0x03, body, { length: 60 });
    const beats = Array.from({ length: 6 }, () => liar.heartbeat());
    await Promise.all(beats);
    liar.send(0x03, body, { length: 5 });
    await liar.heartbeat();
    liar.send(0x13, Buffer.alloc(0));
    liar.send(0x3b, bcd(liar.pileNo, 7));
    liar.send(0x01, Buffer.alloc(3));
    await liar.heartbeat();
    assert.deepEqual(await transactionsOf(liar.pileNo), []);
  });

  it('frames before the login: nothing is believed, nothing is answered, and after ten it is over', async () => {
    await using stranger = await connect(await registered());
    const { pileNo } = stranger;
    const serial = serialOf(pileNo, 1, Date.now(), 1, SHANGHAI);
    stranger.send(0x03, beat(pileNo));
    stranger.send(0x3b, recordBody(pileNo, recordOf(serial), SHANGHAI));
    stranger.send(0x13, realtimeBody(pileNo, 1, { serial, status: 'charging', plugged: true }));
    // It has only forgotten itself.
    assert.equal(await stranger.login(), 'accepted');
    await stranger.heartbeat();
    assert.deepEqual(await transactionsOf(pileNo), []);

    await using other = await connect(await registered());
    for (let index = 0; index < 10; index++) {
      other.send(0x3b, recordBody(other.pileNo, recordOf(serial), SHANGHAI));
    }
    await closed(other);
    assert.deepEqual(other.untaken, []);
    assert.deepEqual(await transactionsOf(other.pileNo), []);
  });

  it('the number of another pile: an alarm, nothing believed, and after ten it is over', async () => {
    await using impostor = await enter();
    await using live = await api.events({ query: 'types=security-event.reported' });
    const serial = serialOf(GOOD, 1, Date.now(), 9999, SHANGHAI);
    const before = (await transactionsOf(GOOD)).length;
    for (let index = 0; index < 10; index++) impostor.send(0x3b, recordBody(GOOD, recordOf(serial), SHANGHAI));
    await closed(impostor);
    const event = await live.next('the alarm', ({ stationId }) => stationId === impostor.pileNo);
    assert.match(JSON.stringify(event.data), /ForeignPileNumber/);
    assert.equal(live.events.length, 1);
    assert.deepEqual(impostor.untaken, []);
    assert.equal((await transactionsOf(GOOD)).length, before);
  });

  it('login floods: unknown numbers are refused, a number is not tried for ever, others come in', async () => {
    const unknown: string[] = [];
    const flood = async () => {
      for (let batch = 0; batch < 20; batch++) {
        const tries = Array.from({ length: 20 }, async (_, index) => {
          await using guess = await connect(`99${String(batch * 20 + index).padStart(12, '0')}`);
          unknown.push(await tryLogin(guess));
        });
        await Promise.all(tries);
      }
    };
    const slowest = await serveGoodDuring(flood());
    assert.ok(slowest < 1000, `the good pile waited ${slowest} ms`);
    assert.equal(unknown.length, 400);
    assert.ok(!unknown.includes('accepted'));

    const pileNo = await registered();
    const answers: string[] = [];
    for (let index = 0; index < 10; index++) {
      await using again = await connect(pileNo);
      answers.push(await tryLogin(again));
      again.terminate();
      await eventually('it is gone', async () => {
        return !(await api.get<StationDocument>(`/stations/${pileNo}`)).online;
      });
    }
    assert.equal(answers[0], 'accepted');
    assert.equal(answers.at(-1), 'silence');
    await using another = await enter();
    await another.heartbeat();
  });

  it('a pile that waits for approval, and one that nobody knows: no charge, and no start', async () => {
    const pileNo = await registered();
    await api.patch(`/stations/${pileNo}`, { registrationStatus: 'Pending' });
    await using waiting = await connect(pileNo);
    assert.equal(await waiting.login(), 'refused');
    await closed(waiting);
    await using unknown = await connect('77777777777777');
    assert.notEqual(await tryLogin(unknown), 'accepted');
    await closed(unknown);
  });

  it('a second login while a pile charges: it stays where it answers', async () => {
    await using pile = await enter();
    await using live = await api.events({ query: `stationId=${pile.pileNo}` });
    const { serial } = await pile.showCard(CARD);
    pile.report(1, { serial, status: 'charging', plugged: true });
    await using intruder = await connect(pile.pileNo);
    assert.equal(await intruder.login(), 'refused');
    await closed(intruder);
    const refused = await live.next('the alarm', ({ type }) => type === 'security-event.reported');
    assert.match(JSON.stringify(refused.data), /SecondLogin/);
    await pile.heartbeat();
    assert.equal(await pile.deliver(recordOf(serial)), 0);
    const [one, ...others] = await transactionsOf(pile.pileNo);
    assert.deepEqual([one?.status, one?.energyWh, one?.flags, others.length], ['ended', 1234.5, [], 0]);
  });

  it('a second login while a pile charges: it moves from where it does not answer', async () => {
    await using lost = await enter();
    const { pileNo } = lost;
    await using live = await api.events({ query: `stationId=${pileNo}` });
    const { serial } = await lost.showCard(CARD);
    lost.report(1, { serial, status: 'charging', plugged: true });
    await lost.heartbeat();
    // A dead line: what the server sends reaches nobody, and it is not told.
    lost.pause();
    const pictures = new Map([[1, { serial, status: 'charging', plugged: true } as const]]);
    await using back = await BarePile.connect(server.ykc, pileNo, { pictures });
    assert.equal(await back.login(), 'accepted');
    lost.resume();
    await closed(lost);
    const taken = await live.next('the alarm', ({ type }) => type === 'security-event.reported');
    assert.match(JSON.stringify(taken.data), /ConnectionTakenOver.*while it charges/);
    await back.heartbeat();
    assert.equal(await back.deliver(recordOf(serial)), 0);
    const [one, ...others] = await transactionsOf(pileNo);
    assert.deepEqual([one?.status, one?.energyWh, one?.flags, others.length], ['ended', 1234.5, [], 0]);
    assert.deepEqual(
      back.untaken.filter((type) => type === '0x36'),
      [],
    );
    assert.equal((await api.get<StationDocument>(`/stations/${pileNo}`)).online, true);
  });

  it('encrypted frames, unknown types, answers to nothing: passed over, and the pile stays', async () => {
    await using odd = await enter();
    const { pileNo } = odd;
    for (let round = 0; round < 5; round++) {
      odd.send(0x03, beat(pileNo), { encryption: 1 });
      odd.send(0x13, Buffer.alloc(64, 0xab), { encryption: 1 });
      for (const type of [0x00, 0x29, 0x77, 0xf9, 0xff]) odd.send(type, Buffer.alloc(20, 0x5a));
      odd.send(0x04, beat(pileNo));
      odd.send(0x33, Buffer.concat([bcd('', 16), place(pileNo, 1), number(1, 1), number(0, 1)]));
      odd.send(0x35, Buffer.concat([place(pileNo, 1), number(1, 1), number(0, 1)]));
      await odd.heartbeat();
    }
    assert.ok((await problems('encrypted')) >= 10);
    assert.ok((await problems('unknown-type')) >= 25);
    assert.equal(odd.isOpen, true);
    assert.deepEqual(odd.untaken, []);
  });

  it('wrong checks: nine in a row are a bad line, ten are too many', async () => {
    await using broken = await enter();
    const body = beat(broken.pileNo);
    const damage = () => broken.send(0x03, body, { crc: 0x1234 });
    for (let round = 0; round < 3; round++) {
      for (let index = 0; index < 9; index++) damage();
      await broken.heartbeat();
    }
    for (let index = 0; index < 10; index++) damage();
    await closed(broken);
  });

  it('checks with the high byte first are checks, too', async () => {
    await using turned = await connect(await registered());
    const { pileNo } = turned;
    const swapped = (type: number, body: Buffer, sequence: string) => {
      const bytes = frame(type, body, { sequence: Buffer.from(sequence, 'hex') });
      const crc = crc16(bytes.subarray(2, -2));
      bytes.writeUInt16BE(crc, bytes.length - 2);
      return bytes;
    };
    turned.sendBytes(swapped(0x01, loginBody(pileNo, 1), '0000'));
    assert.equal((await turned.next(0x02)).body[7], 0);
    const serial = serialOf(pileNo, 1, Date.now(), 1, SHANGHAI);
    const record = recordOf(serial, { startedBy: STARTED.byCardOffline });
    turned.sendBytes(swapped(0x3b, recordBody(pileNo, record, SHANGHAI), 'beef'));
    const confirmed = await turned.next(0x40);
    assert.deepEqual([confirmed.sequence.toString('hex'), confirmed.body[16]], ['beef', 0]);
  });

  it('records that cannot be true: confirmed, kept, and held from billing; never a crash', async () => {
    await using pile = await enter();
    const { pileNo } = pile;
    const sane = (counter: number) =>
      recordBody(
        pileNo,
        recordOf(serialOf(pileNo, 1, Date.now(), counter, SHANGHAI), { startedBy: STARTED.byCardOffline }),
        SHANGHAI,
      );
    const change = (counter: number, at: number, hex: string): Buffer => {
      const body = sane(counter);
      Buffer.from(hex, 'hex').copy(body, at);
      return body;
    };
    const NO_TIME = 'ffffffffffffff';
    const bodies: readonly Buffer[] = [
      change(1, 24, NO_TIME),
      change(2, 31, NO_TIME),
      change(3, 24, '00000000000000'),
      // The 31st of February, and the year 2127.
      change(4, 24, '0000000c1f021a'),
      change(5, 31, '0000000c01017f'),
      // Registers as large as can be, and such that go back.
      change(6, 107, 'ffffffffff'),
      change(7, 102, 'ffffffffff'),
      change(8, 112, 'ffffffffffffffffffffffff'),
      // No serial, and one that has no decimal digits.
      change(9, 0, '00'.repeat(16)),
      change(10, 0, `${'ab'.repeat(15)}0a`),
      // A gun that the pile does not have, kinds and reasons that nobody knows, a VIN of control characters.
      change(11, 23, 'ff'),
      change(12, 141, '09'),
      change(13, 149, 'ff'),
      change(14, 124, '00010203040506070809ff0b0c27223c3e'),
      // More than the table knows of.
      Buffer.concat([sane(15), Buffer.alloc(60, 0xcc)]),
    ];
    for (const body of bodies) {
      const { body: confirmed } = await pile.ask(0x3b, body, 0x40);
      assert.deepEqual([confirmed.subarray(0, 16), confirmed[16]], [body.subarray(0, 16), 0]);
    }
    const stored = await transactionsOf(pileNo);
    assert.equal(stored.length, bodies.length);
    for (const { status, energyWh, flags, holds } of stored) {
      assert.equal(status, 'ended');
      assert.ok(energyWh === null || energyWh === 1234.5 || holds.length > 0, JSON.stringify({ energyWh, flags }));
    }
    const held = stored
      .filter(({ holds }) => holds.length > 0)
      .map(({ stationTransactionId }) => Number(stationTransactionId?.slice(-4)));
    for (const counter of [5, 6, 7, 8]) assert.ok(held.includes(counter), `${counter} is not among ${held}`);
    await pile.heartbeat();
    // What is too short to be a record is none.
    pile.send(0x3b, sane(16).subarray(0, 100));
    await pile.heartbeat();
    assert.deepEqual(pile.untaken, []);
  });

  it('cards tried out at one pile: after some nobody is asked any more', async () => {
    await using pile = await enter();
    const answers = [];
    for (let index = 0; index < 30; index++) answers.push(await pile.showCard(`DEAD${String(index).padStart(4, '0')}`));
    assert.ok(answers.every(({ accepted }) => !accepted));
    // Neither is a good card now, so that nobody learns which one it is.
    assert.equal((await pile.showCard(CARD)).accepted, false);
  });

  it('6,000 frames at once from one pile: it is slowed down, all are answered, the neighbour is served', async () => {
    await using flooder = await enter();
    let answered = 0;
    // More than one read from a socket can bring (64 KiB).
    for (let index = 0; index < 6000; index++) {
      flooder.heartbeat().then(
        () => {
          answered += 1;
        },
        () => {},
      );
    }
    const slowest = await serveGoodDuring(eventually('the first answers', () => answered >= 200));
    assert.ok(slowest < 1000, `the good pile waited ${slowest} ms`);
    assert.ok(answered < 6000, `${answered} were answered at once`);
    assert.ok((await readMetric(server.http, 'voltpile_gateway_pauses_total', 'reason="rate"')) > 0);
    const soFar = answered;
    await eventually('more answers', () => answered >= soFar + 20);
    assert.equal(flooder.isOpen, true);
  });

  it('has logged nothing that it did not expect', () => {
    const unexpected = server.log.filter((line) => /uncaught|unhandled|ERROR|FATAL/i.test(line));
    assert.deepEqual(unexpected, []);
  });
});
