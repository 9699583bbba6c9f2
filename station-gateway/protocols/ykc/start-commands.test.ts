import assert from 'node:assert/strict';
import { realtimeData } from '@voltpile/ykc/messages/realtime-data';
import { remoteStartReply } from '@voltpile/ykc/messages/start';
import { databaseAway } from '../testing/database-away.ts';
import { idle } from './testing/bodies.ts';
import {
  answer,
  charges,
  type Given,
  give,
  holdTimers,
  pass,
  type Start,
  sentTo,
  serialOf,
  settled,
  startOf,
} from './testing/give.ts';
import { PILE_NO, PileBench, type SentFrame } from './testing/pile-bench.ts';

const errorOf = (response: unknown): string => (response as { error: string }).error;

/** 0x33 to a frame that was sent. */
const replied = (
  bench: PileBench,
  sent: SentFrame | undefined,
  result: number,
  failReason: number,
  txSerial?: string,
) =>
  answer(bench, remoteStartReply, {
    txSerial: txSerial ?? serialOf(sent),
    pileNo: PILE_NO,
    gun: String(sent?.values.gun),
    result,
    failReason,
  });

describe('start-transaction at a pile that takes its time', () => {
  holdTimers();

  async function unplugged(
    patienceMs: number,
    [result, failReason]: readonly [number, number] = [0, 5],
  ): Promise<[PileBench, Given]> {
    const bench = await PileBench.loggedIn();
    const given = await give(bench, startOf(), patienceMs);
    await replied(bench, given.frames[0], result, failReason);
    return [bench, given];
  }

  it('has a serial of pile, gun and wall time, which the domain hears before the pile', async () => {
    const bench = await PileBench.loggedIn({ guns: 2 });
    const { startNamed } = bench.port;
    let sentBefore: SentFrame[] | undefined;
    bench.port.startNamed = async (naming) => {
      await settled();
      sentBefore = bench.frames();
      return startNamed(naming);
    };
    bench.pile.execute(startOf({ evseId: 2 }), bench.clock.now()).catch(assert.fail);
    await settled();
    await settled();
    const [sent] = bench.frames();
    assert.deepEqual(sentBefore, []);
    assert.match(serialOf(sent), /^3201060001923602260301180000\d{4}$/);
    assert.equal(bench.told('startNamed')[0]?.stationTransactionId, serialOf(sent));
  });

  it('is not sent when the database is away, and says so', async () => {
    const bench = await PileBench.loggedIn({ answers: { startNamed: databaseAway() } });
    const { outcome, frames } = await give(bench, startOf());
    const { status, response } = await outcome;
    assert.deepEqual([status, errorOf(response), frames], ['failed', 'Unsendable', []]);
  });

  it('times out at the deadline and not before; the answer is not taken for that of another start', async () => {
    const bench = await PileBench.loggedIn();
    const first = await give(bench, startOf(), 10_000);
    let ended = false;
    void first.outcome.then(() => {
      ended = true;
    });
    await pass(bench, 9999);
    assert.ok(!ended && bench.pile.expects('0x33'));
    await pass(bench, 1);
    assert.deepEqual([(await first.outcome).status, bench.pile.expects('0x33')], ['timeout', false]);
    await replied(bench, first.frames[0], 1, 0);
    assert.deepEqual(bench.odds, ['unasked']);
    // The order stands in the domain until its startBy: a charge that comes is no void one.
    assert.deepEqual(await charges(bench, serialOf(first.frames[0])), []);
  });

  it('is unknown when the connection goes after it was sent, offline when it had gone before', async () => {
    const bench = await PileBench.loggedIn();
    const { outcome } = await give(bench, startOf());
    bench.pile.closed();
    assert.equal((await outcome).status, 'unknown');
    assert.deepEqual(bench.logged.map(({ name, outcome: became }) => [name, became]).at(-1), ['0x34', 'lost']);
    const after = await give(bench, startOf());
    assert.deepEqual([(await after.outcome).status, after.frames], ['offline', []]);
    const unusable = await PileBench.loggedIn();
    unusable.usable = false;
    assert.equal((await (await give(unusable, startOf())).outcome).status, 'offline');
  });

  for (const [failReason, text] of [
    [1, 'pile number mismatch'],
    [2, 'gun already charging'],
    [3, 'pile fault'],
    [4, 'pile offline'],
    [9, undefined],
  ] as const) {
    it(`is refused for the reason ${failReason} in words (${text})`, async () => {
      const bench = await PileBench.loggedIn();
      const { outcome, frames } = await give(bench, startOf());
      await replied(bench, frames[0], 0, failReason);
      const { status, response } = await outcome;
      const told = response as { failReason: number; failReasonText?: string };
      assert.deepEqual([status, told.failReason, told.failReasonText], ['rejected', failReason, text]);
    });
  }

  it('takes no answer under another serial', async () => {
    const bench = await PileBench.loggedIn({ guns: 2 });
    const one = await give(bench, startOf({ evseId: 1 }));
    const two = await give(bench, startOf({ evseId: 2 }));
    assert.notEqual(serialOf(one.frames[0]), serialOf(two.frames[0]));
    await replied(bench, one.frames[0], 1, 0, 'f'.repeat(32));
    assert.deepEqual(bench.odds, ['unasked']);
    // The later one is answered first.
    await replied(bench, two.frames[0], 0, 3);
    await replied(bench, one.frames[0], 1, 0);
    assert.deepEqual([(await one.outcome).status, (await two.outcome).status], ['accepted', 'rejected']);
  });

  it('is accepted when the car comes in time, also of piles that put the reason into the result', async () => {
    for (const reason of [
      [0, 5],
      [5, 0],
      [5, 5],
    ] as const) {
      const [bench, { outcome, frames }] = await unplugged(70_000, reason);
      await pass(bench, 59_000);
      // Told twice that there is no car: the order stands all the same.
      await replied(bench, frames[0], 0, 5);
      await replied(bench, frames[0], 1, 0);
      assert.equal((await outcome).status, 'accepted', String(reason));
      await pass(bench, 10_000);
      assert.deepEqual(await charges(bench, serialOf(frames[0])), []);
    }
  });

  it('is refused when the pile says no in the end', async () => {
    const [bench, { outcome, frames }] = await unplugged(70_000);
    await replied(bench, frames[0], 0, 3);
    assert.equal((await outcome).status, 'rejected');
    assert.deepEqual(await charges(bench, serialOf(frames[0])), [['0x36', '01']]);
  });

  it('that waits longer than the order stands is refused after 65 s', async () => {
    const [bench, { outcome }] = await unplugged(120_000);
    await pass(bench, 65_000);
    const { status, response } = await outcome;
    assert.deepEqual([status, (response as { failReason: number }).failReason], ['rejected', 5]);
    assert.match((response as { message: string }).message, /^No car was plugged in/);
  });

  it('of a car after the deadline has timed out, and its serial is good', async () => {
    const [bench, { outcome, frames }] = await unplugged(20_000);
    await pass(bench, 20_000);
    assert.equal((await outcome).status, 'timeout');
    await pass(bench, 44_999);
    await replied(bench, frames[0], 1, 0);
    await pass(bench, 60_000);
    assert.deepEqual(await charges(bench, serialOf(frames[0])), []);
    assert.equal(bench.told('transactionStarted')[0]?.namedByUs, true);
    assert.deepEqual(bench.odds, []);
  });

  it('of a car after the order has ended is void: what charges under it is stopped', async () => {
    const [bench, { outcome, frames }] = await unplugged(20_000);
    await pass(bench, 65_000);
    assert.equal((await outcome).status, 'timeout');
    await replied(bench, frames[0], 1, 0);
    assert.deepEqual(bench.odds, ['unasked']);
    assert.deepEqual(await charges(bench, serialOf(frames[0])), [['0x36', '01']]);
    assert.equal(bench.told('transactionStarted')[0]?.namedByUs, undefined);
    // Once, until it has had time to heed that.
    assert.deepEqual(await charges(bench, serialOf(frames[0])), []);
  });

  it('that the pile has followed without a word is not stopped when the order ends', async () => {
    const [bench, { frames }] = await unplugged(20_000);
    await pass(bench, 30_000);
    assert.deepEqual(await charges(bench, serialOf(frames[0])), []);
    await pass(bench, 40_000);
    await bench.say(bench.frame(realtimeData, idle({ plugged: 1 })));
    bench.pile.tick();
    assert.deepEqual(await charges(bench, serialOf(frames[0])), []);
  });

  it('that the pile refuses and follows all the same is stopped', async () => {
    const bench = await PileBench.loggedIn();
    const { outcome, frames } = await give(bench, startOf());
    assert.deepEqual(await charges(bench, serialOf(frames[0])), []);
    await replied(bench, frames[0], 0, 3);
    assert.equal((await outcome).status, 'rejected');
    bench.pile.tick();
    assert.deepEqual(sentTo(bench.frames()), [['0x36', '01']]);
  });

  it('is unknown when the connection goes while it waits for a car', async () => {
    const [bench, { outcome }] = await unplugged(60_000);
    bench.pile.closed();
    assert.equal((await outcome).status, 'unknown');
    // With the answer as the last thing that came.
    const quick = await PileBench.loggedIn();
    const given = await give(quick, startOf(), 60_000);
    const said = replied(quick, given.frames[0], 0, 5);
    quick.pile.closed();
    await said;
    assert.equal((await given.outcome).status, 'unknown');
  });
});

