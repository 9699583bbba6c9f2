import assert from 'node:assert/strict';
import { cp56OfWallMs, wallMsOfCp56 } from '@voltpile/ykc/fields/cp56-time';
import {
  bmsAbort,
  bmsDemand,
  bmsErrors,
  bmsHandshake,
  bmsInformation,
  bmsParameters,
  chargerAbort,
  chargingEnd,
} from '@voltpile/ykc/messages/battery';
import { encodeBody } from '@voltpile/ykc/messages/body';
import { clockReply } from '@voltpile/ykc/messages/clock';
import { firmwareUpdateReply } from '@voltpile/ykc/messages/firmware';
import { heartbeat } from '@voltpile/ykc/messages/heartbeat';
import { parkingLockStatus } from '@voltpile/ykc/messages/parking-lock';
import { messageOf } from '@voltpile/ykc/messages/table';
import { tariffCheck, tariffRequest } from '@voltpile/ykc/messages/tariff';
import { databaseAway } from '../testing/database-away.ts';
import { MESSAGES } from './messages.ts';
import { FREE_OF_CHARGE, fromStationTariff } from './tariff-model.ts';
import { BEGIN_WALL_MS, SERIAL } from './testing/bodies.ts';
import { PILE_NO, PileBench } from './testing/pile-bench.ts';

const HEAD = { txSerial: SERIAL, pileNo: PILE_NO, gun: '01' } as const;

