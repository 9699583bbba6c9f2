import assert from 'node:assert/strict';
import type { RegistrationStatus, StationPort } from '@voltpile/csms/contract/station-port';
import { cp56OfWallMs } from '@voltpile/ykc/fields/cp56-time';
import { clockReply } from '@voltpile/ykc/messages/clock';
import { firmwareUpdate, firmwareUpdateReply } from '@voltpile/ykc/messages/firmware';
import { heartbeat } from '@voltpile/ykc/messages/heartbeat';
import { parallelStartRequest } from '@voltpile/ykc/messages/parallel';
import { parkingLockStatus } from '@voltpile/ykc/messages/parking-lock';
import { realtimeData } from '@voltpile/ykc/messages/realtime-data';
import { transactionRecord } from '@voltpile/ykc/messages/record';
import { startRequest } from '@voltpile/ykc/messages/start';
import { tariffRequest } from '@voltpile/ykc/messages/tariff';
import { databaseAway } from '../testing/database-away.ts';
import { BEGIN_WALL_MS, cardRequest, idle, realtime, record, SERIAL } from './testing/bodies.ts';
import { awayOnce, sayTwice } from './testing/outage.ts';
import { PILE_NO, PileBench } from './testing/pile-bench.ts';

const SIM = '89860486101122330064';
const OTHER_SIM = '8986048610112233006f';
const namesOf = (bench: PileBench): string[] => bench.frames().map(({ name }) => name);

describe('a login', () => {
  it('that is repeated tells of a changed SIM card once, and of the next change again', async () => {
    const bench = new PileBench({ iccid: SIM });
    for (const sim of [OTHER_SIM, OTHER_SIM, '0'.repeat(20), OTHER_SIM]) await bench.say(bench.login({ sim }));
    assert.deepEqual(bench.securityEvents, ['SimCardChanged']);
    await bench.say(bench.login({ sim: SIM }));
    assert.equal(bench.securityEvents.length, 2);
    assert.equal(bench.told('booted').length, 5);
  });

  it('that is stored in the second try has told of its card in the first, and is greeted once', async () => {
    const bench = new PileBench({ iccid: SIM });
    awayOnce(bench, 'booted');
    await sayTwice(bench, bench.login({ sim: OTHER_SIM }));
    assert.deepEqual([bench.securityEvents, namesOf(bench)], [['SimCardChanged'], ['0x02', '0x56', '0x12']]);
  });

  it('follows what is decided of the pile, each time', async () => {
    const currentTime = new PileBench().clock.now();
    const bench = new PileBench();
    const decided = async (status: RegistrationStatus) => {
      Object.assign(bench.port, { booted: async () => ({ status, currentTime, intervalSeconds: 60 }) });
      await bench.say(bench.login());
      await bench.say(bench.frame(heartbeat, { pileNo: PILE_NO, gun: '01', gunState: 0 }));
      return namesOf(bench);
    };
    assert.deepEqual(await decided('Pending'), ['0x02']);
    assert.deepEqual(await decided('Accepted'), ['0x02', '0x56', '0x12', '0x04']);
    assert.deepEqual(await decided('Rejected'), ['0x02']);
    assert.equal(bench.left, 'not accepted');
    assert.deepEqual(bench.odds, ['before-login', 'before-login']);
    // Nothing is asked of it either.
    bench.ticks += 86_400_000;
    bench.pile.tick();
    assert.deepEqual(namesOf(bench), []);
  });
});

