import assert from 'node:assert/strict';
import { EVERYTHING } from '@voltpile/csms/contract/access-scope';
import type { ChargingCurve } from '@voltpile/csms/contract/charging-curves-port';
import { uuidv7 } from '@voltpile/kernel/ids';
import { type CurveStory, curveOf, ORGANIZATION } from '../testing/curves.ts';
import { endOf, SettlementBench, tariffOf } from '../testing/settlement-bench.ts';
import { findMissed } from './find-missed.ts';
import { energyUnlikely } from './likely-energy.ts';
import { createOpenCharges } from './open-charges.ts';
import { nothingMeasured, settlementChanged, settlementNotFound, settlementNotReady } from './settlements-service.ts';

const STORY: CurveStory = {
  start: '2026-03-01T10:00:00Z',
  end: '2026-03-01T11:00:00Z',
  readings: [
    ['2026-03-01T10:00:00Z', 0],
    ['2026-03-01T11:00:00Z', 10_000],
  ],
};

/** The same transaction with other facts. */
function changed(curve: ChargingCurve, story: CurveStory, transaction: object = {}): ChargingCurve {
  const { id } = curve.transaction;
  return curveOf({ ...story, transaction: { ...story.transaction, id, ...transaction } });
}

describe('the settlement of charges', () => {
  let bench: SettlementBench;
  beforeEach(async () => {
    bench = await SettlementBench.open();
  });
  afterEach(() => bench[Symbol.asyncDispose]());

  const stateOf = async ({ transaction }: ChargingCurve) => {
    const { state, reasons, cdrId } = await bench.settlements.get(EVERYTHING, transaction.id);
    return { state, reasons, cdrId };
  };
  const records = async () => (await bench.cdrs.list(EVERYTHING, {}, { limit: 100 })).items.reverse();

  it('makes one record and one entry of a charge, however often its end is told', async () => {
    const curve = curveOf({ ...STORY, intentId: uuidv7() });
    await bench.end(curve);
    await bench.end(curve);
    await bench.follow([endOf(curve), endOf(curve), endOf(curve, 'transaction.updated')]);
    await Promise.all([bench.settle(), bench.settle()]);
    const [record, ...others] = await records();
    assert.deepEqual([others, record?.inclVat.amount, record?.kind], [[], '5.95', 'charge']);
    assert.deepEqual(await stateOf(curve), { state: 'settled', reasons: [], cdrId: record?.id });
    assert.deepEqual(await bench.ledger(), { receivable: '595', revenue: '-500', vat: '-95' });
    assert.deepEqual(
      bench.paid.map(({ intentIds }) => intentIds),
      [[curve.intentId]],
    );
    assert.equal(bench.settled.length, 1);
    assert.deepEqual(await bench.cdrs.get(EVERYTHING, record?.id ?? ''), record);
    assert.deepEqual((await bench.cdrs.list(EVERYTHING, { transactionId: curve.transaction.id }, { limit: 1 })).items, [
      record,
    ]);
  });

  it('settles a thousand charges that ended while it was away, each once, also when several work at it', async () => {
    const curves = Array.from({ length: 1000 }, () => curveOf(STORY));
    bench.curves.set(...curves);
    for (let at = 0; at < curves.length; at += 200) {
      await bench.follow(curves.slice(at, at + 200).map((curve) => endOf(curve)));
    }
    await Promise.all([bench.settle(), bench.settle(), bench.settle()]);
    assert.deepEqual(await bench.ledger(), { receivable: '595000', revenue: '-500000', vat: '-95000' });
    const { rows } = await bench.database.pool.query(
      'select count(*)::int as all, count(distinct transaction_id)::int as different from billing.cdr_transactions',
    );
    assert.deepEqual(rows, [{ all: 1000, different: 1000 }]);
  }).timeout(60_000);

  it('holds what cannot be charged until it can, or somebody decides', async () => {
    const held = curveOf({ ...STORY, transaction: { holds: ['energy-ambiguous'], billableEnergyWh: null } });
    const unknown = curveOf({ ...STORY, transaction: { billableEnergyWh: null } });
    await bench.end(held, unknown);
    assert.deepEqual(await stateOf(held), { state: 'held', reasons: ['energy-ambiguous'], cdrId: null });
    assert.deepEqual(await stateOf(unknown), { state: 'held', reasons: ['energy-unknown'], cdrId: null });
    assert.deepEqual(await records(), []);
    const listed = await bench.settlements.list(EVERYTHING, { state: 'held' }, { limit: 10 });
    assert.equal(listed.items.length, 2);
    // A late register makes it good.
    bench.curves.set(changed(held, STORY));
    await bench.follow([endOf(held, 'transaction.updated')]);
    await bench.settle();
    assert.equal((await stateOf(held)).state, 'settled');
    assert.equal((await records()).length, 1);
  });

  it('lets somebody accept, correct, or write off what is held, and keeps who and why', async () => {
    const [accepted, corrected, writtenOff] = ['a', 'b', 'c'].map(() =>
      curveOf({ ...STORY, intentId: uuidv7(), transaction: { holds: ['meter-backwards'], billableEnergyWh: null } }),
    ) as [ChargingCurve, ChargingCurve, ChargingCurve];
    await bench.end(accepted, corrected, writtenOff);
    const decide = (curve: ChargingCurve, decision: Parameters<typeof bench.settlements.decide>[2]) =>
      bench.settlements.decide(EVERYTHING, curve.transaction.id, decision, 'ops@example.com');
    const one = await decide(accepted, { decision: 'accept', reason: 'looks right' });
    assert.deepEqual([one.settlement.state, one.cdr?.inclVat.amount], ['settled', '5.95']);
    const two = await decide(corrected, { decision: 'correct', energyWh: 4000.5, reason: 'display says 4' });
    assert.deepEqual([two.cdr?.energyWh, two.cdr?.inclVat.amount, two.cdr?.reason], [4000.5, '2.38', 'display says 4']);
    const three = await decide(writtenOff, { decision: 'write-off', reason: 'goodwill' });
    assert.deepEqual([three.settlement.state, three.cdr], ['written-off', null]);
    assert.deepEqual(bench.released, [writtenOff.intentId]);
    const { decisions } = await bench.settlements.get(EVERYTHING, corrected.transaction.id);
    assert.deepEqual(
      decisions.map(({ decidedAt: _, ...decision }) => decision),
      [
        {
          decision: 'correct',
          reasons: ['meter-backwards'],
          energyWh: 4000.5,
          confirmedAboveWh: null,
          reason: 'display says 4',
          decidedBy: 'ops@example.com',
        },
      ],
    );
    // What is told later changes nothing about what was decided.
    await bench.follow([accepted, corrected, writtenOff].map((curve) => endOf(curve)));
    await bench.settle();
    assert.deepEqual((await stateOf(writtenOff)).state, 'written-off');
    assert.equal((await records()).length, 2);
  });

  it('asks whether a correction is meant that the charge can hardly have had, and keeps that it was', async () => {
    const curve = curveOf({ ...STORY, ratedPowerW: 11_000 });
    await bench.end(curve);
    const { id } = curve.transaction;
    const correction = { decision: 'correct', energyWh: 100_000_000, reason: 'display' } as const;
    for (const unconfirmed of [correction, { ...correction, confirmUnlikely: false }]) {
      await assert.rejects(bench.settlements.decide(EVERYTHING, id, unconfirmed, 'ann'), (error) => {
        assert.ok(energyUnlikely.is(error));
        assert.match(error.message, /100000000 Wh: 12600 Wh are the most \(11000 W for 3600 s\)/);
        return true;
      });
    }
    assert.deepEqual((await bench.settlements.get(EVERYTHING, id)).decisions, []);
    const likely = { ...correction, energyWh: 12_600, confirmUnlikely: true };
    const { settlement } = await bench.settlements.decide(EVERYTHING, id, likely, 'ann');
    assert.deepEqual([settlement.decisions.length, settlement.decisions[0]?.confirmedAboveWh], [1, null]);
    const meant = await bench.settlements.decide(EVERYTHING, id, { ...correction, confirmUnlikely: true }, 'bob');
    assert.equal(meant.cdr?.energyWh, 100_000_000);
    const { confirmedAboveWh, decidedBy, reason } = meant.settlement.decisions[1] ?? {};
    assert.deepEqual([confirmedAboveWh, decidedBy, reason], [12_600, 'bob', 'display']);
  });

  it('lets one of several decide on the same, also when they do so at once, and the others look again', async () => {
    const { settlements } = bench;
    const held = curveOf({ ...STORY, transaction: { holds: ['meter-backwards'], billableEnergyWh: null } });
    await bench.end(held);
    const { id } = held.transaction;
    const seen = await settlements.get(EVERYTHING, id);
    const decisions = [
      { decision: 'accept', reason: 'looks right' },
      { decision: 'correct', energyWh: 4000, reason: 'display says 4' },
      { decision: 'write-off', reason: 'goodwill' },
    ] as const;
    for (const version of [undefined, seen.version]) {
      const before = (await settlements.get(EVERYTHING, id)).decisions.length;
      const outcomes = await Promise.allSettled(
        decisions.map((one) => settlements.decide(EVERYTHING, id, { ...one, version }, 'ops@example.com')),
      );
      const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
      assert.ok(refused.every(settlementChanged.is));
      // What was seen before the first of them is over for all that come later.
      assert.equal(refused.length, version === undefined ? 2 : 3);
      const after = await settlements.get(EVERYTHING, id);
      assert.equal(after.decisions.length, before + (version === undefined ? 1 : 0));
    }
    const { version } = await settlements.get(EVERYTHING, id);
    assert.notEqual(version, seen.version);
    await settlements.decide(EVERYTHING, id, { decision: 'write-off', reason: 'after all', version }, 'me');
    assert.equal((await settlements.get(EVERYTHING, id)).state, 'written-off');
    const counting = (await records()).filter(
      ({ kind, creditedByCdrId }) => kind === 'charge' && creditedByCdrId === null,
    );
    assert.deepEqual(counting, []);
  });

  it('is looked at again where something new was told since', async () => {
    const { settlements } = bench;
    const told = curveOf(STORY);
    await bench.end(told);
    const { id } = told.transaction;
    const { version } = await settlements.get(EVERYTHING, id);
    bench.curves.set(changed(told, STORY, { holds: ['sample-conflict'] }));
    await bench.follow([endOf(told)]);
    await bench.settle();
    const decision = { decision: 'accept', reason: 'as it was', version } as const;
    await assert.rejects(settlements.decide(EVERYTHING, id, decision, 'me'), settlementChanged.is);
  });

  it('shows a settled charge that comes to something else now, and corrects it by a credit', async () => {
    const curve = curveOf(STORY);
    await bench.end(curve);
    const longer: CurveStory = { ...STORY, readings: [['2026-03-01T11:00:00Z', 12_000]] };
    bench.curves.set(changed(curve, longer));
    await bench.follow([endOf(curve)]);
    await bench.settle();
    const { state, reasons } = await stateOf(curve);
    assert.deepEqual([state, reasons], ['held', ['changed-after-settlement']]);
    assert.equal((await records()).length, 1);
    const decided = await bench.settlements.decide(
      EVERYTHING,
      curve.transaction.id,
      { decision: 'correct', energyWh: 12_000, reason: 'late register' },
      'ops@example.com',
    );
    assert.equal(decided.cdr?.inclVat.amount, '7.14');
    assert.deepEqual(
      (await records()).map(({ kind, inclVat }) => [kind, inclVat.amount]),
      [
        ['charge', '5.95'],
        ['credit', '-5.95'],
        ['charge', '7.14'],
      ],
    );
    const [first, credit] = await records();
    assert.deepEqual([first?.creditedByCdrId, credit?.creditsCdrId], [credit?.id, first?.id]);
    assert.deepEqual(await bench.ledger(), { receivable: '714', revenue: '-600', vat: '-114' });
    assert.deepEqual(await stateOf(curve), { state: 'settled', reasons: [], cdrId: decided.cdr?.id });
    // Told once more, it says what was decided.
    await bench.follow([endOf(curve)]);
    await bench.settle();
    assert.equal((await stateOf(curve)).state, 'settled');
  });

  it('keeps a record that somebody accepts in spite of what was told later, and takes one back that is written off', async () => {
    const [kept, dropped] = [curveOf(STORY), curveOf(STORY)];
    await bench.end(kept, dropped);
    for (const curve of [kept, dropped]) bench.curves.set(changed(curve, STORY, { holds: ['sample-conflict'] }));
    await bench.follow([endOf(kept), endOf(dropped)]);
    await bench.settle();
    assert.deepEqual((await stateOf(kept)).reasons, ['changed-after-settlement', 'sample-conflict']);
    const one = await bench.settlements.decide(
      EVERYTHING,
      kept.transaction.id,
      { decision: 'accept', reason: 'as it was' },
      'ops@example.com',
    );
    const two = await bench.settlements.decide(
      EVERYTHING,
      dropped.transaction.id,
      { decision: 'write-off', reason: 'broken meter' },
      'ops@example.com',
    );
    assert.deepEqual([one.cdr?.inclVat.amount, one.settlement.state, two.cdr], ['5.95', 'settled', null]);
    assert.deepEqual(await bench.ledger(), { receivable: '595', revenue: '-500', vat: '-95' });
  });

  it('waits for all guns of a vehicle, and makes one record of them', async () => {
    const parallelGroup = '260301100000';
    const main = curveOf({ ...STORY, transaction: { parallelGroup } });
    const { end: _, ...running } = STORY;
    const second = curveOf({ ...running, transaction: { parallelGroup, evseId: 2 } });
    bench.curves.set(second);
    await bench.end(main);
    assert.equal((await stateOf(main)).state, 'pending');
    await bench.end(changed(second, STORY, { parallelGroup, evseId: 2 }));
    bench.clock.advance(31_000);
    await bench.settle();
    const [record, ...others] = await records();
    assert.deepEqual([others, record?.energyWh, record?.transactionIds.length], [[], 20_000, 2]);
    for (const curve of [main, second]) assert.deepEqual((await stateOf(curve)).cdrId, record?.id);
  });

  it('asks somebody about guns that never end', async () => {
    const parallelGroup = '260301100000';
    const main = curveOf({ ...STORY, transaction: { parallelGroup } });
    const { end: _, ...running } = STORY;
    bench.curves.set(curveOf({ ...running, transaction: { parallelGroup } }));
    await bench.end(main);
    bench.clock.advance(86_400_001);
    await bench.settle();
    assert.deepEqual((await stateOf(main)).reasons, ['group-incomplete']);
  });

  it('tries again what fails, without harm to the others of its batch', async () => {
    const curve = curveOf(STORY);
    bench.fault = new Error('the disk is full');
    await bench.end(curve);
    const failed = await bench.settlements.get(EVERYTHING, curve.transaction.id);
    assert.deepEqual([failed.state, failed.problem], ['pending', 'the disk is full']);
    assert.deepEqual([await records(), await bench.ledger()], [[], {}]);
    bench.fault = undefined;
    bench.clock.advance(600_000);
    await bench.settle();
    assert.equal((await stateOf(curve)).state, 'settled');
    assert.deepEqual(await bench.ledger(), { receivable: '595', revenue: '-500', vat: '-95' });
  });

  it('knows which start intents are charges that are not settled', async () => {
    const [settled, held, running] = [
      curveOf({ ...STORY, intentId: uuidv7() }),
      curveOf({ ...STORY, intentId: uuidv7(), transaction: { holds: ['meter-backwards'] } }),
      curveOf({ start: STORY.start, intentId: uuidv7() }),
    ] as const;
    await bench.end(settled, held);
    bench.curves.set(running);
    const asked = [settled, held, running].map((curve) => curve.intentId ?? '');
    const open = await createOpenCharges(bench.database.knex, bench.curves).ofIntents([...asked, uuidv7()]);
    assert.deepEqual(
      open.map(({ transactionId }) => transactionId),
      [held.transaction.id, running.transaction.id],
    );
  });

  it('finds charges of whose end nothing was told', async () => {
    const curve = curveOf(STORY);
    bench.curves.set(curve, curveOf({ ...STORY, end: '2026-03-01T23:55:00Z' }));
    const count = await findMissed(bench.database.knex, bench.clock, bench.curves, new AbortController().signal);
    assert.equal(count, 1);
    await bench.settle();
    assert.equal((await stateOf(curve)).state, 'settled');
    assert.equal(await findMissed(bench.database.knex, bench.clock, bench.curves, new AbortController().signal), 0);
  });

  it('charges the account of the token, and nobody where it leads to none', async () => {
    const id = uuidv7();
    await bench.database.pool.query(
      `insert into billing.accounts (id, organization_id, kind, name, language, currency, status, payment_mode, created_at, updated_at)
       values ($1, $2, 'driver', 'Ada', 'en', 'EUR', 'active', 'postpaid', now(), now())`,
      [id, ORGANIZATION],
    );
    bench.accounts.set(id, { id, kind: 'driver', groupId: null });
    await bench.end(curveOf({ ...STORY, accountRef: id }), curveOf({ ...STORY, accountRef: 'legacy-17' }));
    const accounts = (await records()).map(({ accountId }) => accountId);
    assert.deepEqual(new Set(accounts), new Set([id, null]));
    assert.equal((await bench.cdrs.list(EVERYTHING, { accountId: id }, { limit: 10 })).items.length, 1);
  });

  it('prices another tariff without touching the record', async () => {
    const curve = curveOf(STORY);
    await bench.end(curve);
    const [record] = await records();
    assert.equal(record?.site?.name, 'Parkhaus am Markt');
    // Renamed since: a record says how it was called.
    bench.curves.set({ ...curve, site: { name: 'Garage', address: null } });
    const other = { currency: 'EUR', elements: [{ price_components: [{ type: 'TIME', price: '3', step_size: 1 }] }] };
    const { compiled } = tariffOf(other);
    assert.ok(compiled);
    const priced = await bench.cdrs.whatIf(EVERYTHING, record?.id ?? '', other as never);
    assert.deepEqual([priced.inclVat.amount, priced.id, priced.site], ['3.00', record?.id, record?.site]);
    assert.deepEqual(await records(), [record]);
  });

  it('shows people what is theirs, and says why it cannot decide', async () => {
    const curve = curveOf(STORY);
    await bench.end(curve);
    const elsewhere = { kind: 'organizations', organizationIds: [uuidv7()] } as const;
    const { id } = curve.transaction;
    await assert.rejects(bench.settlements.get(elsewhere, id), settlementNotFound.is);
    await assert.rejects(bench.settlements.get(EVERYTHING, uuidv7()), settlementNotFound.is);
    assert.deepEqual((await bench.cdrs.list(elsewhere, {}, { limit: 10 })).items, []);
    const decision = { decision: 'accept', reason: 'x' } as const;
    await assert.rejects(bench.settlements.decide(elsewhere, id, decision, 'me'), settlementNotFound.is);
    const pending = curveOf(STORY);
    await bench.follow([endOf(pending)]);
    await assert.rejects(
      bench.settlements.decide(EVERYTHING, pending.transaction.id, decision, 'me'),
      settlementNotReady.is,
    );
    const empty = curveOf({
      start: STORY.start,
      end: '2026-03-01T11:00:00Z',
      transaction: { billableEnergyWh: null, energyWh: null },
    });
    await bench.end(empty);
    await assert.rejects(
      bench.settlements.decide(EVERYTHING, empty.transaction.id, decision, 'me'),
      nothingMeasured.is,
    );
  });

  it('is kept as it was written', async () => {
    await bench.end(curveOf(STORY));
    for (const statement of [
      `update billing.cdrs set incl_vat_minor = 0`,
      `delete from billing.cdrs`,
      `truncate billing.cdrs cascade`,
      `delete from billing.cdr_transactions`,
    ]) {
      await assert.rejects(bench.database.pool.query(statement), /not allowed|kept as it was written/, statement);
    }
  });
});