describe('what a pile says of itself', () => {
  it('0x01: is told as a boot, answered, and greeted with the time and a question for each gun', async () => {
    const bench = new PileBench({ guns: 2, settings: { qrCodePrefix: 'https://pile.example/' } });
    await bench.say(bench.login({ guns: 2, sim: '89860486101122330064' }));
    assert.deepEqual(bench.methods, ['booted']);
    const [boot] = bench.told('booted');
    assert.deepEqual(
      [boot?.model, boot?.firmwareVersion, boot?.iccid, boot?.vendor],
      ['DC, 2 guns', 'V4.1.50', '89860486101122330064', null],
    );
    const frames = bench.frames();
    assert.deepEqual(
      frames.map(({ name }) => name),
      ['0x02', '0x56', '0xF0', '0x12', '0x12'],
    );
    assert.equal(frames[0]?.values.result, 0);
    // An answer repeats the two bytes of the question.
    assert.equal(frames[0]?.sequence, '0002');
    assert.equal(wallMsOfCp56(frames[1]?.values.time as never), BEGIN_WALL_MS);
    assert.deepEqual(
      frames.slice(3).map(({ values }) => values.gun),
      ['01', '02'],
    );
    assert.deepEqual(bench.securityEvents, []);
  });

  it('0x01: is refused and asked to go while the station is not accepted', async () => {
    for (const status of ['Pending', 'Rejected'] as const) {
      const currentTime = new PileBench().clock.now();
      const bench = new PileBench({ answers: { booted: { status, currentTime, intervalSeconds: 60 } } });
      await bench.say(bench.login());
      assert.deepEqual(
        bench.frames().map(({ name, values }) => [name, values.result]),
        [['0x02', 1]],
      );
      assert.equal(bench.left, 'not accepted');
      await bench.say(bench.frame(heartbeat, { pileNo: PILE_NO, gun: '01', gunState: 0 }));
      assert.deepEqual([bench.frames(), bench.odds], [[], ['before-login']]);
    }
  });

  it('0x01: another SIM card is a security event; the same, or none, is not', async () => {
    const sim = '89860486101122330064';
    for (const [known, told, events] of [
      [sim, '8986048610112233006f', ['SimCardChanged']],
      [sim, sim, []],
      [sim, '0'.repeat(20), []],
      [null, sim, []],
    ] as const) {
      const bench = new PileBench({ iccid: known });
      await bench.say(bench.login({ sim: told }));
      assert.deepEqual(bench.securityEvents, events);
    }
  });

  it('0x03: is answered before anything is asked of the domain', async () => {
    const bench = await PileBench.loggedIn({ answers: { heartbeat: databaseAway() } });
    await assert.rejects(bench.say(bench.frame(heartbeat, { pileNo: PILE_NO, gun: '02', gunState: 0 })));
    assert.deepEqual(
      bench.frames().map(({ name, values }) => [name, values.gun]),
      [['0x04', '02']],
    );
  });

  it('0x05, 0x09: a pile with another tariff fetches ours', async () => {
    const bench = await PileBench.loggedIn();
    await bench.say(bench.frame(tariffCheck, { pileNo: PILE_NO, modelNo: 'f002' }));
    await bench.say(bench.frame(tariffCheck, { pileNo: PILE_NO, modelNo: FREE_OF_CHARGE.modelNo }));
    await bench.say(bench.frame(tariffRequest, { pileNo: PILE_NO }));
    const frames = bench.frames();
    assert.deepEqual(
      frames.map(({ name, values }) => [name, values.modelNo, values.result]),
      [
        ['0x06', 'f002', 1],
        ['0x06', FREE_OF_CHARGE.modelNo, 0],
        ['0x0A', FREE_OF_CHARGE.modelNo, undefined],
      ],
    );
    // The first is not told yet what it is to have.
    assert.deepEqual(bench.methods, ['tariffAsked', 'tariffAsked', 'tariffTaken', 'tariffAsked', 'tariffTaken']);
  });

  it('0x05, 0x09: a pile that has prices of its own is told those', async () => {
    const rate = (electricity: string) => ({ electricity, service: '0.4' });
    const rates = { sharp: rate('1.2'), peak: rate('1'), flat: rate('0.7'), valley: rate('0.3') };
    const tariff = { currency: 'CNY', rates, slots: '012'.repeat(16) };
    const own = fromStationTariff(tariff);
    const bench = await PileBench.loggedIn({ answers: { tariffAsked: tariff } });
    await bench.say(bench.frame(tariffCheck, { pileNo: PILE_NO, modelNo: own.modelNo }));
    await bench.say(bench.frame(tariffRequest, { pileNo: PILE_NO }));
    const [checked, told] = bench.frames();
    assert.deepEqual([checked?.values.result, told?.values.modelNo], [0, own.modelNo]);
    assert.deepEqual([told?.values.sharpElec, told?.values.valleyService], [120_000, 40_000]);
    assert.deepEqual(
      told?.values.slots,
      Array.from({ length: 48 }, (_, slot) => slot % 3),
    );
  });

  it('0x09: a pile whose prices are not in yuan is told those of the settings', async () => {
    const rate = { electricity: '1', service: '0' };
    const rates = { sharp: rate, peak: rate, flat: rate, valley: rate };
    const tariff = { currency: 'EUR', rates, slots: '0'.repeat(48) };
    const bench = await PileBench.loggedIn({ answers: { tariffAsked: tariff } });
    await bench.say(bench.frame(tariffRequest, { pileNo: PILE_NO }));
    assert.equal(bench.frames()[0]?.values.modelNo, FREE_OF_CHARGE.modelNo);
    assert.equal(bench.warnings.length, 1);
  });

  it('0x09: one that asks again and again is spoken of once', async () => {
    const bench = await PileBench.loggedIn();
    for (let asked = 0; asked < 40; asked++) await bench.say(bench.frame(tariffRequest, { pileNo: PILE_NO }));
    assert.equal(bench.frames().length, 40);
    assert.equal(bench.warnings.length, 1);
  });

  it('0x55: tells how far its clock is off, after it was set once more', async () => {
    const bench = await PileBench.loggedIn();
    const shows = (wallMs: number) =>
      bench.say(bench.frame(clockReply, { pileNo: PILE_NO, time: cp56OfWallMs(wallMs) }));
    await shows(BEGIN_WALL_MS + 600_000);
    assert.deepEqual(
      bench.frames().map(({ name }) => name),
      ['0x56'],
    );
    await shows(BEGIN_WALL_MS + 600_000);
    assert.deepEqual([bench.frames(), bench.clocks, bench.warnings.length], [[], [bench.clock.now() + 600_000], 1]);
  });

  it('0x61: tells of a lock when it has changed', async () => {
    const bench = await PileBench.loggedIn();
    const status = { pileNo: PILE_NO, gun: '01', lock: '55', space: '00', battery: 80, alarm: '00', rsv: '00000000' };
    await bench.say(bench.frame(parkingLockStatus, status));
    await bench.say(bench.frame(parkingLockStatus, status));
    await bench.say(bench.frame(parkingLockStatus, { ...status, lock: 'ff', alarm: '55' }));
    assert.deepEqual(
      bench.told('factReported').map(({ kind, detail }) => [kind, detail]),
      [
        ['parking-lock', { evseId: 1, lock: 'raised', space: 'empty', batteryPercent: 80, alarm: 'none' }],
        [
          'parking-lock',
          { evseId: 1, lock: 'lowered', space: 'empty', batteryPercent: 80, alarm: 'abnormal-movement' },
        ],
      ],
    );
  });

  it('0x93: tells what came of new firmware', async () => {
    for (const [status, word] of [
      [0, 'Installed'],
      [1, 'InstallationFailed'],
      [2, 'InstallationFailed'],
      [3, 'DownloadFailed'],
      [77, 'InstallationFailed'],
    ] as const) {
      const bench = await PileBench.loggedIn();
      await bench.say(bench.frame(firmwareUpdateReply, { pileNo: PILE_NO, status }));
      assert.deepEqual(
        bench.told('firmwareStatusChanged').map((told) => told.status),
        [word],
      );
    }
  });

  it('a gun that says nothing for ten minutes is asked, and shown as unavailable when it stays silent', async () => {
    const bench = await PileBench.loggedIn();
    for (let minutes = 0; minutes < 25; minutes++) {
      bench.ticks += 60_000;
      bench.pile.tick();
    }
    assert.equal(bench.frames().filter(({ name }) => name === '0x12').length, 2);
    await new Promise(setImmediate);
    const [told] = bench.told('connectorStatusChanged');
    assert.deepEqual([told?.evseId, told?.status, told?.detail], [1, 'Unavailable', 'Silent']);
  });

  it('its clock is set every day', async () => {
    const bench = await PileBench.loggedIn();
    bench.ticks += 86_400_000;
    bench.pile.tick();
    assert.ok(bench.frames().some(({ name }) => name === '0x56'));
  });
});

