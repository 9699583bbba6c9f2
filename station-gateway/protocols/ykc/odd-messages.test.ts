import assert from 'node:assert/strict';
import type { StationBill } from '@voltpile/csms/contract/station-port';
import { instant } from '@voltpile/kernel/clock';
import { defineError } from '@voltpile/kernel/errors';
import { cp56OfWallMs } from '@voltpile/ykc/fields/cp56-time';
import { bmsDemand, bmsHandshake, chargerAbort } from '@voltpile/ykc/messages/battery';
import { heartbeat } from '@voltpile/ykc/messages/heartbeat';
import { login } from '@voltpile/ykc/messages/login';
import { parallelStartRequest } from '@voltpile/ykc/messages/parallel';
import { realtimeData } from '@voltpile/ykc/messages/realtime-data';
import { transactionRecord } from '@voltpile/ykc/messages/record';
import { remoteStartReply, startRequest } from '@voltpile/ykc/messages/start';
import { createYkcFamily } from './family.ts';
import { cardRequest, idle, NO_SERIAL, realtime, record, SERIAL } from './testing/bodies.ts';
import { PILE_NO, PileBench } from './testing/pile-bench.ts';

const OTHER_SERIAL = SERIAL.replace(/1$/, '2');
const DEMAND = {
  txSerial: SERIAL,
  pileNo: PILE_NO,
  gun: '01',
  demandV: 4000,
  demandI: 1000,
  mode: 2,
  measV: 4000,
  measI: 1000,
  cellMax: { voltage: 350, group: 1 },
  soc: 50,
  remainMin: 20,
  outV: 4000,
  outI: 1000,
  chargedMin: 5,
};
const NEVER = cp56OfWallMs(Date.UTC(2000, 0, 1));
const NO_TIME = { ...NEVER, day: 0, month: 0 };

const tell = (bench: PileBench, values: ReturnType<typeof realtime>) => bench.say(bench.frame(realtimeData, values));
const settle = (bench: PileBench, values: ReturnType<typeof record>) =>
  bench.say(bench.frame(transactionRecord, values));
const namesOf = (bench: PileBench): string[] => bench.frames().map(({ name }) => name);
const odditiesOf = (report: Record<string, unknown> | undefined) =>
  (report?.origin as { readonly oddities?: readonly string[] } | undefined)?.oddities;

describe('a pile that', () => {
  it('comes back while it charges goes on with its charge, also under a serial that nobody knows', async () => {
    const answers = {
      transactionStarted: { transactionId: null, stationTransactionId: null, nameUnknown: true },
    } as const;
    for (const options of [{}, { answers }]) {
      const bench = await PileBench.loggedIn(options);
      await tell(bench, realtime({ energy: 50_000 }));
      await tell(bench, realtime({ energy: 60_000 }));
      assert.deepEqual(bench.methods, ['connectorStatusChanged', 'transactionStarted', 'transactionUpdated']);
      assert.deepEqual(namesOf(bench), []);
    }
  });

  it('logs in again on its connection is greeted again, and its charge goes on', async () => {
    const bench = await PileBench.loggedIn();
    await tell(bench, realtime());
    await bench.say(bench.login());
    assert.deepEqual(namesOf(bench), ['0x02', '0x56', '0x12']);
    await tell(bench, realtime({ energy: 60_000 }));
    assert.equal(bench.methods.at(-1), 'transactionUpdated');
  });

  it('says that an old charge goes on is believed, and its next car is another one', async () => {
    const bench = await PileBench.loggedIn();
    await tell(bench, realtime());
    await settle(bench, record());
    await tell(bench, realtime());
    assert.deepEqual(bench.methods.slice(-1), ['transactionStarted']);
    await tell(bench, idle({ plugged: 1 }));
    await tell(bench, idle());
    await tell(bench, idle({ plugged: 1 }));
    assert.deepEqual(
      bench.told('connectorStatusChanged').map(({ detail }) => detail),
      ['Charging', 'Preparing', 'Available', 'Preparing'],
    );
  });

  it('goes from one charge to the next without a rest has two', async () => {
    const bench = await PileBench.loggedIn();
    await tell(bench, realtime());
    await tell(bench, realtime({ txSerial: OTHER_SERIAL }));
    // The record of the first one says nothing about the second.
    await settle(bench, record());
    await tell(bench, realtime({ txSerial: OTHER_SERIAL, energy: 9000 }));
    assert.deepEqual(bench.methods.slice(1), [
      'transactionStarted',
      'transactionStarted',
      'transactionStarted',
      'transactionEnded',
      'transactionUpdated',
    ]);
    assert.ok(bench.pile.isCharging);
  });

  it('charges at two guns has two charges, each with its own end', async () => {
    const bench = await PileBench.loggedIn({ guns: 2 });
    await tell(bench, realtime());
    await tell(bench, realtime({ gun: '02', txSerial: OTHER_SERIAL }));
    await tell(bench, idle());
    assert.ok(bench.pile.isCharging);
    await settle(bench, record({ gun: '02', txSerial: OTHER_SERIAL }));
    assert.ok(!bench.pile.isCharging);
    assert.deepEqual(
      bench.told('transactionStarted').map(({ stationTransactionId, evse }) => [stationTransactionId, evse]),
      [
        [SERIAL, { evseId: 1, connectorId: 1 }],
        [OTHER_SERIAL, { evseId: 2, connectorId: 1 }],
        [OTHER_SERIAL, { evseId: 2, connectorId: 1 }],
      ],
    );
  });

  it('answers what nobody has asked is passed over', async () => {
    const bench = await PileBench.loggedIn();
    const { txSerial, pileNo, gun } = DEMAND;
    await bench.say(bench.frame(remoteStartReply, { txSerial, pileNo, gun, result: 1, failReason: 0 }));
    assert.deepEqual([bench.odds, bench.methods, namesOf(bench)], [['unasked'], [], []]);
  });

  it('is refused by the domain for good tells of its charge again, and it is told then', async () => {
    const never = defineError('test.never', 'InvalidArgument', 'Never.');
    const bench = await PileBench.loggedIn();
    const { port } = bench;
    const { transactionStarted } = port;
    Object.assign(port, { transactionStarted: () => Promise.reject(never()) });
    await assert.rejects(tell(bench, realtime()));
    assert.ok(!bench.pile.isCharging);
    await assert.rejects(settle(bench, record()));
    assert.deepEqual(namesOf(bench), []);
    Object.assign(port, { transactionStarted });
    await tell(bench, realtime());
    assert.ok(bench.pile.isCharging);
    assert.deepEqual(bench.methods, ['connectorStatusChanged', 'transactionStarted']);
  });
});

