import assert from 'node:assert/strict';
import type { ShowCost } from '@voltpile/csms/contract/commands';
import { balanceUpdateReply } from '@voltpile/ykc/messages/balance';
import { showCostOf } from '../testing/show-cost.ts';
import { SERIAL } from './testing/bodies.ts';
import { answer, charges, type Given, give, holdTimers, refusalOf } from './testing/give.ts';
import { PILE_NO, PileBench } from './testing/pile-bench.ts';

describe('show-cost at a pile', () => {
  holdTimers();

  const CARD = '00000000d14b0a54';
  const NO_CARD = '0'.repeat(16);
  const yuan = (amount: string) => ({ amount, currency: 'CNY' });
  const costOf = (more: Partial<ShowCost['payload']> = {}, serial = SERIAL) =>
    showCostOf({ idToken: 'D14B0A54', cost: yuan('12.34'), remaining: yuan('87.66'), ...more }, serial);
  const sent = ({ frames }: Pick<Given, 'frames'>) =>
    frames.map(({ name, values }) => [name, values.gun, values.physCard, values.balance]);
  const says = (bench: PileBench, result: number) =>
    answer(bench, balanceUpdateReply, { pileNo: PILE_NO, physCard: CARD, result });

  async function charging(): Promise<PileBench> {
    const bench = await PileBench.loggedIn({ guns: 2 });
    await charges(bench, SERIAL);
    return bench;
  }

  it('raises the balance that the charge counts against, by what was spent and what is left', async () => {
    const bench = await charging();
    const given = await give(bench, costOf());
    assert.deepEqual(sent(given), [['0x42', '01', CARD, 10_000]]);
    await says(bench, 0);
    assert.equal((await given.outcome).status, 'accepted');
  });

  it('is told once, and again when somebody has paid in', async () => {
    const bench = await charging();
    const first = await give(bench, costOf());
    await says(bench, 0);
    await first.outcome;
    const second = await give(bench, costOf({ cost: yuan('20.00'), remaining: yuan('80.00') }));
    assert.deepEqual([(await second.outcome).status, sent(second)], ['accepted', []]);
    assert.deepEqual(sent(await give(bench, costOf({ remaining: yuan('187.66') }))), [['0x42', '01', CARD, 20_000]]);
  });

  it('is told again when the pile has not taken it', async () => {
    const bench = await charging();
    const first = await give(bench, costOf({ idToken: null }));
    assert.deepEqual(sent(first), [['0x42', '01', NO_CARD, 10_000]]);
    await says(bench, 2);
    assert.equal((await first.outcome).status, 'rejected');
    assert.equal(sent(await give(bench, costOf())).length, 1);
  });

  it('goes without the card where the pile knows it in another form', async () => {
    const bench = await charging();
    const given = await give(bench, costOf());
    await says(bench, 2);
    assert.deepEqual(sent({ frames: bench.frames() }), [['0x42', '01', NO_CARD, 10_000]]);
    await says(bench, 0);
    assert.equal((await given.outcome).status, 'accepted');
  });

  it('never tells more than the field holds', async () => {
    const bench = await charging();
    assert.deepEqual(sent(await give(bench, costOf({ remaining: yuan('999999999.99') }))), [
      ['0x42', '01', CARD, 0xffff_ffff],
    ]);
  });

  it('is not sent where there is nothing to tell, or nobody to tell it to', async () => {
    const bench = await charging();
    assert.deepEqual(await refusalOf(bench, costOf({ remaining: null })), ['failed', 'NotSupported']);
    assert.deepEqual(await refusalOf(bench, costOf({ isFinal: true })), ['failed', 'NotSupported']);
    // It has cost more than it may: told as a balance, that would let it go on.
    const overdrawn = { cost: yuan('100.20'), remaining: yuan('0.00') };
    assert.deepEqual(await refusalOf(bench, costOf(overdrawn)), ['failed', 'NotSupported']);
    const euro = { amount: '1.00', currency: 'EUR' };
    assert.deepEqual(await refusalOf(bench, costOf({ remaining: euro })), ['failed', 'NotSupported']);
    assert.deepEqual(await refusalOf(bench, costOf({}, 'deadbeef'.repeat(4))), ['failed', 'Unsendable']);
    await charges(bench, 'deadbeef'.repeat(4));
    assert.deepEqual(await refusalOf(bench, costOf()), ['failed', 'NotCharging']);
  });
});
