import assert from 'node:assert/strict';
import { parallelRemoteStartReply } from '@voltpile/ykc/messages/parallel';
import { answer, charges, type Given, give, holdTimers, pass, sentTo, serialOf, startOf } from './testing/give.ts';
import { PILE_NO, PileBench, type SentFrame } from './testing/pile-bench.ts';

/** 0xA3 to a frame that was sent. */
const agreed = (bench: PileBench, sent: SentFrame | undefined, result: number, failReason: number) =>
  answer(bench, parallelRemoteStartReply, {
    txSerial: serialOf(sent),
    pileNo: PILE_NO,
    gun: String(sent?.values.gun),
    result,
    failReason,
    mainAux: 0,
    parallelNo: String(sent?.values.parallelNo),
  });

describe('start-transaction of several guns', () => {
  holdTimers();

  async function both(): Promise<[PileBench, Given]> {
    const bench = await PileBench.loggedIn({ guns: 3 });
    return [bench, await give(bench, startOf({ evseId: 2, parallelEvseIds: [3, 2] }), 10_000)];
  }

  it('has a serial for each and one group number, of the wall time', async () => {
    const [bench, { outcome, frames }] = await both();
    assert.deepEqual(sentTo(frames), [
      ['0xA4', '02'],
      ['0xA4', '03'],
    ]);
    assert.deepEqual(
      frames.map(({ values }) => values.parallelNo),
      ['260301180000', '260301180000'],
    );
    assert.equal(bench.told('startNamed')[0]?.startBy, bench.clock.now() + 90_000);
    await agreed(bench, frames[1], 1, 0);
    await agreed(bench, frames[0], 1, 0);
    const { status, response } = await outcome;
    const { guns } = response as { guns: { evseId: number; status: string }[] };
    assert.deepEqual(
      [status, guns.map((gun) => [gun.evseId, gun.status])],
      [
        'accepted',
        [
          [2, 'accepted'],
          [3, 'accepted'],
        ],
      ],
    );
    for (const sent of frames) assert.deepEqual(await charges(bench, serialOf(sent), String(sent.values.gun)), []);
  });

  it('is stopped at those that said yes when one does not answer, and void for all', async () => {
    const [bench, { outcome, frames }] = await both();
    await agreed(bench, frames[0], 1, 0);
    assert.deepEqual(await charges(bench, serialOf(frames[0]), '02'), []);
    await pass(bench, 10_000);
    assert.equal((await outcome).status, 'timeout');
    assert.deepEqual(sentTo(bench.frames()), [['0x36', '02']]);
    assert.deepEqual(await charges(bench, serialOf(frames[1]), '03'), [['0x36', '03']]);
    // What goes on is told again.
    bench.ticks += 15_000;
    bench.pile.tick();
    assert.deepEqual(sentTo(bench.frames()), [
      ['0x36', '02'],
      ['0x36', '03'],
    ]);
  });

  it('is void for a gun that charges without having said yes', async () => {
    const [bench, { outcome, frames }] = await both();
    assert.deepEqual(await charges(bench, serialOf(frames[1]), '03'), []);
    await agreed(bench, frames[0], 0, 5);
    await pass(bench, 10_000);
    assert.equal((await outcome).status, 'rejected');
    bench.pile.tick();
    assert.deepEqual(sentTo(bench.frames()), [['0x36', '03']]);
  });

  it('is unknown when the connection goes', async () => {
    const [bench, { outcome, frames }] = await both();
    await agreed(bench, frames[0], 1, 0);
    bench.usable = false;
    bench.pile.closed();
    assert.equal((await outcome).status, 'unknown');
  });
});
