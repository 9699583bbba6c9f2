import assert from 'node:assert/strict';
import type { AuthorizationStatus, StationBill } from '@voltpile/csms/contract/station-port';
import { encodeBody } from '@voltpile/ykc/messages/body';
import { parallelStartRequest } from '@voltpile/ykc/messages/parallel';
import { realtimeData } from '@voltpile/ykc/messages/realtime-data';
import { oldTransactionRecord, transactionRecord, transactionRecord17 } from '@voltpile/ykc/messages/record';
import { startRequest } from '@voltpile/ykc/messages/start';
import { databaseAway } from '../testing/database-away.ts';
import { BEGIN_WALL_MS, cardRequest, idle, NO_SERIAL, realtime, record, SERIAL } from './testing/bodies.ts';
import { type BenchOptions, PILE_NO, PileBench } from './testing/pile-bench.ts';

const info = (status: AuthorizationStatus) => ({ status, groupIdToken: null, expiresAt: null });
const decided = { transactionId: null, stationTransactionId: SERIAL };

interface Told {
  readonly measurand: string;
  readonly value: string;
  readonly basis: string;
  readonly context: string;
}
const samplesOf = (report: Record<string, unknown> | undefined) =>
  ((report?.readings ?? []) as { values: Told[] }[]).flatMap(({ values }) => values);

describe('0x13', () => {
  const say = (bench: PileBench, values: ReturnType<typeof realtime>) => bench.say(bench.frame(realtimeData, values));

  it('tells the state of a gun when it has changed', async () => {
    const bench = await PileBench.loggedIn({ guns: 2 });
    for (const values of [
      idle(),
      idle(),
      idle({ plugged: 1 }),
      idle({ gun: '02', status: 1, faults: 0b1001 }),
      idle({ status: 0 }),
    ]) {
      await say(bench, values);
    }
    assert.deepEqual(
      bench
        .told('connectorStatusChanged')
        .map(({ evseId, status, detail, info: more }) => [evseId, status, detail, more]),
      [
        [1, 'Available', 'Available', undefined],
        [1, 'Occupied', 'Preparing', undefined],
        [2, 'Faulted', 'Faulted', 'emergency stop, AC surge protection'],
        [1, 'Unavailable', 'Offline', undefined],
      ],
    );
    assert.deepEqual(new Set(bench.methods), new Set(['connectorStatusChanged']));
  });

  it('begins a charge, for the time being, and goes on with it', async () => {
    const bench = await PileBench.loggedIn();
    await say(bench, realtime({ soc: 40, cableTemp: 30 }));
    bench.clock.advance(15_000);
    await say(bench, realtime({ energy: 8642 }));
    assert.deepEqual(bench.methods, ['connectorStatusChanged', 'transactionStarted', 'transactionUpdated']);
    const [started] = bench.told('transactionStarted');
    const { stationTransactionId, provisional, namedByUs, chargingState, evse } = started ?? {};
    assert.deepEqual(
      { stationTransactionId, provisional, namedByUs, chargingState, evse },
      {
        stationTransactionId: SERIAL,
        provisional: true,
        namedByUs: true,
        chargingState: 'Charging',
        evse: { evseId: 1, connectorId: 1 },
      },
    );
    assert.deepEqual(
      samplesOf(started).map(({ measurand, value, basis }) => [measurand, value, basis]),
      [
        ['Energy.Active.Import.Register', '432.1', 'session'],
        ['Voltage', '400.1', 'register'],
        ['Current.Import', '123.4', 'register'],
        ['SoC', '40', 'register'],
        ['Temperature', '30', 'register'],
      ],
    );
    assert.equal(samplesOf(bench.told('transactionUpdated')[0])[0]?.value, '864.2');
    const digests = [...bench.told('transactionStarted'), ...bench.told('transactionUpdated')].map(
      ({ sequence }) => (sequence as { digest: string }).digest,
    );
    assert.equal(new Set(digests).size, 2);
  });

  it('has a charge stopped whose serial is void, three times at most', async () => {
    const bench = await PileBench.loggedIn({
      answers: { transactionStarted: { ...decided, idTokenInfo: info('Invalid') } },
    });
    await say(bench, realtime());
    for (let seconds = 0; seconds < 120; seconds += 5) {
      bench.ticks += 5000;
      bench.pile.tick();
    }
    const stops = bench.frames().filter(({ name }) => name === '0x36');
    assert.deepEqual(
      stops.map(({ values }) => values.gun),
      ['01', '01', '01'],
    );
  });

  it('leaves a charge under a serial that nobody knows, unless it began before our eyes', async () => {
    const answers = { transactionStarted: { ...decided, nameUnknown: true as const } };
    const unseen = await PileBench.loggedIn({ answers });
    await say(unseen, realtime());
    assert.deepEqual(unseen.frames(), []);
    const seen = await PileBench.loggedIn({ answers });
    await say(seen, idle());
    await say(seen, realtime());
    assert.deepEqual(
      seen.frames().map(({ name }) => name),
      ['0x36'],
    );
  });

  it('without a serial is of its gun, whatever the serial was at rest', async () => {
    const bench = await PileBench.loggedIn();
    await say(bench, idle({ txSerial: SERIAL }));
    await say(bench, realtime({ txSerial: NO_SERIAL }));
    assert.deepEqual(bench.methods, ['connectorStatusChanged', 'connectorStatusChanged', 'metered']);
    assert.deepEqual((bench.told('metered')[0]?.origin as { oddities: string[] } | undefined)?.oddities, ['no-serial']);
  });

  it('of gun 00 is of the only gun; of a gun that the pile has not it is noted', async () => {
    const bench = await PileBench.loggedIn();
    await say(bench, idle({ gun: '00' }));
    await say(bench, idle({ gun: '07' }));
    await say(bench, idle({ gun: 'fa' }));
    assert.deepEqual(
      bench
        .told('connectorStatusChanged')
        .map(({ evseId, origin }) => [evseId, (origin as { oddities?: string[] }).oddities]),
      [
        [1, undefined],
        [7, ['gun:07']],
      ],
    );
    assert.deepEqual(bench.odds, ['unknown-gun']);
  });

  it('tried again after the database was away has the same effect as once', async () => {
    for (const failing of ['connectorStatusChanged', 'transactionStarted'] as const) {
      const bench = await PileBench.loggedIn();
      const frame = bench.read(bench.frame(realtimeData, realtime()));
      const original = bench.port[failing];
      Object.assign(bench.port, { [failing]: async () => Promise.reject(databaseAway()) });
      await assert.rejects(bench.pile.handle(bench.turn(frame)));
      Object.assign(bench.port, { [failing]: original });
      await bench.pile.handle(bench.turn(frame, 2));
      assert.deepEqual(bench.methods, ['connectorStatusChanged', 'transactionStarted'], failing);
    }
  });
});

