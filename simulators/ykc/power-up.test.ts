import assert from 'node:assert/strict';
import { cp56OfWallMs, wallMsOfCp56 } from '@voltpile/ykc/fields/cp56-time';
import { clockReply, clockSet } from '@voltpile/ykc/messages/clock';
import { heartbeat } from '@voltpile/ykc/messages/heartbeat';
import { login } from '@voltpile/ykc/messages/login';
import { realtimeData } from '@voltpile/ykc/messages/realtime-data';
import { transactionRecord } from '@voltpile/ykc/messages/record';
import { startRequest } from '@voltpile/ykc/messages/start';
import { tariffCheck, tariffRequest } from '@voltpile/ykc/messages/tariff';
import { makeCertificateAndKey } from '../testing/certificate.ts';
import { PileCentralSystem, SILENT } from '../testing/pile-central-system.ts';
import { PILE, PileStage } from '../testing/pile-stage.ts';
import { MORNING } from '../testing/stage.ts';
import { VirtualTime } from '../virtual-time.ts';
import { SimulatedPile } from './pile.ts';

const HOURS_8 = 8 * 3_600_000;

describe('simulated pile: power-up', () => {
  it('logs in, fetches the tariff, tells its guns, and beats', async () => {
    await using stage = await PileStage.open();
    await stage.started({ type: 'AC' }, { connectors: 2, model: { iccid: '8986048610', firmwareVersion: 'V1.2.3' } });
    assert.deepEqual(stage.central.of(login), [
      {
        pileNo: PILE,
        pileType: 1,
        guns: 2,
        protoVer: 16,
        swVersion: 'V1.2.3',
        netType: 0,
        sim: '89860486100000000000',
        carrier: 0,
      },
    ]);
    assert.deepEqual(stage.central.story().sort(), ['0x01', '0x09', '0x13', '0x13', '0x55']);
    await stage.time.advance(60_000);
    assert.equal(stage.central.of(heartbeat).length, 12);
    await stage.time.advance(600_000);
    assert.equal(stage.central.of(realtimeData).length, 2 + 2 * 2);
    assert.deepEqual(stage.central.violations, []);
  });

  it('repeats the login every 10 s until it is accepted', async () => {
    await using stage = await PileStage.open();
    stage.central.answer(0x01, () => SILENT);
    const pile = stage.pile();
    const started = pile.start();
    await stage.time.advance(25_000);
    stage.central.answer(0x01, () => ({ result: 1 }));
    await stage.time.advance(20_000);
    assert.equal(pile.registration, 'Rejected');
    stage.central.answer(0x01, undefined);
    await stage.time.advance(10_000);
    await started;
    const times = stage.central.framesOf(login).map(({ at }) => at - MORNING);
    assert.deepEqual(times, [0, 10_000, 20_000, 30_000, 40_000, 50_000]);
    assert.deepEqual(stage.central.violations, []);
  });

  it('asks for the tariff until it is answered, and charges nobody before', async () => {
    await using stage = await PileStage.open();
    stage.central.answer(0x09, () => SILENT);
    const pile = stage.pile();
    const started = pile.start();
    await stage.time.advance(25_000);
    assert.equal(stage.central.of(tariffRequest).length, 3);
    pile.plugIn(1);
    assert.deepEqual(await pile.presentCard(1, 'A1'), { outcome: 'refused', status: 'Unavailable' });
    assert.deepEqual(stage.central.of(startRequest), []);
    stage.central.answer(0x09, undefined);
    await stage.time.advance(10_000);
    await started;
    assert.deepEqual(await pile.presentCard(1, 'A1'), { outcome: 'started' });
  });

  it('compares the tariff after every login, and fetches a changed one', async () => {
    await using stage = await PileStage.open();
    const pile = await stage.started();
    pile.dropConnection();
    await stage.time.advance(5_000);
    assert.deepEqual([stage.central.of(tariffCheck).length, stage.central.of(tariffRequest).length], [1, 1]);
    stage.central.answer(0x05, () => ({ result: 1 }));
    stage.central.answer(0x09, () => ({ modelNo: '0200', flatElec: 1 }));
    pile.dropConnection();
    await stage.time.advance(5_000);
    assert.deepEqual([stage.central.of(tariffCheck).length, stage.central.of(tariffRequest).length], [2, 2]);
    assert.equal(pile.tariff.model?.modelNo, '0200');
    assert.equal(pile.tariff.model?.prices[2], 40_001);
  });

  it('reconnects after three heartbeats without an answer, and logs in again', async () => {
    await using stage = await PileStage.open();
    const pile = await stage.started({}, { connectors: 2 });
    stage.central.answer(0x03, () => SILENT);
    const lost = pile.waitFor('disconnected');
    await stage.time.advance(39_999);
    assert.equal(stage.central.of(heartbeat).length, 6);
    stage.central.answer(0x03, undefined);
    await stage.time.advance(10_000);
    await lost;
    assert.equal(stage.central.of(login).length, 2);
    assert.equal(pile.canSpeak, true);
  });

  it('sets its clock as told, and tells all times by it', async () => {
    await using stage = await PileStage.open();
    const pile = await stage.started({ timeZone: 'Asia/Shanghai' });
    assert.deepEqual(stage.central.of(clockReply)[0]?.time, cp56OfWallMs(MORNING + HOURS_8));
    assert.equal(pile.wall.wallMs(), MORNING + HOURS_8);
    const time = cp56OfWallMs(MORNING + HOURS_8 + 120_000);
    await stage.central.ask(PILE, clockSet, { pileNo: PILE, time }, clockReply);
    pile.plugIn(1);
    await pile.presentCard(1, 'A1');
    await stage.time.advance(60_000);
    pile.unplug(1);
    await stage.time.settle();
    const [record] = stage.central.of(transactionRecord);
    assert.equal(record && wallMsOfCp56(record.start), MORNING + HOURS_8 + 120_000);
    assert.equal(record && wallMsOfCp56(record.end), MORNING + HOURS_8 + 180_000);
  });

  it('takes the present as simulated time when that lies in the past', async () => {
    await using stage = await PileStage.open();
    stage.central.setsClock = false;
    const pile = await stage.started();
    const present = cp56OfWallMs(Date.now() + HOURS_8);
    const reply = await stage.central.ask(PILE, clockSet, { pileNo: PILE, time: present }, clockReply);
    assert.deepEqual(reply.time, present, 'it answers what it was given');
    assert.ok(Math.abs(pile.wall.wallMs() - (MORNING + HOURS_8)) < 5_000);
  });

  it('does so also half a day ago, and in another zone', async () => {
    for (const zone of [0, HOURS_8]) {
      const time = VirtualTime.stepped(Date.now() - 12 * 3_600_000 - 1_234_567);
      const central = await PileCentralSystem.listen(time);
      const pile = new SimulatedPile({ identity: PILE, url: central.url, time });
      try {
        central.setsClock = false;
        await pile.start();
        const given = cp56OfWallMs(Date.now() + zone);
        await central.ask(PILE, clockSet, { pileNo: PILE, time: given }, clockReply);
        assert.ok(Math.abs(pile.wall.wallMs() - (time.now() + zone)) < 5_000, `zone ${zone}`);
      } finally {
        await pile.stop();
        time.close();
        await central.close();
      }
    }
  });

  it('has a clock that was never set, until it is', async () => {
    await using stage = await PileStage.open();
    stage.central.setsClock = false;
    const pile = await stage.started({ quirks: { clockUnset: true } });
    await stage.time.advance(60_000);
    assert.equal(pile.wall.wallMs(), Date.UTC(2000, 0, 1, 0, 1));
    const time = cp56OfWallMs(MORNING + HOURS_8 + 60_000);
    await stage.central.ask(PILE, clockSet, { pileNo: PILE, time }, clockReply);
    assert.equal(pile.wall.wallMs(), MORNING + HOURS_8 + 60_000);
    pile.powerOff();
    await pile.powerOn();
    assert.equal(pile.wall.wallMs(), Date.UTC(2000, 0, 1));
  });

  it('speaks over TLS', async () => {
    const { cert, key } = makeCertificateAndKey({ commonName: 'localhost' });
    await using stage = await PileStage.open({ cert, key });
    assert.ok(stage.central.url.startsWith('tls://'));
    const pile = await stage.started({}, { tls: { rejectUnauthorized: false } });
    assert.equal(pile.canSpeak, true);
  });

  it('refuses options that make no sense', async () => {
    await using stage = await PileStage.open();
    for (const [options, message] of [
      [{ identity: 'CP-1' }, /14 digits/],
      [{ url: 'ws://127.0.0.1:1' }, /must begin with tcp:\/\/ or tls:\/\//],
      [{ url: 'tcp://127.0.0.1' }, /must name a port/],
    ] as const) {
      assert.throws(() => stage.pile({}, options), message);
    }
    assert.throws(() => stage.pile({ timeZone: 'Mars/Olympus' }), /no time zone/);
  });

  it('leaves nothing behind when it is stopped', async () => {
    await using stage = await PileStage.open();
    const pile = await stage.charging();
    pile.powerOff();
    void pile.powerOn();
    await pile.ready();
    await pile.stop();
    await stage.time.advance(600_000);
    assert.equal(stage.central.connectionCount, 0);
    await assert.rejects(pile.start(), { code: 'simulator.stopped' });
  });
});