describe('what a car says of its battery', () => {
  it('0x15: which car it is, as a fact', async () => {
    const bench = await PileBench.loggedIn();
    await bench.say(
      bench.frame(bmsHandshake, {
        ...HEAD,
        bmsVer: '010100',
        battType: 3,
        battCapacity: 1500,
        battVoltage: 3500,
        battMaker: 'CATL',
        packNo: '00000001',
        mfgYear: 2019,
        mfgMonth: 5,
        mfgDay: 7,
        cycles: 300,
        ownership: 1,
        rsv: '00',
        vin: 'LSVNV2182E2100001',
        bmsSw: '0000000000000000',
      }),
    );
    const [fact] = bench.told('factReported');
    assert.equal(fact?.kind, 'vehicle-battery');
    const detail = (fact?.detail ?? {}) as Record<string, unknown>;
    const { vin, batteryType, capacityAh, voltageV, made, isOwned } = detail;
    assert.deepEqual(
      [vin, batteryType, capacityAh, voltageV, made, isOwned],
      ['LSVNV2182E2100001', 'LFP', '150.0', '350.0', '2019-05-07', true],
    );
  });

  it('0x17, 0x19, 0x23, 0x25: samples of the charge, currents by their size', async () => {
    const bench = await PileBench.loggedIn();
    const volts = { cellVmax: 365, packVmax: 4200, packV: 3801, pileVmax: 7500, pileVmin: 2000 };
    const limits = { iMax: 1500, nominalEnergy: 770, tMax: 55, soc: 405, pileImax: 2500, pileImin: 0 };
    await bench.say(bench.frame(bmsParameters, { ...HEAD, ...volts, ...limits }));
    const demand = { demandV: 4001, demandI: -1234, mode: 2, measV: 3990, measI: -1230 };
    const rest = {
      cellMax: { voltage: 365, group: 2 },
      soc: 41,
      remainMin: 35,
      outV: 4000,
      outI: -1230,
      chargedMin: 3,
    };
    await bench.say(bench.frame(bmsDemand, { ...HEAD, ...demand, ...rest }));
    const information = { cellMaxNo: 3, tMax: 31, tMaxPoint: 1, tMin: 25, tMinPoint: 2, flags1: '00', flags2: '10' };
    await bench.say(bench.frame(bmsInformation, { ...HEAD, ...information }));
    const end = {
      soc: 80,
      cellVmin: 360,
      cellVmax: 365,
      tMin: 25,
      tMax: 31,
      chargedMin: 30,
      energy: 100,
      chargerNo: 1,
    };
    await bench.say(bench.frame(chargingEnd, { ...HEAD, ...end }));
    const updates = bench.told('transactionUpdated');
    assert.equal(updates.length, 4);
    const values = updates.flatMap(({ readings }) =>
      (readings as { values: { measurand: string; value: string; context: string }[] }[]).flatMap((one) => one.values),
    );
    const of = (measurand: string) => values.filter((one) => one.measurand === measurand).map(({ value }) => value);
    assert.deepEqual(of('SoC'), ['40.5', '41', '80']);
    assert.deepEqual(of('BMS.DemandCurrent'), ['123.4']);
    assert.deepEqual(of('Current.Import'), ['123.0']);
    assert.deepEqual(of('BMS.MaxTemperature'), ['31', '31']);
    assert.deepEqual(of('BMS.LimitCurrent'), ['150.0']);
    for (const update of updates) assert.equal(update.stationTransactionId, SERIAL);
  });

  it('0x1B, 0x1D, 0x21: why it went wrong, in words', async () => {
    const bench = await PileBench.loggedIn();
    await bench.say(bench.frame(bmsErrors, { ...HEAD, flags: '0100000000040000' }));
    await bench.say(bench.frame(bmsAbort, { ...HEAD, reason: '01', fault: '0001', error: '08' }));
    await bench.say(bench.frame(chargerAbort, { ...HEAD, reason: '04', fault: '0000', error: '00' }));
    assert.deepEqual(
      bench
        .told('factReported')
        .map(({ kind, detail }) => [kind, (detail as { by: string }).by, (detail as { flags: object }).flags]),
      [
        ['charging-fault', 'both', { 'charger-recognition-00': 'yes', 'bms-ready': 'yes' }],
        [
          'charging-fault',
          'vehicle',
          { 'soc-reached': 'yes', 'pack-temperature': 'yes', 'voltage-abnormal': 'not-to-be-trusted' },
        ],
        ['charging-fault', 'pile', { manual: 'yes' }],
      ],
    );
  });
});

