import assert from 'node:assert/strict';
import { instant } from '@voltpile/kernel/clock';
import fc from 'fast-check';
import type { TariffDriver, TariffPlace } from '../contract/tariff-assignments.ts';
import { type Candidate, chooseAssignment, holds, rankAssignments, type TariffQuestion } from './choose-assignment.ts';

const question: TariffQuestion = {
  organizationId: 'o',
  siteId: 's',
  stationId: 'CP1',
  evseId: 1,
  accountId: 'a',
  accountGroupId: 'g',
  partnerId: 'p',
  at: instant(1000),
};
/** From the strongest to the weakest, as the guide says it. */
const DRIVERS: readonly (TariffDriver | null)[] = [
  { kind: 'account', accountId: 'a' },
  { kind: 'partner', partnerId: 'p' },
  { kind: 'account-group', accountGroupId: 'g' },
  null,
];
const PLACES: readonly TariffPlace[] = [
  { kind: 'evse', stationId: 'CP1', evseId: 1 },
  { kind: 'station', stationId: 'CP1' },
  { kind: 'site', siteId: 's' },
  { kind: 'organization' },
];
const ORDER = DRIVERS.flatMap((driver) => PLACES.map((place) => ({ driver, place })));
const made = (target: Pick<Candidate, 'driver' | 'place'>, more: Partial<Candidate> = {}): Candidate => ({
  id: JSON.stringify(target),
  validFrom: instant(0),
  validTo: null,
  ...target,
  ...more,
});

describe('which assignment holds', () => {
  it('drivers come before places, and the more specific before the wider, for every set of candidates', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(ORDER.length - 1)), (picked) => {
        const candidates = picked.map((at) => made(ORDER[at] as (typeof ORDER)[number]));
        const first = picked.length === 0 ? null : candidates[picked.indexOf(Math.min(...picked))];
        assert.equal(chooseAssignment(candidates, question), first);
        assert.deepEqual(
          rankAssignments(candidates, question).map(({ id }) => id),
          [...picked].sort((a, b) => a - b).map((at) => JSON.stringify(ORDER[at])),
        );
      }),
    );
  });

  it('is one of those that hold, the same whatever their order, and nothing that holds beats it', () => {
    const id = fc.constantFrom('a', 'b');
    const driver = fc.oneof(
      fc.constant(null),
      id.map((accountId) => ({ kind: 'account', accountId }) as const),
      id.map((accountGroupId) => ({ kind: 'account-group', accountGroupId }) as const),
      id.map((partnerId) => ({ kind: 'partner', partnerId }) as const),
    );
    const place = fc.oneof(
      fc.constant({ kind: 'organization' } as const),
      id.map((siteId) => ({ kind: 'site', siteId }) as const),
      id.map((stationId) => ({ kind: 'station', stationId }) as const),
      fc.tuple(id, fc.nat(2)).map(([stationId, evseId]) => ({ kind: 'evse', stationId, evseId }) as const),
    );
    const time = fc.nat(5).map(instant);
    const candidates = fc.uniqueArray(
      fc.record({ id: fc.uuid(), driver, place, validFrom: time, validTo: fc.option(time) }),
      { selector: (one) => one.id },
    );
    const asked = fc.record({
      organizationId: fc.constant('o'),
      siteId: id,
      stationId: id,
      evseId: fc.option(fc.nat(2)),
      accountId: fc.option(id),
      accountGroupId: fc.option(id),
      partnerId: fc.option(id),
      at: time,
    });
    fc.assert(
      fc.property(candidates, asked, (all, about) => {
        const chosen = chooseAssignment(all, about);
        assert.equal(chooseAssignment([...all].reverse(), about), chosen);
        const holding = all.filter((one) => holds(one, about));
        assert.equal(chosen === null, holding.length === 0);
        if (chosen === null) return;
        assert.ok(holding.includes(chosen));
        // Against each alone it wins as well.
        for (const other of holding) assert.equal(chooseAssignment([other, chosen], about), chosen);
      }),
    );
  });

  it('a group’s tariff beats what everybody pays at one EVSE', () => {
    const group = made({ driver: DRIVERS[2] ?? null, place: { kind: 'organization' } });
    const evse = made({ driver: null, place: PLACES[0] as TariffPlace });
    assert.equal(chooseAssignment([evse, group], question), group);
    assert.equal(chooseAssignment([evse, group], { ...question, accountGroupId: null }), evse);
  });

  it('holds from its beginning and not at its end', () => {
    const one = made(
      { driver: null, place: { kind: 'organization' } },
      { validFrom: instant(10), validTo: instant(20) },
    );
    const at = (time: number) => chooseAssignment([one], { ...question, at: instant(time) }) !== null;
    assert.deepEqual([9, 10, 19, 20].map(at), [false, true, true, false]);
  });

  it('an EVSE of another station with the same number is another one', () => {
    const one = made({ driver: null, place: { kind: 'evse', stationId: 'CP2', evseId: 1 } });
    assert.equal(chooseAssignment([one], question), null);
    assert.equal(
      chooseAssignment([made({ driver: null, place: PLACES[0] as TariffPlace })], { ...question, evseId: null }),
      null,
    );
  });
});