describe('0x31', () => {
  const ask = async (given: Parameters<typeof cardRequest>[0], options: BenchOptions = {}) => {
    const bench = await PileBench.loggedIn(options);
    await bench.say(bench.frame(startRequest, cardRequest(given)));
    const [answer] = bench.frames();
    return { bench, answer: answer?.values ?? {}, asked: bench.told('authorize') };
  };

  it('is answered with a serial of ours, which the domain knows', async () => {
    const { answer, asked } = await ask({});
    assert.match(String(answer.txSerial), /^3201060001923601260301180000\d{4}$/);
    assert.deepEqual([answer.auth, answer.failReason, answer.balance], [1, 0, 100_000]);
    assert.deepEqual(
      asked.map(({ idToken, evseId, stationTransactionId }) => [idToken, evseId, stationTransactionId]),
      [[{ value: 'D14B0A54', type: 'ISO14443' }, 1, answer.txSerial]],
    );
  });

  it('knows a card however a reader places or turns it', async () => {
    const left = await ask({ cardOrAccount: '7805af3703000000' });
    assert.deepEqual(left.asked[0]?.idToken, { value: '7805AF3703', type: 'ISO14443' });
    const turned = await ask({}, { answers: { authorize: info('Invalid') } });
    assert.deepEqual(
      turned.asked.map(({ idToken }) => (idToken as { value: string }).value),
      ['D14B0A54', '540A4BD1'],
    );
    const short = await ask({ cardOrAccount: '0000000000000102' }, { answers: { authorize: info('Invalid') } });
    assert.equal(short.asked.length, 1);
  });

  it('knows a car by its VIN, which comes last character first', async () => {
    const { answer, asked } = await ask({ mode: 3, cardOrAccount: '0'.repeat(16), vin: 'LSVNV2182E2100001' });
    assert.deepEqual(asked[0]?.idToken, { value: 'LSVNV2182E2100001', type: 'VIN' });
    assert.equal(answer.auth, 1);
    const broken = await ask({ mode: 3, vin: 'LSVNV2\u0001\u00ff2E210000' });
    assert.deepEqual([broken.asked, broken.answer.auth, broken.answer.failReason], [[], 0, 9]);
  });

  it('says why somebody may not charge', async () => {
    for (const [status, code] of [
      ['Blocked', 2],
      ['Expired', 2],
      ['Invalid', 1],
      ['Unknown', 1],
      ['NoCredit', 3],
      ['ConcurrentTx', 4],
      ['NotAtThisLocation', 6],
      ['NotAtThisTime', 6],
    ] as const) {
      const { answer } = await ask({}, { answers: { authorize: info(status) } });
      assert.deepEqual([answer.auth, answer.failReason, answer.balance], [0, code, 0], status);
    }
  });

  it('refused, is no serial to charge under, even if the gun was never seen at rest', async () => {
    const { bench, answer } = await ask({}, { answers: { authorize: info('Blocked') } });
    await bench.say(bench.frame(realtimeData, realtime({ txSerial: String(answer.txSerial) })));
    assert.deepEqual(
      bench.frames().map(({ name }) => name),
      ['0x36'],
    );
    assert.equal(bench.told('transactionStarted')[0]?.namedByUs, undefined);
  });

  it('is refused without a question: a password, an account, no card', async () => {
    for (const [given, code] of [
      [{ needPwd: 1 }, 7],
      [{ mode: 2 }, 1],
      [{ cardOrAccount: '0'.repeat(16) }, 1],
    ] as const) {
      const { answer, asked } = await ask(given);
      assert.deepEqual([answer.auth, answer.failReason, asked], [0, code, []]);
    }
  });

  it('tells the pile what it may spend', async () => {
    const limited = { ...info('Accepted'), spendingLimit: { amount: '12.349', currency: 'CNY' } };
    assert.equal((await ask({}, { answers: { authorize: limited } })).answer.balance, 1234);
  });

  it('gets the same serial when it is asked again, another one for the next charge', async () => {
    const bench = await PileBench.loggedIn();
    const serial = async (): Promise<unknown> => {
      await bench.say(bench.frame(startRequest, cardRequest()));
      return bench.frames().at(-1)?.values.txSerial;
    };
    const first = await serial();
    assert.equal(await serial(), first);
    await bench.say(bench.frame(realtimeData, realtime({ txSerial: String(first) })));
    await bench.say(bench.frame(transactionRecord, record({ txSerial: String(first) })));
    await bench.say(bench.frame(realtimeData, idle()));
    bench.frames();
    assert.notEqual(await serial(), first);
  });

  it('is no way to try out cards', async () => {
    const bench = await PileBench.loggedIn();
    for (let card = 1; card <= 30; card++) {
      const cardOrAccount = card.toString(16).padStart(16, '0');
      await bench.say(bench.frame(startRequest, cardRequest({ cardOrAccount })));
    }
    const answers = bench.frames().map(({ values }) => values.auth);
    assert.ok(bench.told('authorize').length <= 11);
    assert.equal(answers.length, 30);
    assert.equal(answers.at(-1), 0);
  });

  it('0xA1: guns that feed one car share a group, not a serial', async () => {
    const bench = await PileBench.loggedIn({ guns: 2 });
    const group = { parallelNo: '260301180000' };
    await bench.say(bench.frame(parallelStartRequest, { ...cardRequest(), mainAux: 0, ...group }));
    await bench.say(bench.frame(parallelStartRequest, { ...cardRequest({ gun: '02' }), mainAux: 1, ...group }));
    const answers = bench.frames();
    assert.deepEqual(
      answers.map(({ name, values }) => [name, values.gun, values.auth, values.parallelNo]),
      [
        ['0xA2', '01', 1, group.parallelNo],
        ['0xA2', '02', 1, group.parallelNo],
      ],
    );
    assert.notEqual(answers[0]?.values.txSerial, answers[1]?.values.txSerial);
    assert.deepEqual(
      bench.told('authorize').map(({ parallelGroup }) => parallelGroup),
      [group.parallelNo, group.parallelNo],
    );
  });
});