describe('guns', () => {
  it('without a number are spoken to as they speak, when there is only one', async () => {
    const bench = await PileBench.loggedIn();
    await tell(bench, realtime({ gun: '00' }));
    assert.deepEqual(odditiesOf(bench.told('transactionStarted')[0]), undefined);
    const stop = {
      action: 'stop-transaction',
      payload: { transactionId: 'ours' },
      stationTransactionId: SERIAL,
    } as const;
    const outcome = bench.pile.execute(stop, instant(bench.clock.now() + 5000));
    await new Promise(setImmediate);
    const [sent] = bench.frames();
    assert.deepEqual([sent?.name, sent?.values.gun], ['0x36', '00']);
    await bench.say(bench.raw(0x35, Buffer.from(`${PILE_NO}010100`, 'hex')));
    assert.equal((await outcome).status, 'accepted');
  });

  it('beyond those of the login are believed, and noted', async () => {
    const bench = await PileBench.loggedIn({ guns: 2 });
    await settle(bench, record({ gun: '05' }));
    await tell(bench, realtime({ gun: '05', txSerial: OTHER_SERIAL }));
    for (const report of [...bench.told('transactionEnded'), ...bench.told('connectorStatusChanged')]) {
      assert.deepEqual(odditiesOf(report), ['gun:05']);
    }
    assert.deepEqual(bench.told('transactionEnded')[0]?.evse, { evseId: 5, connectorId: 1 });
    assert.deepEqual(namesOf(bench), ['0x40']);
  });

  it('that nobody can tell apart leave charges without an EVSE, and nothing else', async () => {
    const bench = await PileBench.loggedIn({ guns: 2 });
    for (const gun of ['00', 'fa']) {
      await tell(bench, idle({ gun }));
      await tell(bench, realtime({ gun, txSerial: NO_SERIAL }));
      await bench.say(bench.frame(bmsDemand, { ...DEMAND, gun, txSerial: NO_SERIAL }));
    }
    assert.deepEqual(bench.methods, []);
    await tell(bench, realtime({ gun: '00' }));
    await bench.say(bench.frame(bmsDemand, { ...DEMAND, gun: '00' }));
    await settle(bench, record({ gun: '00' }));
    assert.deepEqual(bench.methods, [
      'transactionStarted',
      'transactionUpdated',
      'transactionStarted',
      'transactionEnded',
    ]);
    for (const [, report] of bench.recording.calls) {
      const { evse, evseId } = report as Record<string, unknown>;
      assert.deepEqual([evse, evseId, odditiesOf(report as never)], [undefined, undefined, ['gun:00']]);
    }
    assert.deepEqual(namesOf(bench), ['0x40']);
  });

  it('that the login did not tell of let nobody begin: nobody is asked, and nothing is known of them after', async () => {
    const bench = await PileBench.loggedIn({ guns: 2 });
    const known = [...bench.pile.gunsKnown()].length;
    for (const gun of ['00', '03', '99', 'fa']) {
      const request = cardRequest({ gun });
      await bench.say(bench.frame(startRequest, request));
      await bench.say(bench.frame(parallelStartRequest, { ...request, mainAux: 0, parallelNo: '260301180000' }));
      assert.deepEqual(
        bench.frames().map(({ name, values }) => [name, values.gun, values.auth, values.failReason]),
        [
          ['0x32', gun, 0, 5],
          ['0xA2', gun, 0, 5],
        ],
      );
    }
    assert.deepEqual([bench.methods, [...bench.pile.gunsKnown()].length], [[], known]);
    assert.deepEqual(bench.odds, Array(8).fill('unknown-gun'));
    await bench.say(bench.frame(startRequest, cardRequest({ gun: '02' })));
    assert.deepEqual([bench.methods, bench.frames()[0]?.values.auth], [['authorize'], 1]);
  });

  it('are as many as two digits can name, whatever a login says', async () => {
    const bench = new PileBench({ guns: 255 });
    await bench.say(bench.login({ guns: 255 }));
    assert.equal(bench.pile.guns, 99);
    assert.equal(namesOf(bench).filter((name) => name === '0x12').length, 99);
    const none = new PileBench({ guns: 0 });
    await none.say(none.login({ guns: 0 }));
    assert.equal(none.pile.guns, 1);
  });

  it('whose heartbeat tells of a fault are asked, once', async () => {
    const bench = await PileBench.loggedIn();
    const beat = (gunState: number, gun = '01') =>
      bench.say(bench.frame(heartbeat, { pileNo: PILE_NO, gun, gunState }));
    await beat(0);
    await beat(1);
    await beat(1);
    await beat(0);
    await beat(1, 'fa');
    assert.deepEqual(namesOf(bench), ['0x04', '0x04', '0x12', '0x04', '0x04', '0x12', '0x04']);
    assert.deepEqual(bench.methods, Array(5).fill('heartbeat'));
  });

  it('in a state that nobody knows are out of order, and their charge goes on', async () => {
    const bench = await PileBench.loggedIn();
    await tell(bench, realtime());
    await tell(bench, realtime({ status: 7 }));
    assert.ok(bench.pile.isCharging);
    const { status, detail } = bench.told('connectorStatusChanged')[1] ?? {};
    assert.deepEqual([status, detail], ['Unavailable', 'Status 7']);
  });
});