describe('what is asked again and again', () => {
  it('0x09: is spoken of from the 21st within an hour', async () => {
    const bench = await PileBench.loggedIn();
    const ask = async (times: number, everyMs: number) => {
      for (let asked = 0; asked < times; asked++) {
        await bench.say(bench.frame(tariffRequest, { pileNo: PILE_NO }));
        bench.ticks += everyMs;
      }
      return bench.warnings.length;
    };
    assert.equal(await ask(100, 180_000), 0, 'twenty an hour');
    bench.ticks += 3_600_000;
    assert.equal(await ask(20, 60_000), 0);
    assert.equal(await ask(1, 60_000), 1);
    assert.equal(await ask(100, 60_000), 1);
    bench.ticks += 3_600_000;
    assert.equal(await ask(21, 60_000), 2);
  });

  it('0x55: a clock that shows no time at all is set once more, and then spoken of', async () => {
    const bench = await PileBench.loggedIn();
    const time = { ...cp56OfWallMs(BEGIN_WALL_MS), day: 31, month: 2 };
    for (let times = 0; times < 2; times++) await bench.say(bench.frame(clockReply, { pileNo: PILE_NO, time }));
    assert.deepEqual([namesOf(bench), bench.clocks, bench.warnings.length], [['0x56'], [], 1]);
    await bench.say(bench.frame(clockReply, { pileNo: PILE_NO, time: cp56OfWallMs(BEGIN_WALL_MS + 60_000) }));
    assert.deepEqual([namesOf(bench), bench.clocks], [[], [bench.clock.now() + 60_000]]);
  });

  it('0x61: each gun has a lock; what could not be stored is told again', async () => {
    const bench = await PileBench.loggedIn({ guns: 2 });
    const status = { pileNo: PILE_NO, lock: '07', space: '00', battery: 9, alarm: '00', rsv: '00000000' };
    awayOnce(bench, 'factReported');
    await sayTwice(bench, bench.frame(parkingLockStatus, { ...status, gun: '01' }));
    await bench.say(bench.frame(parkingLockStatus, { ...status, gun: '02' }));
    await bench.say(bench.frame(parkingLockStatus, { ...status, gun: '01' }));
    assert.deepEqual(
      bench.told('factReported').map(({ detail }) => {
        const { evseId, lock } = detail as { evseId: number; lock: string };
        return [evseId, lock];
      }),
      [
        [1, '07'],
        [2, '07'],
      ],
    );
  });

  it('0x93: what came of new firmware answers the command once it is stored', async () => {
    const bench = await PileBench.loggedIn();
    const deadline = bench.clock.now() + 5000;
    const body = { pileNo: PILE_NO, model: 1, power: 0, host: 'h', port: 21, user: 'u', pwd: 'p', path: '/f' };
    const outcome = bench.pile.ask(
      firmwareUpdate,
      { ...body, when: 1, timeoutMin: 5 },
      firmwareUpdateReply,
      () => true,
      deadline as never,
    );
    awayOnce(bench, 'firmwareStatusChanged');
    const frame = bench.read(bench.frame(firmwareUpdateReply, { pileNo: PILE_NO, status: 0 }));
    await assert.rejects(bench.pile.handle(bench.turn(frame)));
    assert.ok(bench.pile.questions.expects(firmwareUpdateReply.code));
    await bench.pile.handle(bench.turn(frame, 2));
    assert.equal((await outcome).kind, 'answered');
    assert.deepEqual(bench.methods, ['firmwareStatusChanged']);
  });
});

describe('a charge under a void serial', () => {
  const answers = {
    transactionStarted: {
      transactionId: null,
      stationTransactionId: SERIAL,
      idTokenInfo: { status: 'Blocked', groupIdToken: null, expiresAt: null },
    },
  } as const;
  const charges = (bench: PileBench) => bench.say(bench.frame(realtimeData, realtime()));
  const passes = (bench: PileBench, seconds: number) => {
    bench.ticks += seconds * 1000;
    bench.pile.tick();
    return namesOf(bench);
  };

  it('is stopped at once, every 15 s twice more, and told of like any other', async () => {
    const bench = await PileBench.loggedIn({ answers });
    await charges(bench);
    assert.deepEqual(namesOf(bench), ['0x36']);
    await charges(bench);
    assert.deepEqual(passes(bench, 14), []);
    assert.deepEqual(passes(bench, 1), ['0x36']);
    assert.deepEqual(passes(bench, 14), []);
    assert.deepEqual(passes(bench, 1), ['0x36']);
    assert.deepEqual([...passes(bench, 15), ...passes(bench, 60)], []);
    assert.deepEqual(bench.methods, ['connectorStatusChanged', 'transactionStarted', 'transactionUpdated']);
  });

  it('is left when the gun rests', async () => {
    const bench = await PileBench.loggedIn({ answers });
    await charges(bench);
    await bench.say(bench.frame(realtimeData, idle({ plugged: 1 })));
    bench.frames();
    assert.deepEqual([...passes(bench, 15), ...passes(bench, 15)], []);
  });

  it('is left when its record has come', async () => {
    const bench = await PileBench.loggedIn({ answers });
    await charges(bench);
    await bench.say(bench.frame(transactionRecord, record({ stopReason: 0x40 })));
    assert.deepEqual(namesOf(bench), ['0x36', '0x40']);
    assert.deepEqual([...passes(bench, 15), ...passes(bench, 15)], []);
  });

  it('that could not be stored at first is stopped as soon as it is', async () => {
    const bench = await PileBench.loggedIn({ answers });
    awayOnce(bench, 'transactionStarted');
    await sayTwice(bench, bench.frame(realtimeData, realtime()));
    assert.deepEqual(namesOf(bench), ['0x36']);
  });
});

