import assert from 'node:assert/strict';
import { type AccessScope, EVERYTHING } from '@voltpile/csms/contract/access-scope';
import { instant } from '@voltpile/kernel/clock';
import { uuidv7 } from '@voltpile/kernel/ids';
import type { AccountInput } from '../contract/accounts.ts';
import type { StationTariffQuestion, TariffAssignmentInput, TariffTarget } from '../contract/tariff-assignments.ts';
import { createTariffsBench, DAY_MS, failsWith, perKwh, type TariffsBench } from '../testing/tariffs-bench.ts';
import type { TariffQuestion } from './choose-assignment.ts';

const BY = 'ann@example.com';

describe('who is charged by which tariff', () => {
  let bench: TariffsBench;
  let standard: string;
  let accountId: string;
  let accountGroupId: string;
  let partnerId: string;
  beforeEach(async () => {
    bench = await createTariffsBench();
    standard = await tariff('standard');
    accountId = await account();
    partnerId = await account({ kind: 'partner' });
    accountGroupId = await group();
  });
  afterEach(() => bench[Symbol.asyncDispose]());

  const account = async (more: Partial<AccountInput> = {}): Promise<string> =>
    (await bench.accounts.create(EVERYTHING, { kind: 'driver', name: 'Ann', currency: 'EUR', ...more })).id;
  const group = async (organizationId?: string): Promise<string> =>
    (await bench.accounts.createGroup(EVERYTHING, { name: 'Staff', organizationId })).id;
  const tariff = async (name: string, more: object = {}): Promise<string> => {
    const input = { name, firstVersion: { tariff: perKwh('0.4'), effectiveFrom: bench.inDays(-100) }, ...more };
    return (await bench.tariffs.stored.create(EVERYTHING, input, BY)).tariff.id;
  };
  const assign = (target: TariffTarget, more: Partial<TariffAssignmentInput> = {}, scope: AccessScope = EVERYTHING) =>
    bench.tariffs.assignments.create(scope, { tariffId: standard, target, ...more }, BY);
  const close = (id: string, at?: string) => bench.tariffs.assignments.close(EVERYTHING, id, at, BY);
  const list = async (filter: object = {}) =>
    (await bench.tariffs.assignments.list(EVERYTHING, filter, { limit: 100 })).items;
  const question = (more: Partial<TariffQuestion> = {}): TariffQuestion => ({
    organizationId: bench.places.organizationId,
    siteId: bench.places.siteId,
    stationId: 'CP1',
    evseId: 1,
    accountId: null,
    accountGroupId: null,
    partnerId: null,
    at: bench.clock.now(),
    ...more,
  });
  const answer = async (asked: TariffQuestion) => (await bench.tariffs.finder.tariffsFor([asked]))[0];
  const found = async (more: Partial<TariffQuestion> = {}) => (await answer(question(more)))?.name ?? null;
  const holding = (asked: StationTariffQuestion = {}, scope: AccessScope = EVERYTHING) =>
    bench.tariffs.assignments.holding(scope, 'CP1', asked);

  it('the more specific holds: drivers before places', async () => {
    const { siteId } = bench.places;
    const everywhere: { name: string; target: TariffTarget }[] = [
      { name: 'organisation', target: { kind: 'organization' } },
      { name: 'site', target: { kind: 'site', siteId } },
      { name: 'station', target: { kind: 'station', stationId: 'CP1' } },
      { name: 'evse', target: { kind: 'evse', stationId: 'CP1', evseId: 1 } },
      { name: 'group', target: { kind: 'account-group', accountGroupId } },
      { name: 'group at site', target: { kind: 'account-group', accountGroupId, place: { kind: 'site', siteId } } },
      { name: 'partner', target: { kind: 'partner', partnerId } },
      { name: 'account', target: { kind: 'account', accountId } },
      {
        name: 'account at station',
        target: { kind: 'account', accountId, place: { kind: 'station', stationId: 'CP1' } },
      },
    ];
    const everybody = { accountId, accountGroupId, partnerId };
    assert.equal(await found(everybody), null);
    for (const { name, target } of everywhere) {
      const made = await assign(target, { tariffId: await tariff(name) });
      const whole = 'accountId' in target || 'accountGroupId' in target || 'partnerId' in target;
      assert.deepEqual(made.target, whole ? { place: { kind: 'organization' }, ...target } : target);
      assert.equal(await found(everybody), name);
    }
    assert.equal(await found(), 'evse');
    assert.equal(await found({ evseId: 2 }), 'station');
    assert.equal(await found({ evseId: null }), 'station');
    assert.equal(await found({ stationId: 'CP9' }), 'site');
    assert.equal(await found({ stationId: 'CP9', siteId: uuidv7() }), 'organisation');
    assert.equal(await found({ accountGroupId }), 'group at site');
    assert.equal(await found({ accountGroupId, siteId: uuidv7(), stationId: 'CP9' }), 'group');
    assert.equal(await found({ partnerId, accountGroupId }), 'partner');
    assert.equal(await found({ accountId, stationId: 'CP9' }), 'account');
    assert.equal(await found({ organizationId: bench.places.otherOrganizationId }), null);

    // And the same in words.
    const { chosen, others } = await holding({ evseId: 1, accountGroupId: accountGroupId.toUpperCase() });
    assert.equal(chosen?.assignment.tariffName, 'group at site');
    assert.equal(chosen?.version?.version, 1);
    assert.deepEqual(
      others.map(({ assignment, why }) => [assignment.tariffName, why]),
      ['group', 'evse', 'station', 'site', 'organisation'].map((name) => [name, 'less-specific']),
    );
  });

  it('in the version in effect at that time', async () => {
    await bench.tariffs.stored.addVersion(
      EVERYTHING,
      standard,
      { tariff: perKwh('0.6'), effectiveFrom: bench.inDays(10) },
      BY,
    );
    await assign({ kind: 'organization' }, { validFrom: bench.inDays(-5) });
    const at = async (days: number) => {
      const got = await answer(question({ at: instant(bench.clock.now() + days * DAY_MS) }));
      return [got?.version, got?.tariff.elements[0]?.price_components[0]?.price];
    };
    assert.deepEqual(await at(-6), [undefined, undefined]);
    assert.deepEqual(await at(0), [1, '0.4']);
    assert.deepEqual(await at(10), [2, '0.6']);
    const got = await answer(question());
    assert.equal(got?.compiled.currency, 'EUR');
    assert.equal(got?.tariffId, standard);
    assert.equal(got?.halfHourModel?.rates.flat.electricity, '0.4');
    // What was read once is not read again.
    assert.equal((await answer(question()))?.compiled, got?.compiled);
  });

  it('a tariff without a version in effect is as if it were not assigned', async () => {
    await assign({ kind: 'organization' });
    const later = await tariff('later', { firstVersion: { tariff: perKwh('1'), effectiveFrom: bench.inDays(1) } });
    await assign({ kind: 'station', stationId: 'CP1' }, { tariffId: later });
    assert.equal(await found(), 'standard');
    const { chosen, others } = await holding();
    assert.equal(chosen?.assignment.tariffName, 'standard');
    assert.deepEqual(
      others.map(({ assignment, version, why }) => [assignment.tariffName, version, why]),
      [['later', null, 'no-version-in-effect']],
    );
    assert.equal((await holding({ at: bench.inDays(1) })).chosen?.assignment.tariffName, 'later');
    assert.equal((await holding({ at: bench.inDays(-1) })).chosen, null);
  });

  it('one target has one tariff at a time', async () => {
    const target: TariffTarget = { kind: 'evse', stationId: 'CP1', evseId: 1 };
    await assign(target, { validFrom: bench.inDays(1), validTo: bench.inDays(3) });
    const other = await tariff('other');
    const overlaps = (from: number, to: number | null) =>
      assert.rejects(
        assign(target, {
          tariffId: other,
          validFrom: bench.inDays(from),
          validTo: to === null ? null : bench.inDays(to),
        }),
        failsWith('tariff_assignment.overlaps'),
      );
    await overlaps(0, null);
    await overlaps(0, 2);
    await overlaps(2, 4);
    await overlaps(2, 2.5);
    await assign(target, { tariffId: other, validTo: bench.inDays(1) });
    await assign(target, { tariffId: other, validFrom: bench.inDays(3) });
    await overlaps(5, null);
    // Other places and drivers are other targets.
    await assign({ kind: 'station', stationId: 'CP1' });
    await assign({ kind: 'evse', stationId: 'CP1', evseId: 2 });
    await assign({ kind: 'account', accountId, place: { kind: 'evse', stationId: 'CP1', evseId: 1 } });
    await assert.rejects(
      assign({
        kind: 'account',
        accountId: accountId.toUpperCase(),
        place: { kind: 'evse', stationId: 'CP1', evseId: 1 },
      }),
      failsWith('tariff_assignment.overlaps'),
    );
  });

  it('the refusal of another one says what can be done', async () => {
    const says = async (pattern: RegExp) => {
      const validFrom = bench.inDays(-1);
      await assert.rejects(assign({ kind: 'organization' }, { validFrom }), (err: Error) => {
        assert.ok(failsWith('tariff_assignment.overlaps')(err));
        assert.match(err.message, pattern);
        return true;
      });
    };
    const { id, validFrom } = await assign({ kind: 'organization' });
    await says(/in this time: close it first\.$/);
    bench.clock.advance(DAY_MS);
    const closed = await close(id);
    await says(
      new RegExp(`from ${validFrom} to ${closed?.validTo}: begin at its end or later, or end before it begins\\.$`),
    );
    await assign({ kind: 'organization' }, { validFrom: closed?.validTo ?? undefined });
  });

  it('one of many that are made at once', async () => {
    const made = await Promise.allSettled(Array.from({ length: 6 }, () => assign({ kind: 'organization' })));
    assert.equal(made.filter(({ status }) => status === 'fulfilled').length, 1);
    for (const one of made) {
      if (one.status === 'rejected') assert.ok(failsWith('tariff_assignment.overlaps')(one.reason));
    }
  });

  it('is ended, and stays to be seen; what has not begun is removed', async () => {
    const now = await assign({ kind: 'organization' });
    const ahead = await assign({ kind: 'station', stationId: 'CP1' }, { validFrom: bench.inDays(1) });
    assert.equal(await close(ahead.id), null);
    await assert.rejects(close(ahead.id), failsWith('tariff_assignment.not_found'));
    bench.clock.advance(1000);
    assert.equal((await close(now.id, bench.inDays(2)))?.validTo, bench.inDays(2));
    await assert.rejects(close(now.id, bench.inDays(3)), failsWith('tariff.bad_time'));
    await assert.rejects(close(now.id, bench.inDays(-1)), failsWith('tariff.bad_time'));
    const closed = await close(now.id);
    assert.deepEqual([closed?.validTo, closed?.closedBy], [bench.inDays(0), BY]);
    await assert.rejects(close(now.id), failsWith('tariff_assignment.ended'));
    assert.equal(await found(), null);
    assert.equal(await found({ at: instant(bench.clock.now() - 1) }), 'standard');
    assert.deepEqual(await list(), [closed]);
    // The next begins where it has ended.
    await assign({ kind: 'organization' });
    assert.equal(await found(), 'standard');
  });

  it('closed in the moment in which it began it has never held', async () => {
    const { id } = await assign({ kind: 'organization' });
    await close(id);
    assert.equal(await found(), null);
    await assign({ kind: 'organization' });
  });

  it('is not changed by anybody otherwise, the owner of the database included', async () => {
    const { id } = await assign({ kind: 'organization' }, { validFrom: bench.inDays(-1) });
    const { pool } = bench.database;
    const refused = (statement: string) =>
      assert.rejects(pool.query(statement, [id]), (error: { code?: string }) => error.code === '42501');
    await refused('delete from billing.tariff_assignments where id = $1');
    await refused(`update billing.tariff_assignments set valid_from = now() where id = $1`);
    await refused(`update billing.tariff_assignments set tariff_id = tariff_id, site_id = id where id = $1`);
    await close(id);
    await refused('update billing.tariff_assignments set valid_to = null where id = $1');
    await assert.rejects(pool.query('truncate billing.tariff_assignments'));
  });

  it('is for places that are there, and of the tariff’s organisation', async () => {
    const { otherOrganizationId, otherSiteId, siteId, organizationId } = bench.places;
    await assert.rejects(assign({ kind: 'site', siteId: uuidv7() }), failsWith('site.not_found'));
    await assert.rejects(assign({ kind: 'station', stationId: 'CP7' }), failsWith('station.not_found'));
    for (const place of [
      { kind: 'site', siteId: otherSiteId },
      { kind: 'evse', stationId: 'CP2', evseId: 1 },
    ] as const) {
      await assert.rejects(assign(place), failsWith('tariff_assignment.other_organization'));
      await assert.rejects(
        assign({ kind: 'account', accountId, place }),
        failsWith('tariff_assignment.other_organization'),
      );
    }
    const other: AccessScope = { kind: 'organizations', organizationIds: [otherOrganizationId] };
    const site: AccessScope = { kind: 'sites', siteIds: [siteId] };
    const { id } = await assign({ kind: 'organization' });
    for (const scope of [other, site]) {
      await assert.rejects(assign({ kind: 'organization' }, {}, scope), failsWith('tariff.not_found'));
      await assert.rejects(bench.tariffs.assignments.get(scope, id), failsWith('tariff_assignment.not_found'));
      await assert.rejects(
        bench.tariffs.assignments.close(scope, id, undefined, BY),
        failsWith('tariff_assignment.not_found'),
      );
      assert.deepEqual((await bench.tariffs.assignments.list(scope, {}, { limit: 10 })).items, []);
    }
    // Whoever may see the station may see what it costs.
    assert.equal((await holding({}, site)).chosen?.assignment.id, id);
    await assert.rejects(holding({}, other), failsWith('station.not_found'));
    const own: AccessScope = { kind: 'organizations', organizationIds: [organizationId] };
    assert.equal((await bench.tariffs.assignments.get(own, id)).tariffName, 'standard');
    await assert.rejects(assign({ kind: 'organization' }, { tariffId: uuidv7() }), failsWith('tariff.not_found'));
    await assert.rejects(assign({ kind: 'organization' }, { tariffId: 'nonsense' }), failsWith('tariff.not_found'));
  });

  it('for drivers of the tariff’s organisation', async () => {
    const { otherOrganizationId: organizationId } = bench.places;
    for (const unknown of [uuidv7(), 'nonsense', await account({ organizationId })]) {
      await assert.rejects(assign({ kind: 'account', accountId: unknown }), failsWith('account.not_found'));
      await assert.rejects(assign({ kind: 'partner', partnerId: unknown }), failsWith('account.not_found'));
    }
    for (const unknown of [uuidv7(), 'nonsense', await group(organizationId)]) {
      const target: TariffTarget = { kind: 'account-group', accountGroupId: unknown };
      await assert.rejects(assign(target), failsWith('account_group.not_found'));
    }
    // A partner is charged as an account, too; a driver is no partner.
    await assert.rejects(
      assign({ kind: 'partner', partnerId: accountId }),
      failsWith('tariff_assignment.not_a_partner'),
    );
    await assign({ kind: 'account', accountId: partnerId });
    assert.deepEqual((await list()).length, 1);
  });

  it('in the currency that is paid there', async () => {
    const { siteId } = bench.places;
    const otherSite = bench.places.addSite();
    bench.places.setCurrency(otherSite, 'CHF');
    bench.places.addStation('CP3', otherSite);
    const francs = await tariff('francs', { firstVersion: { tariff: { ...perKwh('0.5'), currency: 'CHF' } } });
    const refused = async (target: TariffTarget, tariffId: string, problem: RegExp) => {
      const assigning = assign(target, { tariffId });
      await assert.rejects(assigning, failsWith('tariff_assignment.other_currency'));
      await assert.rejects(assigning, problem);
    };
    await refused({ kind: 'site', siteId }, francs, /tariff is in CHF, and site Site in EUR is in EUR/);
    await refused({ kind: 'station', stationId: 'CP3' }, standard, /tariff is in EUR, and site Site in CHF is in CHF/);
    await refused({ kind: 'evse', stationId: 'CP3', evseId: 1 }, standard, /in CHF/);
    await refused({ kind: 'account-group', accountGroupId, place: { kind: 'site', siteId } }, francs, /in EUR/);
    await refused({ kind: 'account', accountId }, francs, new RegExp(`account ${accountId} is in EUR`));
    await refused({ kind: 'partner', partnerId }, francs, /in EUR/);
    // Who has a wallet in euros may be charged in euros wherever.
    await assign({ kind: 'account', accountId, place: { kind: 'site', siteId: otherSite } });
    await assign({ kind: 'station', stationId: 'CP3' }, { tariffId: francs });
  });

  it('in a whole organisation, where sites in another currency have their own tariff', async () => {
    const otherSite = bench.places.addSite();
    bench.places.setCurrency(otherSite, 'CHF');
    const francs = await tariff('francs', { firstVersion: { tariff: { ...perKwh('0.5'), currency: 'CHF' } } });
    const place = { kind: 'site', siteId: otherSite } as const;
    const code = 'tariff_assignment.site_in_other_currency';
    await assert.rejects(assign({ kind: 'organization' }), failsWith(code));
    await assert.rejects(assign({ kind: 'organization' }), /tariff is in EUR, and site Site in CHF is in CHF/);
    await assign(place, { tariffId: francs, validFrom: bench.inDays(1) });
    await assert.rejects(assign({ kind: 'organization' }), failsWith(code));
    await assign({ kind: 'organization' }, { validFrom: bench.inDays(1) });
    // What a group pays everywhere comes before what everybody pays at the site.
    const group = { kind: 'account-group', accountGroupId } as const;
    await assert.rejects(assign(group, { validFrom: bench.inDays(1) }), failsWith(code));
    await assign({ ...group, place }, { tariffId: francs });
    await assign(group);
  });

  it('for times that can be', async () => {
    const target: TariffTarget = { kind: 'organization' };
    const bad = (more: object) => assert.rejects(assign(target, more), failsWith('tariff.bad_time'));
    await bad({ validTo: bench.inDays(-1) });
    await bad({ validFrom: bench.inDays(1), validTo: bench.inDays(1) });
    await bad({ validFrom: bench.inDays(5000) });
    await bad({ validFrom: 'soon' });
    await assert.rejects(holding({ at: '0001-01-01T00:00:00Z' }), failsWith('tariff.bad_time'));
  });

  it('is found by what it is for', async () => {
    const { siteId } = bench.places;
    const ofSite = await assign({ kind: 'site', siteId });
    const ofEvse = await assign({ kind: 'evse', stationId: 'CP1', evseId: 1 }, { validFrom: bench.inDays(1) });
    const ofGroup = await assign({ kind: 'account-group', accountGroupId, place: { kind: 'site', siteId } });
    const ofPartner = await assign({ kind: 'partner', partnerId }, { tariffId: await tariff('other') });
    const ids = async (filter: object) => (await list(filter)).map(({ id }) => id);
    assert.deepEqual(await ids({}), [ofPartner.id, ofGroup.id, ofEvse.id, ofSite.id]);
    assert.deepEqual(await ids({ siteId }), [ofGroup.id, ofSite.id]);
    assert.deepEqual(await ids({ kind: 'site' }), [ofSite.id]);
    assert.deepEqual(await ids({ stationId: 'CP1' }), [ofEvse.id]);
    assert.deepEqual(await ids({ accountGroupId: accountGroupId.toUpperCase() }), [ofGroup.id]);
    assert.deepEqual(await ids({ accountId: accountGroupId }), []);
    assert.deepEqual(await ids({ partnerId }), [ofPartner.id]);
    assert.deepEqual(await ids({ tariffId: standard, at: bench.inDays(0) }), [ofGroup.id, ofSite.id]);
    const { assignments } = bench.tariffs;
    const first = await assignments.list(EVERYTHING, {}, { limit: 3 });
    const rest = await assignments.list(EVERYTHING, {}, { limit: 3, cursor: first.nextCursor ?? '' });
    assert.deepEqual(
      [...first.items, ...rest.items].map(({ id }) => id),
      await ids({}),
    );
  });

  it('a station is told what everybody pays there, where it can be told', async () => {
    const { organizationId, siteId } = bench.places;
    const told = () => bench.tariffs.forStations.tariffOf({ organizationId, siteId, stationId: 'CP1' });
    assert.equal(await told(), null);
    await assign({ kind: 'organization' });
    const { rates, ...rest } = (await told()) ?? { rates: undefined };
    assert.deepEqual(rest, { currency: 'EUR', slots: '2'.repeat(48) });
    assert.deepEqual(rates?.flat, { electricity: '0.4', service: '0' });
    const capped = await tariff('capped', { firstVersion: { tariff: perKwh('1', { max_price: { excl_vat: '5' } }) } });
    await assign({ kind: 'station', stationId: 'CP1' }, { tariffId: capped });
    assert.equal(await told(), null);
  });

  it('a version that was withdrawn is not found any more', async () => {
    const later = await tariff('later', { firstVersion: { tariff: perKwh('1'), effectiveFrom: bench.inDays(1) } });
    await assign({ kind: 'organization' }, { tariffId: later });
    const at = instant(bench.clock.now() + 2 * DAY_MS);
    assert.equal(await found({ at }), 'later');
    await bench.tariffs.stored.withdrawVersion(EVERYTHING, later, 1);
    assert.equal(await found({ at }), null);
  });
});