describe('values that cannot be', () => {
  it('in a login are left out', async () => {
    const bench = new PileBench();
    const body = Buffer.from(`${PILE_NO}07${'02'}10${'563c1b5b4a0dff00'}01${'ff'.repeat(10)}04`, 'hex');
    await bench.say(bench.raw(login.code, body));
    const [{ model, firmwareVersion, iccid } = {}] = bench.told('booted');
    assert.deepEqual([model, firmwareVersion, iccid], ['type 7, 2 guns', 'V<[J', null]);
  });

  it('a login that is cut short says why it cannot be read, and is kept when the pile is let in already', async () => {
    const bench = await PileBench.loggedIn();
    const cut = bench.raw(login.code, Buffer.from(`${PILE_NO}0001`, 'hex'));
    const family = createYkcFamily();
    assert.match(String(family.problemOf(bench.read(cut))), /^the body ends before protoVer/);
    assert.equal(family.problemOf(bench.read(bench.login())), null);
    await bench.say(cut);
    assert.deepEqual(
      [bench.methods, bench.told('factReported')[0]?.kind, bench.pile.isAccepted, bench.left, bench.frames()],
      [['factReported'], 'unreadable-message', true, undefined, []],
    );
  });

  it('a frame that is cut short keeps its password to itself', async () => {
    const bench = await PileBench.loggedIn();
    const password = 'abcdef0123456789';
    const body = `${PILE_NO}010101${'00000000d14b0a54'}${Buffer.from(password).toString('hex')}`;
    await bench.say(bench.raw(startRequest.code, Buffer.from(body, 'hex')));
    const { detail } = bench.told('factReported')[0] as { detail: { hex: string } };
    assert.ok(detail.hex.includes('*'.repeat(32)));
    assert.ok(!detail.hex.includes(Buffer.from(password).toString('hex')));
  });

  it('of cars and batteries are nothing, in place of garbage', async () => {
    const bench = await PileBench.loggedIn();
    const { txSerial: _, pileNo, gun } = DEMAND;
    const numbers = { battCapacity: 0, battVoltage: 0, mfgYear: 1985, mfgMonth: 0, mfgDay: 0, cycles: 0, ownership: 0 };
    await bench.say(
      bench.frame(bmsHandshake, {
        ...numbers,
        txSerial: NO_SERIAL,
        pileNo,
        gun,
        bmsVer: '010100',
        battType: 99,
        battMaker: '\x01\x02ÿ\x03',
        packNo: '00000000',
        rsv: '00',
        vin: 'LSV\x1b[31mÿÿ',
        bmsSw: '0'.repeat(16),
      }),
    );
    const { detail } = bench.told('factReported')[0] as { detail: Record<string, unknown> };
    const { stationTransactionId, vin, maker, made, batteryType } = detail;
    assert.deepEqual([stationTransactionId, vin, maker, made, batteryType], [null, null, null, null, 99]);
  });

  it('cards of ones, and cars of zeros or blanks, are none', async () => {
    const bench = await PileBench.loggedIn();
    const ask = async (given: Parameters<typeof cardRequest>[0]) => {
      await bench.say(bench.frame(startRequest, cardRequest(given)));
      const [answer] = bench.frames();
      return [answer?.values.auth, answer?.values.failReason];
    };
    assert.deepEqual(await ask({ cardOrAccount: 'f'.repeat(16) }), [0, 1]);
    for (const vin of ['', '0'.repeat(17), ' '.repeat(17), 'ÿ'.repeat(17)]) {
      assert.deepEqual(await ask({ mode: 3, vin }), [0, 9], JSON.stringify(vin));
    }
    assert.deepEqual(bench.methods, []);
    assert.deepEqual(await ask({ mode: 3, vin: ' LSVNV2182E2100001'.slice(0, 17) }), [1, 0]);
    assert.deepEqual(bench.told('authorize')[0]?.idToken, { value: 'LSVNV2182E210000', type: 'VIN' });
    await settle(bench, record({ physCard: 'f'.repeat(16), vin: '0'.repeat(17), txType: 4 }));
    const [{ bill } = {}] = bench.told('transactionEnded');
    const { details } = bill as StationBill;
    assert.deepEqual([details.card, details.vin], [null, null]);
    assert.equal(bench.told('transactionStarted')[0]?.idToken, undefined);
  });

  it('times of a record that do not exist move no start that was seen; those of a clock never set are told', async () => {
    const bench = await PileBench.loggedIn();
    await tell(bench, realtime());
    await settle(bench, record({ start: NO_TIME, end: NO_TIME }));
    await settle(bench, record({ start: NEVER, end: NEVER, txSerial: OTHER_SERIAL }));
    const [, without, early] = bench.told('transactionStarted');
    assert.deepEqual([without?.provisional, without?.timestamp], [true, { text: '2000-00-00T00:00:00.000', at: null }]);
    assert.deepEqual(
      [early?.provisional, early?.timestamp],
      [undefined, { text: '2000-01-01T00:00:00.000', at: Date.parse('1999-12-31T16:00:00Z') }],
    );
    assert.deepEqual(namesOf(bench), ['0x40', '0x40']);
  });

  it('the end of a charge that was seen tells of the clock, that of another one does not', async () => {
    const bench = await PileBench.loggedIn();
    await tell(bench, realtime());
    await settle(bench, record());
    await settle(bench, record({ txSerial: OTHER_SERIAL }));
    assert.deepEqual(bench.clocks, [bench.clock.now() + 30 * 60_000]);
  });

  it('registers that run backwards are told as they are, and confirmed', async () => {
    const bench = await PileBench.loggedIn();
    await settle(bench, record({ meterStart: 100, meterEnd: 50 }));
    const values = [...bench.told('transactionStarted'), ...bench.told('transactionEnded')].flatMap(({ readings }) =>
      (readings as { values: { value: string }[] }[]).flatMap((reading) => reading.values.map(({ value }) => value)),
    );
    assert.deepEqual([values, namesOf(bench)], [['10.0', '5.0'], ['0x40']]);
  });

  it('a record without a serial is of nobody whom we have named', async () => {
    const bench = await PileBench.loggedIn();
    for (let copies = 0; copies < 2; copies++) await settle(bench, record({ txSerial: NO_SERIAL }));
    await settle(bench, record({ txSerial: NO_SERIAL, amount: 1 }));
    const ended = bench.told('transactionEnded');
    const names = ended.map(({ stationTransactionId }) => stationTransactionId);
    assert.equal(names[0], names[1]);
    assert.equal(new Set([NO_SERIAL, ...names]).size, 3);
    for (const report of ended) assert.deepEqual([report.namedByUs, odditiesOf(report)], [undefined, ['no-serial']]);
  });

  it('of a charge that went wrong without a serial are kept for its gun', async () => {
    const bench = await PileBench.loggedIn();
    const flags = { reason: '04', fault: '0000', error: '00' };
    await bench.say(bench.frame(chargerAbort, { txSerial: NO_SERIAL, pileNo: PILE_NO, gun: '01', ...flags }));
    assert.partialDeepStrictEqual(bench.told('factReported')[0]?.detail, {
      stationTransactionId: null,
      evseId: 1,
      flags: { manual: 'yes' },
      raw: '04000000',
    });
  });
});
