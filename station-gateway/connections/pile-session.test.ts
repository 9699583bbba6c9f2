import assert from 'node:assert/strict';
import type { MessageOrigin } from '@voltpile/csms/contract/station-port';
import type { PileSettings } from '../pile-settings.ts';
import { createYkcFamily } from '../protocols/ykc/family.ts';
import type { GatewaySettings } from '../settings.ts';
import { domainAway, domainRefuses, FakeStationPort } from '../testing/fake-station-port.ts';
import { type GatewayFixture, startGateway } from '../testing/gateway-fixture.ts';
import { chargingBody, type PileClient, recordBody } from '../testing/pile-client.ts';

const PILE = '32010600019236';
const SERIAL = `${PILE}01${'0'.repeat(16)}`;
/** 0x23: what a car wants. @param minutes left, to tell them apart */
const demandBody = (minutes: number): string =>
  `${SERIAL}${PILE}01${'a00f'}${'a00f'}02${'a00f'}${'a00f'}${'5901'}28${minutes.toString(16).padStart(2, '0')}00${'a00f'}${'a00f'}0100`;
/** 0x1D: why a car ends its charge. */
const abortBody = `${SERIAL}${PILE}01${'01000000'}`;

describe('the frames of a pile', () => {
  let fixture: GatewayFixture;
  let client: PileClient;

  afterEach(() => fixture.stop());

  async function enter(piles: Partial<PileSettings> = {}, settings: Partial<GatewaySettings> = {}): Promise<void> {
    const port = new FakeStationPort();
    port.register(PILE);
    const families = [createYkcFamily()];
    const quick = { pingIntervalSeconds: 0.1, idleTimeoutSeconds: 30, ...settings };
    fixture = await startGateway(quick, [], port, undefined, { families, settings: { burstMs: 1, ...piles } });
    client = await fixture.connectPile();
    assert.ok(await client.login(PILE));
    port.calls.length = 0;
  }

  /** Bytes of several frames, to be sent in one piece. */
  const piece = (...frames: readonly (readonly [type: number, body: string])[]): Buffer =>
    Buffer.concat(frames.map(([type, body]) => client.frame(type, body)));

  const originsOf = (): MessageOrigin[] =>
    fixture.port.calls.flatMap(({ argument }) => {
      const { origin } = argument as { origin?: MessageOrigin };
      return origin === undefined || origin.messageName === '0x03' ? [] : [origin];
    });

  const toldNames = (): string[] => originsOf().map(({ messageName }) => messageName);

  const outcomes = (outcome: string, action?: string): Promise<number> =>
    fixture.metric('messages_total', { outcome, ...(action === undefined ? {} : { action }) });

  async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
    while (!(await isSo())) await new Promise(setImmediate);
  }

  /** The domain is away until told otherwise. */
  function away(): { back(): void } {
    let isAway = true;
    fixture.port.before = (method) => {
      if (isAway && method !== 'heartbeat') throw domainAway();
    };
    return {
      back: () => {
        isAway = false;
      },
    };
  }

  describe('that nothing answers', () => {
    it('are kept while the domain is away, and told in their order, also when the pile has gone', async () => {
      await enter();
      const { back } = away();
      client.socket.write(
        piece([0x13, chargingBody(PILE, SERIAL, 1)], [0x1d, abortBody], [0x23, demandBody(9)], [0x1d, abortBody]),
      );
      await client.heartbeat(PILE);
      client.socket.destroy();
      await fixture.port.called('disconnected');
      assert.deepEqual(toldNames(), []);
      back();
      await until(() => toldNames().length >= 5);
      assert.deepEqual(toldNames(), ['0x13', '0x13', '0x1D', '0x23', '0x1D']);
      assert.equal(await outcomes('failed'), 0);
    });

    it('are kept for a time, then given up one by one: what comes later is told', async () => {
      await enter({ keepToldSeconds: 0.15 });
      const { back } = away();
      client.socket.write(piece([0x1d, abortBody], [0x1d, abortBody]));
      await until(async () => (await outcomes('failed', '0x1D')) === 2);
      back();
      client.send(0x13, chargingBody(PILE, SERIAL));
      await fixture.port.called('transactionStarted');
      assert.equal(fixture.port.count('factReported'), 0);
      assert.ok(client.isOpen);
    });

    it('are told while others of them are refused for good', async () => {
      await enter();
      fixture.port.before = (method) => {
        if (method === 'factReported') throw domainRefuses();
      };
      client.socket.write(piece([0x1d, abortBody], [0x13, chargingBody(PILE, SERIAL)]));
      await fixture.port.called('transactionStarted');
      assert.equal(await outcomes('failed', '0x1D'), 1);
      assert.ok(fixture.log.some(({ level, text }) => level === 'error' && text === 'a frame failed'));
      assert.ok(client.isOpen);
    });

    it('have moments of their own when they come in one piece', async () => {
      await enter();
      const before = Date.now();
      client.socket.write(piece(...Array.from({ length: 50 }, (_, n) => [0x23, demandBody(n)] as const)));
      await until(() => toldNames().length === 50);
      const moments = originsOf().map(({ receivedAt }) => receivedAt);
      for (const [index, moment] of moments.entries()) {
        assert.ok(moment >= before && moment < before + 2000);
        if (index > 0) assert.ok(moment > (moments[index - 1] as number), `${index}`);
      }
    });
  });

  describe('when more wait than there is room for', () => {
    /** Frames in one piece behind one that is in hand. @returns what was told in the end */
    async function crowd(...frames: readonly (readonly [type: number, body: string])[]): Promise<string[]> {
      await enter({ maxQueuedFrames: 4 });
      const door = Promise.withResolvers<void>();
      const begun = Promise.withResolvers<void>();
      fixture.port.before = () => {
        begun.resolve();
        return door.promise;
      };
      client.send(0x1d, abortBody);
      await begun.promise;
      client.socket.write(piece(...frames));
      await until(async () => (await fixture.metric('paused_sockets')) === 1);
      door.resolve();
      await until(async () => (await fixture.metric('queued_messages')) === 0);
      return toldNames().slice(1);
    }

    it('those that the next one says again go first, the oldest of them', async () => {
      const told = await crowd(
        [0x1d, abortBody],
        [0x23, demandBody(1)],
        [0x23, demandBody(2)],
        [0x1d, abortBody],
        [0x3b, recordBody(PILE, SERIAL)],
      );
      assert.deepEqual(told, ['0x1D', '0x1D', '0x3B', '0x3B']);
      assert.equal(await outcomes('dropped', '0x23'), 2);
      await client.next(0x40);
    });

    it('then those that nothing answers, and never those that the pile waits for', async () => {
      const record = [0x3b, recordBody(PILE, SERIAL)] as const;
      const told = await crowd([0x1d, abortBody], record, [0x1d, abortBody], record, record, record);
      assert.deepEqual(told, Array(8).fill('0x3B'));
      assert.equal(await outcomes('dropped', '0x1D'), 2);
      for (let answers = 0; answers < 4; answers++) await client.next(0x40);
    });
  });

  describe('that the pile waits for', () => {
    it('are answered when the domain is back in time', async () => {
      await enter();
      const { back } = away();
      client.send(0x3b, recordBody(PILE, SERIAL));
      await client.heartbeat(PILE);
      assert.equal(client.count(0x40), 0);
      back();
      await client.next(0x40);
      assert.ok(client.isOpen);
    });

    it('are never answered without the domain: the pile is left, and repeats itself', async () => {
      await enter({}, { holdReplySeconds: 0.2 });
      away();
      client.socket.write(piece([0x3b, recordBody(PILE, SERIAL)], [0x31, startBody]));
      await client.closed;
      await fixture.port.called('disconnected');
      assert.deepEqual([client.count(0x40), client.count(0x32)], [0, 0]);
      assert.equal(await fixture.metric('disconnects_total', { reason: 'held-too-long' }), 1);
    });

    it('are not answered late when the domain hangs: the pile is left after the same time', async () => {
      await enter({}, { holdReplySeconds: 0.1 });
      const door = Promise.withResolvers<void>();
      fixture.port.before = (method) => (method === 'factReported' ? door.promise : undefined);
      // The one in hand is of no interest to the pile; the card waits behind it.
      client.socket.write(piece([0x1d, abortBody], [0x31, startBody]));
      await client.closed;
      await fixture.port.called('disconnected');
      assert.equal(await fixture.metric('disconnects_total', { reason: 'held-too-long' }), 1);
      door.resolve();
      await until(async () => (await fixture.metric('queued_messages')) === 0);
      assert.equal(client.count(0x32), 0);
    });

    it('are not answered when the domain will never take them, and the pile stays', async () => {
      await enter();
      fixture.port.before = (method) => {
        if (method === 'transactionEnded') throw domainRefuses();
      };
      client.socket.write(piece([0x3b, recordBody(PILE, SERIAL)], [0x31, startBody]));
      await client.next(0x32);
      assert.equal(client.count(0x40), 0);
      assert.equal(await outcomes('failed', '0x3B'), 1);
    });

    it('are stored also when the pile has gone before the answer', async () => {
      await enter();
      const door = Promise.withResolvers<void>();
      const begun = Promise.withResolvers<void>();
      fixture.port.before = () => {
        begun.resolve();
        return door.promise;
      };
      client.socket.write(piece([0x1d, abortBody], [0x3b, recordBody(PILE, SERIAL)]));
      await begun.promise;
      client.socket.destroy();
      await fixture.port.called('disconnected');
      door.resolve();
      await fixture.port.called('transactionEnded');
    });
  });

  it('that say only that it lives, or answer us, pass the others by', async () => {
    await enter();
    const door = Promise.withResolvers<void>();
    fixture.port.before = (method) => (method === 'heartbeat' ? undefined : door.promise);
    client.send(0x13, chargingBody(PILE, SERIAL));
    await client.heartbeat(PILE);
    client.send(0x05, `${PILE}ffff`);
    await client.next(0x06);
    assert.equal(fixture.port.count('transactionStarted'), 0);
    door.resolve();
    await fixture.port.called('transactionStarted');
  });
});

/** 0x31: a card is shown. */
const startBody = `${PILE}01${'0100'}${'00000000d14b0a54'}${'00'.repeat(33)}`;
