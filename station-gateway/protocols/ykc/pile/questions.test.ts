import assert from 'node:assert/strict';
import { instant } from '@voltpile/kernel/clock';
import { rebootReply } from '@voltpile/ykc/messages/reboot';
import { workParametersReply } from '@voltpile/ykc/messages/work-parameters';
import type { PileLink } from '../../pile-family.ts';
import { holdTimers, pass } from '../testing/give.ts';
import { PILE_NO, PileBench } from '../testing/pile-bench.ts';
import { Questions } from './questions.ts';

const MOST = 64;

describe('questions to a pile', () => {
  holdTimers();

  let bench: PileBench;
  let questions: Questions;

  beforeEach(() => {
    bench = new PileBench();
    questions = new Questions({ ...silent, clock: bench.clock, log: (command) => bench.log(command) });
  });

  /** A link that takes everything. */
  const silent = { send: () => true } as unknown as PileLink;
  const bytes = Buffer.of(1);
  const ask = (milliseconds = 1000, fits: (values: { result: number }) => boolean = () => true) =>
    questions.ask('0x92', bytes, rebootReply, fits, instant(bench.clock.now() + milliseconds));
  const said = (result: number) => questions.answered(rebootReply.code, { pileNo: PILE_NO, result }, frame());
  const frame = () => bench.read(bench.frame(rebootReply, { pileNo: PILE_NO, result: 1 }));

  it('are answered once, the oldest first that the answer fits', async () => {
    const odd = ask(1000, ({ result }) => result === 0);
    const one = ask();
    const two = ask();
    assert.deepEqual([said(1), said(0), said(2), said(3)], [true, true, true, false]);
    assert.deepEqual(
      (await Promise.all([odd, one, two])).map((reply) => reply.kind === 'answered' && reply.values.result),
      [0, 1, 2],
    );
    assert.deepEqual(
      bench.logged.map(({ name, outcome, answer }) => [name, outcome, answer !== null]),
      Array(3).fill(['0x92', 'result', true]),
    );
  });

  it('are known by what they wait for, until then', async () => {
    assert.ok(!questions.expects(rebootReply.code));
    const asked = ask(10);
    assert.ok(questions.expects(rebootReply.code) && !questions.expects(workParametersReply.code));
    assert.ok(!questions.answered(workParametersReply.code, { result: 1 }, frame()));
    await pass(bench, 10);
    assert.ok(!questions.expects(rebootReply.code));
    assert.deepEqual([await asked, bench.logged.map(({ outcome }) => outcome)], [{ kind: 'timeout' }, ['timeout']]);
  });

  it('whose deadline is over time out at once', async () => {
    const asked = ask(-5000);
    await pass(bench, 1);
    assert.deepEqual(await asked, { kind: 'timeout' });
  });

  it('are bounded: one too many is not sent', async () => {
    for (let count = 0; count < MOST; count++) void ask();
    assert.deepEqual(await ask(), { kind: 'closed', isSent: false });
    said(1);
    const asked = ask();
    questions.close();
    assert.deepEqual(await asked, { kind: 'closed', isSent: true });
  });

  it('end when the pile goes, and no more are asked or waited for', async () => {
    const asked = ask();
    questions.close();
    assert.deepEqual(
      [await asked, await ask()],
      [
        { kind: 'closed', isSent: true },
        { kind: 'closed', isSent: false },
      ],
    );
    const more = questions.wait({ name: '0x92', bytes }, rebootReply, () => true, instant(bench.clock.now() + 1000));
    assert.deepEqual(await more, { kind: 'closed', isSent: true });
    assert.ok(!questions.expects(rebootReply.code) && !said(1));
    assert.deepEqual(
      bench.logged.map(({ outcome }) => outcome),
      ['lost'],
    );
  });
});