describe('records', () => {
  const tell = async (given: Parameters<typeof record>[0] = {}, options: BenchOptions = {}) => {
    const bench = await PileBench.loggedIn(options);
    await bench.say(bench.frame(transactionRecord, record(given)));
    const [started] = bench.told('transactionStarted');
    const [ended] = bench.told('transactionEnded');
    return { bench, started, ended, bill: ended?.bill as StationBill, answers: bench.frames() };
  };

  it('0x3B: tells start, end, registers and bill, and is confirmed then', async () => {
    const { bench, started, ended, bill, answers } = await tell();
    assert.deepEqual(bench.methods, ['transactionStarted', 'transactionEnded']);
    const atOf = (report: Record<string, unknown> | undefined) => (report?.timestamp as { at: number } | undefined)?.at;
    const begin = bench.clock.now();
    assert.deepEqual([atOf(started), atOf(ended)], [begin, begin + 30 * 60_000]);
    assert.deepEqual(
      [...samplesOf(started), ...samplesOf(ended)].map(({ value, context, basis }) => [value, context, basis]),
      [
        ['7654321.5', 'Transaction.Begin', 'register'],
        ['7664321.5', 'Transaction.End', 'register'],
      ],
    );
    assert.deepEqual(
      [started?.namedByUs, started?.idToken, started?.provisional, ended?.stopReason],
      [true, undefined, undefined, 'Local'],
    );
    assert.deepEqual(
      [
        bill.energyMilliWh,
        bill.lossAdjustedMilliWh,
        bill.amount,
        bill.currency,
        bill.details.stopCode,
        bill.details.card,
      ],
      [10_000_000, null, '11.0000', 'CNY', 0x45, 'D14B0A54'],
    );
    assert.deepEqual(bill.periods[2], {
      name: 'flat',
      pricePerKwh: '1.10000',
      energyMilliWh: 10_000_000,
      lossAdjustedMilliWh: null,
      amount: '11.0000',
    });
    assert.deepEqual(
      answers.map(({ name, values }) => [name, values]),
      [['0x40', { txSerial: SERIAL, result: 0 }]],
    );
  });

  it('0x3B: is not confirmed before all of it is stored', async () => {
    for (const failing of ['transactionStarted', 'transactionEnded'] as const) {
      const bench = await PileBench.loggedIn({ answers: { [failing]: databaseAway() } });
      await assert.rejects(bench.say(bench.frame(transactionRecord, record())));
      assert.deepEqual(bench.frames(), [], failing);
    }
  });

  it('0x3B: the same one has the same digests, another one others', async () => {
    const digests = async (given: Parameters<typeof record>[0]) => {
      const { started, ended } = await tell(given);
      return [started, ended].map((report) => (report?.sequence as { digest: string } | undefined)?.digest);
    };
    const [one, same, other] = [await digests({}), await digests({}), await digests({ amount: 1 })];
    assert.deepEqual(same, one);
    assert.notDeepEqual(other, one);
    assert.notEqual(one[0], one[1]);
  });

  it('0x3B: of an offline card brings the card', async () => {
    const { started, ended } = await tell({ txType: 4 });
    assert.deepEqual(
      [started?.offline, started?.namedByUs, started?.idToken, ended?.offline],
      [true, undefined, { value: 'D14B0A54', type: 'ISO14443' }, true],
    );
  });

  it('0x3B: energy with loss, where a pile knows of it', async () => {
    const { bill } = await tell({ totalLossEnergy: 103_000, flatLossEnergy: 103_000 });
    assert.deepEqual([bill.lossAdjustedMilliWh, bill.periods[2]?.lossAdjustedMilliWh], [10_300_000, 10_300_000]);
  });

  it('0x3B: registers of zero are none', async () => {
    const { started, ended } = await tell({ meterStart: 0, meterEnd: 0 });
    assert.deepEqual([samplesOf(started), samplesOf(ended)], [[], []]);
  });

  it('0x3B: without a serial each is of a charge of its own, and confirmed as it came', async () => {
    const [one, other] = [await tell({ txSerial: NO_SERIAL }), await tell({ txSerial: NO_SERIAL, amount: 5 })];
    assert.notEqual(one.started?.stationTransactionId, other.started?.stationTransactionId);
    assert.equal(one.started?.stationTransactionId, one.ended?.stationTransactionId);
    assert.equal(one.answers[0]?.values.txSerial, NO_SERIAL);
  });

  it('0x3B: reasons in words of the domain; the rest is Other', async () => {
    for (const [code, reason] of [
      [0x40, 'Remote'],
      [0x41, 'SOCLimitReached'],
      [0x6e, 'LocalOutOfCredit'],
      [0x72, 'EmergencyStop'],
      [0x83, 'PowerLoss'],
      [0x90, 'Other'],
      [0x07, 'Other'],
    ] as const) {
      assert.equal((await tell({ stopReason: code })).ended?.stopReason, reason);
    }
  });

  it('0x3B: a start that does not exist is told as it is, at the moment of the end', async () => {
    const start = { millisecond: 0, minute: 0, hour: 0, day: 0, weekday: 0, month: 0, year: 0, spare: 0 };
    const { started, ended } = await tell({ start });
    const at = (ended?.timestamp as { at: number } | undefined)?.at;
    assert.deepEqual([started?.timestamp, started?.provisional], [{ text: '2000-00-00T00:00:00.000', at }, true]);
    const nothing = await tell({ start, end: start });
    assert.deepEqual(nothing.started?.timestamp, { text: '2000-00-00T00:00:00.000', at: null });
  });

  it('0x39 and 0x3D: the same, with narrower meters, or with the number of the meter', async () => {
    const bench = await PileBench.loggedIn();
    await bench.say(bench.frame(oldTransactionRecord, record()));
    const sealed = { meterNo: '000000123456', meterCipher: 'ab'.repeat(34), meterProto: 2, cipherMode: 1 };
    await bench.say(bench.frame(transactionRecord17, { ...record(), ...sealed }));
    const [old, newer] = bench.told('transactionEnded');
    assert.deepEqual(samplesOf(old), samplesOf(newer));
    const details = (newer?.bill as StationBill | undefined)?.details;
    assert.deepEqual([details?.meterNo, details?.meterCipher], [sealed.meterNo, sealed.meterCipher]);
    assert.deepEqual(
      bench.frames().map(({ name }) => name),
      ['0x40', '0x40'],
    );
  });

  it('0x39, 0x3B, 0x3D: are read by their length, whatever type they come under', async () => {
    const sealed = { meterNo: '000000123456', meterCipher: 'ab'.repeat(34), meterProto: 2, cipherMode: 1 };
    const bodies = [
      encodeBody(oldTransactionRecord, record()),
      encodeBody(transactionRecord, record()),
      encodeBody(transactionRecord17, { ...record(), ...sealed }),
    ];
    for (const type of [0x39, 0x3b, 0x3d]) {
      for (const body of bodies) {
        const bench = await PileBench.loggedIn();
        await bench.say(bench.raw(type, body));
        const [ended] = bench.told('transactionEnded');
        assert.deepEqual(
          samplesOf(ended).map(({ value }) => value),
          ['7664321.5'],
          `${type} ${body.length}`,
        );
        assert.deepEqual(
          bench.frames().map(({ name }) => name),
          ['0x40'],
        );
      }
    }
  });

  it('a gun whose charge is recorded is finishing until its car has left', async () => {
    const { bench } = await tell();
    for (const plugged of [1, 0, 1]) await bench.say(bench.frame(realtimeData, idle({ plugged })));
    assert.deepEqual(
      bench.told('connectorStatusChanged').map(({ detail }) => detail),
      ['Finishing', 'Available', 'Preparing'],
    );
    assert.equal(BEGIN_WALL_MS - bench.clock.now(), 8 * 3_600_000, `in the zone of ${PILE_NO}`);
  });
});