describe('what start-transaction needs and tells', () => {
  it('takes the gun of a pile that has one, by the number that the pile gives it', async () => {
    const bench = await PileBench.loggedIn();
    assert.deepEqual(sentTo((await give(bench, startOf({}))).frames), [['0x34', '01']]);
    await bench.say(bench.frame(realtimeData, idle({ gun: '00' })));
    const { outcome, frames } = await give(bench, startOf({}));
    assert.deepEqual(sentTo(frames), [['0x34', '00']]);
    await replied(bench, frames[0], 1, 0);
    assert.equal((await outcome).status, 'accepted');
  });

  it('cannot do without a number, nor with a charging profile', async () => {
    const bench = await PileBench.loggedIn({ guns: 2 });
    const profile = { id: 1 } as Start['payload']['chargingProfile'];
    const errors = [];
    for (const command of [
      { action: 'start-transaction', payload: startOf().payload } as const,
      startOf({ evseId: 1, chargingProfile: profile }),
      startOf({ evseId: 0 }),
      startOf({ evseId: 1, parallelEvseIds: [3] }),
      startOf({ evseId: 1, parallelEvseIds: [1] }),
      startOf({ parallelEvseIds: [2] }),
    ]) {
      const { status, response } = await (await give(bench, command)).outcome;
      errors.push([status, errorOf(response)]);
    }
    assert.deepEqual(errors, [
      ['failed', 'Unsendable'],
      ['failed', 'NotSupported'],
      ['failed', 'UnknownEvse'],
      ['failed', 'UnknownEvse'],
      ['failed', 'Unsendable'],
      ['failed', 'EvseNeeded'],
    ]);
    assert.deepEqual([bench.frames(), bench.methods], [[], []]);
  });

  for (const [limit, balance] of [
    [undefined, 7700],
    [{ amount: '50', currency: 'CNY' }, 5000],
    [{ amount: '12.349', currency: 'CNY' }, 1234],
    [{ amount: '0', currency: 'CNY' }, 0],
    [{ amount: '99999999', currency: 'CNY' }, 0xffff_ffff],
    [{ amount: '50', currency: 'EUR' }, 7700],
  ] as const) {
    it(`tells what may be spent: ${limit === undefined ? 'the cap' : `${limit.amount} ${limit.currency}`}`, async () => {
      const bench = await PileBench.loggedIn({ guns: 2, settings: { spendingCapFen: 7700 } });
      const more = limit === undefined ? {} : { spendingLimit: limit };
      const one = await give(bench, startOf({ evseId: 1 }, more));
      const both = await give(bench, startOf({ evseId: 1, parallelEvseIds: [2] }, more));
      assert.deepEqual(
        [...one.frames, ...both.frames].map(({ values }) => values.balance),
        [balance, balance, balance],
      );
    });
  }

  for (const [idToken, logicCard, physCard] of [
    ['d14b0a54', '0000000000000000', '00000000d14b0a54'],
    ['1234', '0000000000001234', '0000000000001234'],
    ['123', '0000000000000123', '0000000000000000'],
    ['0123456789ABCDEF', '0000000000000000', '0123456789abcdef'],
    ['app-user@example', '0000000000000000', '0000000000000000'],
  ] as const) {
    it(`tells the card ${idToken}`, async () => {
      const bench = await PileBench.loggedIn();
      const { values } = (await give(bench, startOf({ evseId: 1, idToken }))).frames[0] as SentFrame;
      assert.deepEqual([values.logicCard, values.physCard], [logicCard, physCard]);
    });
  }
});