describe('frames of piles that do not keep to their tables', () => {
  it('are kept as they came when they are too short', async () => {
    const bench = await PileBench.loggedIn();
    for (const code of [0x13, 0x3b]) {
      const body = Buffer.alloc(30);
      Buffer.from(`${SERIAL}${PILE_NO}01`, 'hex').copy(body);
      await bench.say(bench.raw(code, body));
    }
    assert.deepEqual(
      bench.told('factReported').map(({ kind }) => kind),
      ['unreadable-message', 'unreadable-message'],
    );
    assert.deepEqual([bench.odds, bench.frames()], [['unreadable', 'unreadable'], []]);
  });

  it('are read as far as the table goes when they are longer, which is noted once', async () => {
    const bench = await PileBench.loggedIn();
    const body = encodeBody(chargerAbort, { ...HEAD, reason: '04', fault: '0000', error: '00' });
    for (let times = 0; times < 2; times++) await bench.say(bench.raw(0x21, Buffer.concat([body, Buffer.of(7)])));
    assert.deepEqual(
      bench.told('factReported').map(({ origin }) => (origin as { oddities?: string[] }).oddities),
      [['surplus-bytes:0x21'], undefined],
    );
  });

  it('are passed over when they answer nothing that was asked', async () => {
    const bench = await PileBench.loggedIn();
    await bench.say(bench.raw(0x91, Buffer.from(`${PILE_NO}01`, 'hex')));
    assert.deepEqual([bench.odds, bench.methods], [['unasked'], []]);
  });

  it('every handler is for a frame that piles send', () => {
    for (const { table } of MESSAGES) assert.equal(messageOf(table.code)?.direction, 'up');
  });
});
