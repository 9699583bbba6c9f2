import assert from 'node:assert/strict';
import { EVERYTHING } from '@voltpile/csms/contract/access-scope';
import { defineError } from '@voltpile/kernel/errors';
import { uuidv7 } from '@voltpile/kernel/ids';
import { tariffSchema } from '../../contract/tariff.ts';
import { DeliveryBench, flatTariff, PILE } from '../../testing/delivery-bench.ts';
import { DAY_MS, failsWith } from '../../testing/tariffs-bench.ts';

const MINUTE_MS = 60_000;
const away = defineError('test.away', 'Unavailable', 'The database is away.');
const full = defineError('command.too_many_pending', 'Conflict', 'There are too many.');

describe('prices that piles are told', () => {
  let bench: DeliveryBench;
  beforeEach(async () => {
    bench = await DeliveryBench.open();
  });
  afterEach(() => bench[Symbol.asyncDispose]());

  describe('when all goes well', () => {
    it('are sent once, and again when others hold', async () => {
      const assignment = await bench.assign('1');
      await bench.settle();
      await bench.settle();
      const first = await bench.view();
      assert.deepEqual([first.state, first.confirmedBy, first.problem], ['confirmed', 'command', null]);
      assert.equal(first.commandId, bench.commands[0]?.id);
      assert.equal(first.confirmedDigest, first.wantedDigest);
      assert.deepEqual([bench.commands.length, bench.commands[0]?.requestedBy], [1, 'billing']);
      await bench.end(assignment);
      await bench.assign('2');
      await bench.settle();
      assert.deepEqual(bench.sent, ['1', '2']);
      const second = await bench.view();
      assert.deepEqual([second.state, second.attempts], ['confirmed', 0]);
      assert.notEqual(second.wantedDigest, first.wantedDigest);
    });

    it('are not sent when another version has the same ones', async () => {
      const assignment = await bench.assign('1');
      await bench.settle();
      const { wantedVersionId } = await bench.view();
      await bench.end(assignment);
      await bench.assign('1.0');
      await bench.settle();
      const delivery = await bench.view();
      assert.equal(delivery.state, 'confirmed');
      assert.notEqual(delivery.wantedVersionId, wantedVersionId);
      assert.deepEqual(bench.sent, ['1']);
    });

    it('are sent when an assignment comes into effect, and when it expires', async () => {
      const target = { kind: 'station', stationId: PILE } as const;
      await bench.assign('1', { kind: 'organization' });
      const { stored, assignments } = bench.tariffs.tariffs;
      const tariff = flatTariff('2');
      const { id: tariffId } = (await stored.create(EVERYTHING, { name: 'Fair', firstVersion: { tariff } }, null))
        .tariff;
      const times = { validFrom: bench.tariffs.inDays(1), validTo: bench.tariffs.inDays(2) };
      await assignments.create(EVERYTHING, { tariffId, target, ...times }, null);
      for (let day = 0; day < 3; day++) {
        await bench.settle();
        bench.clock.advance(DAY_MS);
      }
      assert.deepEqual(bench.sent, ['1', '2', '1']);
    });

    it('are those of the place where the station is', async () => {
      await bench.assign('1', { kind: 'organization' });
      await bench.settle();
      const siteId = uuidv7();
      bench.pile().siteId = siteId;
      await bench.settle();
      assert.equal((await bench.view()).siteId, siteId);
      assert.deepEqual(bench.sent, ['1']);
    });

    it('go to stations that can be told only, many of them', async () => {
      await bench.assign('1', { kind: 'organization' });
      bench.add('OCPP', { capabilities: ['reset-station'] });
      for (let number = 100; number < 230; number++) bench.add(`P${number}`);
      await bench.settle();
      assert.equal(bench.commands.length, 131);
      const { items, nextCursor } = await bench.port.list(EVERYTHING, { state: 'confirmed' }, { limit: 100 });
      assert.deepEqual([items.length, nextCursor === null], [100, false]);
      const rest = await bench.port.list(
        EVERYTHING,
        { state: 'confirmed' },
        { limit: 100, cursor: nextCursor ?? undefined },
      );
      assert.equal(rest.items.length, 31);
      assert.equal((await bench.port.list(EVERYTHING, { stationId: PILE }, { limit: 10 })).items.length, 1);
      await assert.rejects(bench.view('OCPP'), failsWith('tariff_delivery.not_found'));
      const nobody = { kind: 'sites', siteIds: [] } as const;
      assert.equal((await bench.port.list(nobody, {}, { limit: 10 })).items.length, 0);
    });
  });

  describe('when there are none', () => {
    it('say why', async () => {
      await bench.settle();
      const none = await bench.view();
      assert.deepEqual([none.state, none.wantedVersionId], ['unsupported', null]);
      assert.match(none.problem ?? '', /no tariff is assigned/);
      await assert.rejects(bench.port.sendAgain(EVERYTHING, PILE), failsWith('tariff_delivery.nothing_to_tell'));
      const { stored, assignments } = bench.tariffs.tariffs;
      const components = [{ type: 'TIME', price: '1', step_size: 1 }];
      const tariff = tariffSchema.parse({ currency: 'CNY', elements: [{ price_components: components }] });
      const { id: tariffId } = (await stored.create(EVERYTHING, { name: 'Time', firstVersion: { tariff } }, null))
        .tariff;
      await assignments.create(EVERYTHING, { tariffId, target: { kind: 'organization' } }, null);
      await bench.settle();
      const unfit = await bench.view();
      assert.equal(unfit.state, 'unsupported');
      assert.match(unfit.problem ?? '', /TIME/);
      assert.notEqual(unfit.wantedVersionId, null);
      await bench.assign('1');
      await bench.settle();
      assert.deepEqual([await bench.state(), bench.sent], ['confirmed', ['1']]);
    });
  });

  describe('when they cannot be sent now', () => {
    it('wait until the station connects', async () => {
      bench.pile().online = false;
      await bench.assign('1');
      await bench.settle();
      const parked = await bench.view();
      assert.deepEqual(
        [parked.state, parked.nextTryAt, parked.problem],
        ['wanted', null, 'the station is not connected'],
      );
      bench.clock.advance(DAY_MS);
      await bench.deliver();
      bench.pile().online = true;
      await bench.tell('station.connected');
      await bench.deliver();
      assert.deepEqual([await bench.state(), bench.commands.length], ['confirmed', 1]);
    });

    it('are sent to a station that has connected without word of it', async () => {
      bench.pile().online = false;
      await bench.assign('1');
      await bench.settle();
      bench.pile().online = true;
      await bench.settle();
      assert.equal(await bench.state(), 'confirmed');
    });

    it('wait for the end of the charge', async () => {
      bench.pile().isCharging = true;
      await bench.assign('1');
      await bench.settle();
      await bench.tell('transaction.ended');
      await bench.deliver();
      assert.deepEqual([await bench.state(), bench.commands.length], ['wanted', 0]);
      assert.equal((await bench.view()).problem, 'somebody charges at the station');
      bench.pile().isCharging = false;
      await bench.tell('transaction.ended');
      await bench.deliver();
      assert.equal(await bench.state(), 'confirmed');
    });

    it('are sent after a charge whose end nobody told', async () => {
      bench.pile().isCharging = true;
      await bench.assign('1');
      await bench.settle();
      bench.pile().isCharging = false;
      bench.clock.advance(5 * MINUTE_MS);
      await bench.deliver();
      assert.equal(await bench.state(), 'confirmed');
    });

    it('are tried again when the command was not taken', async () => {
      await bench.assign('1');
      bench.fault = { when: 'before', error: full() };
      await bench.settle();
      assert.deepEqual([await bench.state(), (await bench.view()).problem], ['wanted', 'There are too many.']);
      bench.fault = undefined;
      bench.clock.advance(MINUTE_MS);
      await bench.deliver();
      assert.equal(await bench.state(), 'confirmed');
    });
  });

  describe('when the answer is not yes', () => {
    it('are sent again later and later, at last once a day', async () => {
      await bench.assign('1');
      bench.answer = 'rejected';
      await bench.settle();
      const refused = await bench.view();
      assert.deepEqual([refused.state, refused.attempts], ['refused', 1]);
      assert.match(refused.problem ?? '', /refused its prices: \{"result":0\}/);
      // Neither a charge nor a new connection makes it sooner.
      await bench.tell('transaction.ended');
      await bench.tell('station.connected');
      await bench.settle();
      assert.equal(bench.commands.length, 1);
      for (const minutes of [1, 5, 15, 60]) {
        bench.clock.advance(minutes * MINUTE_MS);
        await bench.deliver();
      }
      assert.equal(bench.commands.length, 5);
      bench.clock.advance(23 * 60 * MINUTE_MS);
      await bench.settle();
      assert.deepEqual([bench.commands.length, await bench.state()], [5, 'refused']);
      bench.clock.advance(60 * MINUTE_MS);
      await bench.deliver();
      assert.equal(bench.commands.length, 6);
      bench.answer = 'accepted';
      bench.clock.advance(DAY_MS);
      await bench.deliver();
      const taken = await bench.view();
      assert.deepEqual([taken.state, taken.attempts, taken.problem], ['confirmed', 0, null]);
    });

    it('are sent at once when they are other ones', async () => {
      const assignment = await bench.assign('1');
      bench.answer = 'failed';
      await bench.settle();
      await bench.end(assignment);
      await bench.assign('2');
      await bench.settle();
      assert.deepEqual([bench.sent, (await bench.view()).attempts], [['1', '2'], 1]);
    });

    it('are sent at once when somebody says so', async () => {
      await bench.assign('1');
      bench.answer = 'rejected';
      await bench.settle();
      bench.answer = 'accepted';
      assert.equal((await bench.port.sendAgain(EVERYTHING, PILE)).state, 'wanted');
      await bench.deliver();
      assert.equal(await bench.state(), 'confirmed');
      await bench.port.sendAgain(EVERYTHING, PILE);
      await bench.deliver();
      assert.deepEqual([await bench.state(), bench.commands.length], ['confirmed', 3]);
    });

    it('are sent on the next connection when there was none', async () => {
      await bench.assign('1');
      bench.answer = 'timeout';
      await bench.settle();
      const silent = await bench.view();
      assert.deepEqual([silent.state, silent.confirmedDigest], ['wanted', null]);
      bench.answer = 'accepted';
      await bench.tell('station.connected');
      await bench.deliver();
      assert.deepEqual([await bench.state(), bench.commands.length], ['confirmed', 2]);
    });

    it('wait for the next connection when the station went before it was sent them', async () => {
      await bench.assign('1');
      bench.answer = 'offline';
      await bench.settle();
      const { state, attempts, nextTryAt } = await bench.view();
      assert.deepEqual([state, attempts, nextTryAt], ['wanted', 0, null]);
    });

    it('are not known after an answer that nobody heard', async () => {
      const assignment = await bench.assign('1');
      await bench.settle();
      await bench.end(assignment);
      bench.answer = 'unknown';
      const second = await bench.assign('2');
      await bench.settle();
      // It may have the second ones now: the first ones have to be said.
      await bench.end(second);
      bench.answer = 'accepted';
      await bench.assign('1');
      await bench.settle();
      assert.deepEqual([bench.sent, await bench.state()], [['1', '2', '1'], 'confirmed']);
    });
  });

  describe('while the answer is awaited', () => {
    beforeEach(async () => {
      bench.answer = 'pending';
      await bench.assign('1');
      await bench.settle();
      assert.deepEqual([await bench.state(), bench.commands.length], ['sent', 1]);
    });

    it('are confirmed by the event, whether or not it comes again', async () => {
      const ended = bench.finish(0, 'accepted');
      await bench.tell('command.finished', { ...ended });
      await bench.tell('command.finished', { ...ended });
      assert.equal(await bench.state(), 'confirmed');
      await bench.settle();
      assert.equal(bench.commands.length, 1);
    });

    it('are confirmed without an event, after the deadline', async () => {
      await bench.settle();
      bench.clock.advance(MINUTE_MS);
      await bench.deliver();
      assert.equal(await bench.state(), 'sent');
      bench.finish(0, 'accepted');
      bench.clock.advance(MINUTE_MS);
      await bench.deliver();
      assert.deepEqual([await bench.state(), bench.commands.length], ['confirmed', 1]);
    });

    it('are sent again when the command is not there any more', async () => {
      bench.commands.length = 0;
      bench.answer = 'accepted';
      bench.clock.advance(MINUTE_MS);
      await bench.deliver();
      bench.clock.advance(MINUTE_MS);
      await bench.deliver();
      assert.deepEqual([await bench.state(), bench.commands.length], ['confirmed', 1]);
    });

    it('are followed by others that are wanted meanwhile', async () => {
      const { items } = await bench.tariffs.tariffs.assignments.list(EVERYTHING, {}, { limit: 1 });
      await bench.end(items[0]?.id ?? '');
      await bench.assign('2');
      await bench.settle();
      assert.equal(await bench.state(), 'sent');
      bench.answer = 'accepted';
      await bench.tell('command.finished', { ...bench.finish(0, 'rejected') });
      await bench.deliver();
      assert.deepEqual([await bench.state(), bench.sent], ['confirmed', ['1', '2']]);
    });

    it('are not sent twice when somebody wants it', async () => {
      assert.equal((await bench.port.sendAgain(EVERYTHING, PILE)).state, 'sent');
      await bench.deliver();
      assert.equal(bench.commands.length, 1);
    });
  });

  describe('when a process dies', () => {
    it('are sent once more after a death behind the command', async () => {
      await bench.assign('1');
      bench.fault = { when: 'after', error: away() };
      await bench.settle();
      assert.deepEqual([await bench.state(), (await bench.view()).commandId], ['sent', null]);
      bench.fault = undefined;
      bench.clock.advance(MINUTE_MS);
      await bench.deliver();
      assert.deepEqual([await bench.state(), bench.commands.length], ['confirmed', 2]);
    });

    it('are not sent again when the event tells of the command', async () => {
      await bench.assign('1');
      bench.fault = { when: 'after', error: away() };
      await bench.settle();
      bench.fault = undefined;
      await bench.tell('command.finished', { ...bench.commands[0] });
      bench.clock.advance(MINUTE_MS);
      await bench.deliver();
      assert.deepEqual([await bench.state(), bench.commands.length], ['confirmed', 1]);
    });

    it('are sent after a death before the command', async () => {
      await bench.assign('1');
      bench.fault = { when: 'before', error: away() };
      await bench.settle();
      bench.fault = undefined;
      bench.clock.advance(MINUTE_MS);
      await bench.deliver();
      assert.deepEqual([await bench.state(), bench.commands.length], ['confirmed', 1]);
    });

    it('are sent once by several processes', async () => {
      await bench.assign('1', { kind: 'organization' });
      for (let number = 100; number < 160; number++) bench.add(`P${number}`);
      const workers = Array.from({ length: 3 }, () => bench.deliverer());
      await Promise.all([bench.settle(), bench.settle()]);
      await Promise.all(workers.map((worker) => worker.deliverDue()));
      assert.deepEqual([bench.commands.length, new Set(bench.commands.map((one) => one.stationId)).size], [61, 61]);
    });

    it('are left to the next one', async () => {
      await bench.assign('1');
      const worker = bench.deliverer();
      await bench.settle();
      await bench.port.sendAgain(EVERYTHING, PILE);
      worker.start();
      worker.poke();
      await worker.stop();
      await bench.deliver();
      bench.clock.advance(MINUTE_MS);
      await bench.deliver();
      assert.equal(await bench.state(), 'confirmed');
    });
  });

  describe('when the station asks by itself', () => {
    it('are confirmed by that', async () => {
      await bench.assign('1');
      await bench.takes(await bench.asked());
      const delivery = await bench.view();
      assert.deepEqual([delivery.state, delivery.confirmedBy], ['confirmed', 'asking']);
      await bench.settle();
      assert.equal(bench.commands.length, 0);
    });

    it('are sent when it was told others', async () => {
      await bench.assign('1');
      await bench.settle();
      await bench.takes(null);
      assert.equal(await bench.state(), 'wanted');
      await bench.settle();
      assert.deepEqual([await bench.state(), bench.commands.length], ['confirmed', 2]);
    });

    it('stay refused when it takes others, and are not when it takes them', async () => {
      await bench.assign('1');
      bench.answer = 'rejected';
      await bench.settle();
      await bench.takes(null);
      assert.equal(await bench.state(), 'refused');
      await bench.takes(await bench.asked());
      assert.equal(await bench.state(), 'confirmed');
    });

    it('are what was sent last, when it is told during that', async () => {
      bench.answer = 'pending';
      await bench.assign('1');
      await bench.settle();
      await bench.takes(null);
      assert.equal(await bench.state(), 'sent');
      await bench.tell('command.finished', { ...bench.finish(0, 'accepted') });
      assert.equal(await bench.state(), 'confirmed');
    });
  });

  it('are noted when a person sends them, and sent when a person has sent others', async () => {
    const first = await bench.assign('1');
    await bench.settle();
    const [command] = bench.commands;
    await bench.end(first);
    await bench.assign('2');
    await bench.settle();
    const at = new Date(bench.clock.now() + 1).toISOString();
    await bench.tell('command.finished', { ...command, id: uuidv7(), requestedBy: 'ann@example.com', finishedAt: at });
    bench.clock.advance(1);
    await bench.deliver();
    assert.deepEqual([bench.sent, await bench.state()], [['1', '2', '2'], 'confirmed']);
    // What is told late changes nothing.
    await bench.tell('command.finished', { ...command });
    assert.equal(await bench.state(), 'confirmed');
  });

  it('are forgotten with the station', async () => {
    await bench.assign('1', { kind: 'organization' });
    bench.add('P2');
    bench.add('P3');
    await bench.settle();
    await bench.tell('station.updated', { removed: true });
    await bench.tell('station.updated', { changes: {} }, 'P2');
    bench.piles.delete('P2');
    bench.pile('P3').capabilities = [];
    bench.clock.advance(DAY_MS);
    await bench.deliver();
    const { items } = await bench.port.list(EVERYTHING, {}, { limit: 10 });
    assert.deepEqual(items, []);
  });
});