describe('a request to start', () => {
  const ask = async (bench: PileBench, given: Parameters<typeof cardRequest>[0] = {}) => {
    await bench.say(bench.frame(startRequest, cardRequest(given)));
    const answers = bench.frames().filter(({ name }) => name === '0x32');
    return answers.at(-1)?.values ?? {};
  };

  it('is the same for a minute, at its gun, of its card', async () => {
    const bench = await PileBench.loggedIn({ guns: 2 });
    const { txSerial } = await ask(bench);
    bench.ticks += 59_999;
    assert.equal((await ask(bench)).txSerial, txSerial);
    const others = [
      (await ask(bench, { gun: '02' })).txSerial,
      (await ask(bench, { cardOrAccount: '00000000d14b0a55' })).txSerial,
    ];
    bench.ticks += 60_000;
    others.push((await ask(bench)).txSerial);
    assert.equal(new Set([txSerial, ...others]).size, 4);
    assert.equal(String(others[0]).slice(14, 16), '02');
  });

  it('in a group of guns is the same when it is repeated, and another one in another group', async () => {
    const bench = await PileBench.loggedIn({ guns: 2 });
    const serials: unknown[] = [];
    for (const parallelNo of ['260301180000', '260301180000', '260301180030']) {
      await bench.say(bench.frame(parallelStartRequest, { ...cardRequest(), mainAux: 0, parallelNo }));
      serials.push(bench.frames()[0]?.values.txSerial);
    }
    assert.equal(serials[0], serials[1]);
    assert.notEqual(serials[0], serials[2]);
    assert.notEqual((await ask(bench)).txSerial, serials[2]);
  });

  it('that the domain hears of in the second try is answered once, under one serial', async () => {
    for (const outOfReach of [1, 2]) {
      const bench = await PileBench.loggedIn();
      const { authorize } = bench.port;
      const serials: unknown[] = [];
      let asked = 0;
      const twoReadings: StationPort['authorize'] = async (request) => {
        asked += 1;
        serials.push(request.stationTransactionId);
        if (asked === outOfReach) throw databaseAway();
        const info = await authorize(request);
        return { ...info, status: request.idToken.value === 'D14B0A54' ? 'Unknown' : 'Accepted' };
      };
      Object.assign(bench.port, { authorize: twoReadings });
      await sayTwice(bench, bench.frame(startRequest, cardRequest()));
      const [answer, ...more] = bench.frames();
      assert.deepEqual([answer?.values.auth, more], [1, []]);
      assert.deepEqual(new Set(serials), new Set([answer?.values.txSerial]));
    }
  });

  it('is refused without a question when its pile has no tries left', async () => {
    const bench = await PileBench.loggedIn();
    const card = (number: number) => ({ cardOrAccount: String(number).padStart(16, '0') });
    const auths: unknown[] = [];
    for (let number = 11; number <= 22; number++) auths.push((await ask(bench, card(number))).auth);
    assert.deepEqual(auths, [...Array(10).fill(1), 0, 0]);
    // Whoever asks the same again is not asked of either.
    assert.equal((await ask(bench, card(22))).auth, 0);
    assert.equal(bench.told('authorize').length, 10);
    bench.tokenTries = 1;
    // One that is repeated is one try.
    assert.equal((await ask(bench, card(22))).auth, 1);
    assert.equal((await ask(bench, card(22))).auth, 1);
    assert.equal((await ask(bench, card(23))).auth, 0);
  });

  it('by a card that begins with its last byte is let in when it is known so; what is refused so is refused by that', async () => {
    for (const [status, auth, failReason] of [
      ['Accepted', 1, 0],
      ['Blocked', 0, 2],
      ['NoCredit', 0, 3],
    ] as const) {
      const bench = await PileBench.loggedIn();
      Object.assign(bench.port, {
        authorize: async ({ idToken }: { idToken: { value: string } }) => ({
          status: idToken.value === '540A4BD1' ? status : 'Invalid',
          groupIdToken: null,
          expiresAt: null,
        }),
      });
      const answer = await ask(bench);
      assert.deepEqual([answer.auth, answer.failReason], [auth, failReason], status);
    }
  });
});
