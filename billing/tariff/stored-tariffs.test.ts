import assert from 'node:assert/strict';
import { type AccessScope, EVERYTHING } from '@voltpile/csms/contract/access-scope';
import { instant } from '@voltpile/kernel/clock';
import { VoltpileError } from '@voltpile/kernel/errors';
import { uuidv7 } from '@voltpile/kernel/ids';
import fc from 'fast-check';
import { halfHourTariffSchema } from '../contract/half-hour-tariff.ts';
import type { TariffView, VersionInput } from '../contract/stored-tariffs.ts';
import { previewSessionSchema } from '../contract/tariff-preview.ts';
import { createTariffsBench, DAY_MS, failsWith, perKwh, type TariffsBench } from '../testing/tariffs-bench.ts';
import { findContents, findVersionInEffect } from './persistence/versions-repository.ts';

const BY = 'ann@example.com';

describe('tariffs that are kept', () => {
  let bench: TariffsBench;
  beforeEach(async () => {
    bench = await createTariffsBench();
  });
  afterEach(() => bench[Symbol.asyncDispose]());

  const create = async (more: object = {}, scope: AccessScope = EVERYTHING): Promise<TariffView> =>
    (await bench.tariffs.stored.create(scope, { name: 'Standard', currency: 'EUR', ...more }, BY)).tariff;
  const add = (id: string, price: string, effectiveFrom?: string) =>
    bench.tariffs.stored.addVersion(EVERYTHING, id, { tariff: perKwh(price), effectiveFrom }, BY);
  const get = (id: string) => bench.tariffs.stored.get(EVERYTHING, id);

  it('have versions that follow one another', async () => {
    const { id } = await create({ description: 'Two\nlines' });
    assert.equal((await get(id)).currentVersion, null);
    const first = await add(id, '0.4');
    const second = await add(id, '0.5', bench.inDays(10));
    const between = await add(id, '0.45', bench.inDays(5));
    assert.deepEqual([first.version, second.version, between.version], [1, 2, 3]);
    assert.deepEqual(
      [first.effectiveTo, between.effectiveFrom, between.effectiveTo, between.createdBy],
      [null, bench.inDays(5), bench.inDays(10), BY],
    );
    const { items } = await bench.tariffs.stored.listVersions(EVERYTHING, id, { limit: 10 });
    assert.deepEqual(
      items.map(({ version, effectiveTo }) => [version, effectiveTo]),
      [
        [3, bench.inDays(10)],
        [2, null],
        [1, bench.inDays(5)],
      ],
    );
    const view = await get(id);
    assert.deepEqual(
      [view.currentVersion, view.nextVersion, view.description],
      [1, { version: 3, effectiveFrom: bench.inDays(5) }, 'Two\nlines'],
    );
    bench.clock.advance(5 * DAY_MS);
    assert.equal((await get(id)).currentVersion, 3);
  });

  it('say what versions hold, in the form in which they were entered', async () => {
    const [one, other] = [await create(), await create({ currency: 'CNY' })];
    await add(one.id, '0.4');
    await add(one.id, '0.5', bench.inDays(5));
    const rate = { electricity: '1', service: '0.5' };
    const halfHour = halfHourTariffSchema.parse({ currency: 'CNY', rates: { flat: rate }, slots: '2'.repeat(48) });
    await bench.tariffs.stored.addVersion(EVERYTHING, other.id, { tariff: halfHour }, BY);
    const versions = [
      { id: one.id, version: 2 },
      { id: other.id, version: 1 },
    ];
    const found = await findContents(bench.database.knex, [...versions, { id: one.id, version: 3 }]);
    assert.deepEqual(
      found.toSorted((left) => (left.id === one.id ? -1 : 1)),
      [
        { ...versions[0], content: JSON.parse(JSON.stringify(perKwh('0.5'))) },
        { ...versions[1], content: JSON.parse(JSON.stringify(halfHour)) },
      ],
    );
    assert.deepEqual(await findContents(bench.database.knex, []), []);
  });

  it('come in pages', async () => {
    const ids: string[] = [];
    for (const name of ['A', 'B', 'C']) ids.unshift((await create({ name })).id);
    const list = (cursor?: string) =>
      bench.tariffs.stored.list(EVERYTHING, { archived: false }, { limit: 2, ...(cursor ? { cursor } : {}) });
    const first = await list();
    const second = await list(first.nextCursor ?? '');
    assert.deepEqual(
      [...first.items, ...second.items].map(({ id }) => id),
      ids,
    );
    assert.equal(second.nextCursor, null);
    const [newest = ''] = ids;
    for (const day of [1, 2, 3]) await add(newest, '1', bench.inDays(day));
    const versions = (cursor?: string) =>
      bench.tariffs.stored.listVersions(EVERYTHING, newest, { limit: 2, ...(cursor ? { cursor } : {}) });
    const page = await versions();
    const rest = await versions(page.nextCursor ?? '');
    assert.deepEqual(
      [...page.items, ...rest.items].map(({ version }) => version),
      [3, 2, 1],
    );
    await assert.rejects(versions(first.nextCursor ?? ''), failsWith('list.bad_cursor'));
  });

  it('are withdrawn while they are ahead, and never afterwards', async () => {
    const { id } = await create({ firstVersion: { tariff: perKwh('0.4') } });
    await add(id, '0.5', bench.inDays(1));
    const withdraw = (version: number) => bench.tariffs.stored.withdrawVersion(EVERYTHING, id, version);
    await withdraw(2);
    await assert.rejects(withdraw(2), failsWith('tariff.version_not_found'));
    await assert.rejects(withdraw(1), failsWith('tariff.version_in_effect'));
    // Its number is not given again.
    assert.equal((await add(id, '0.6', bench.inDays(1))).version, 3);
    bench.clock.advance(2 * DAY_MS);
    await assert.rejects(withdraw(3), failsWith('tariff.version_in_effect'));
  });

  it('are not changed by anybody, the owner of the database included', async () => {
    const { id } = await create({ firstVersion: { tariff: perKwh('0.4') } });
    await add(id, '0.5', bench.inDays(1));
    const { pool } = bench.database;
    const refused = (statement: string) =>
      assert.rejects(pool.query(statement), (error: { code?: string }) => error.code === '42501');
    await refused(`update billing.tariff_versions set content = '{}'`);
    await refused(`update billing.tariff_versions set effective_from = now() where version = 2`);
    await refused('delete from billing.tariff_versions where version = 1');
    await refused('truncate billing.tariff_versions');
    await pool.query('delete from billing.tariff_versions where version = 2');
  });

  it('hold from the past on only where none has held yet', async () => {
    const { id } = await create();
    await add(id, '0.4', bench.inDays(-30));
    await assert.rejects(add(id, '0.5', bench.inDays(-1)), failsWith('tariff.bad_time'));
    // A clock that is a little late means now.
    const now = await add(id, '0.5', new Date(bench.clock.now() - 5000).toISOString());
    assert.equal(now.effectiveFrom, bench.inDays(0));
    await assert.rejects(add(id, '0.6'), failsWith('tariff.version_same_time'));
    await assert.rejects(add(id, '0.6', bench.inDays(4000)), failsWith('tariff.bad_time'));
    await assert.rejects(add(id, '0.6', 'tomorrow'), failsWith('tariff.bad_time'));
  });

  it('are one after another when they are published at once', async () => {
    const { id } = await create();
    const made = await Promise.allSettled([1, 2, 3, 4, 4].map((day) => add(id, '0.4', bench.inDays(day))));
    const versions = made.flatMap((one) => (one.status === 'fulfilled' ? [one.value.version] : []));
    assert.deepEqual(versions.sort(), [1, 2, 3, 4]);
    const refused = made.find((one) => one.status === 'rejected');
    assert.ok(failsWith('tariff.version_same_time')(refused?.reason));
  });

  it('are examined: mistakes are refused, warnings are kept', async () => {
    const { id } = await create();
    const publish = (tariff: unknown) =>
      bench.tariffs.stored.addVersion(EVERYTHING, id, { tariff } as VersionInput, BY);
    const bad = { currency: 'EUR', elements: [{ price_components: [{ type: 'ENERGY', price: '-1', step_size: 1 }] }] };
    await assert.rejects(publish(bad), (error) => {
      assert.ok(error instanceof VoltpileError && error.code === 'tariff.invalid');
      assert.deepEqual(error.details, { problems: ['/elements/0/price_components/0/price must not be negative'] });
      return true;
    });
    const night = perKwh('0.4');
    const part = {
      ...night,
      elements: [{ ...night.elements[0], restrictions: { start_time: '22:00', end_time: '06:00' } }],
    };
    const { warnings, version } = await publish(part);
    assert.deepEqual([version, warnings.map(({ kind }) => kind)], [1, ['unpaid']]);
    assert.match(warnings[0]?.message ?? '', /Nobody pays/);
    const kept = await bench.tariffs.stored.getVersion(EVERYTHING, id, 1);
    assert.deepEqual(kept.warnings, warnings);
    await assert.rejects(publish({ ...night, currency: 'CHF' }), failsWith('tariff.currency_differs'));
  });

  it('take whole tariffs of OCPI, as far as the database can keep them', async () => {
    const publish = async (more: object) => {
      const { version } = await bench.tariffs.stored.create(
        EVERYTHING,
        { name: 'A', firstVersion: { tariff: perKwh('0.4', more) } },
        BY,
      );
      return version;
    };
    const text = [{ language: 'en', text: '40 cents' }];
    assert.deepEqual((await publish({ tariff_alt_text: text }))?.tariff.tariff_alt_text, text);
    let deep: unknown = 1;
    for (let level = 0; level < 5000; level++) deep = [deep];
    for (const bad of ['\u0000', '\ud800', { '\u0000': 1 }, deep, 'x'.repeat(140_000)]) {
      await assert.rejects(publish({ tariff_alt_text: bad }), failsWith('tariff.invalid'));
    }
    assert.equal((await bench.tariffs.stored.list(EVERYTHING, { archived: false }, { limit: 10 })).items.length, 1);
  });

  it('are entered as half-hour rates as well, and shown in both forms', async () => {
    const rate = { electricity: '1.0', service: '0.4' };
    const tariff = halfHourTariffSchema.parse({
      currency: 'CNY',
      rates: { flat: rate, valley: { ...rate, electricity: '0.3' } },
      slots: `${'3'.repeat(16)}${'2'.repeat(32)}`,
      idle_fee: { price_per_hour: '6', grace_s: 900 },
    });
    const { version, tariff: made } = await bench.tariffs.stored.create(
      EVERYTHING,
      { name: '分时', firstVersion: { tariff } },
      BY,
    );
    assert.equal(made.currency, 'CNY');
    assert.equal(version?.form, 'half-hour');
    assert.deepEqual(version?.halfHourTariff, { ...tariff, idle_fee: { price_per_hour: '6', grace_s: 900 } });
    assert.equal(version?.tariff.elements.length, 2);
    assert.equal(version?.halfHourModel?.slots, tariff.slots);
    assert.deepEqual(version?.warnings, []);
    const { version: western } = await bench.tariffs.stored.create(
      EVERYTHING,
      { name: 'W', firstVersion: { tariff: perKwh('0.4', { max_price: { excl_vat: '5' } }) } },
      BY,
    );
    assert.deepEqual([western?.form, western?.halfHourTariff, western?.halfHourModel], ['ocpi', null, null]);
    assert.match(western?.halfHourProblem ?? '', /least or most/);
  });

  it('are not published with a least above the most, be it across both amounts', async () => {
    const { id } = await create();
    const limits = { min_price: { excl_vat: '6.00' }, max_price: { incl_vat: '1.00' } };
    const problems = {
      problems: ['/min_price must not be more than max_price (6 before VAT is more than 1 with VAT)'],
    };
    const refused = (error: unknown): boolean => {
      assert.ok(error instanceof VoltpileError && error.code === 'tariff.invalid');
      assert.deepEqual(error.details, problems);
      return true;
    };
    const firstVersion = { tariff: perKwh('0.4', limits) };
    await assert.rejects(create({ currency: undefined, firstVersion }), refused);
    const effectiveFrom = bench.inDays(1);
    await assert.rejects(
      bench.tariffs.stored.addVersion(EVERYTHING, id, { ...firstVersion, effectiveFrom }, BY),
      refused,
    );
  });

  it('price a session by the version that was in effect, or by the one that is named', async () => {
    const { id } = await create();
    await add(id, '0.4', bench.inDays(-10));
    await add(id, '0.5', bench.inDays(10));
    const price = async (days: number, version?: number) => {
      const start = bench.inDays(days);
      const session = { time_zone: 'Europe/Berlin', start, periods: [{ start, energy_kwh: '10' }] };
      const which = { tariffId: id, version };
      return (await bench.tariffs.stored.preview(EVERYTHING, which, previewSessionSchema.parse(session))).inclVat;
    };
    assert.deepEqual([await price(0), await price(10), await price(0, 2)], ['4', '5', '5']);
    await assert.rejects(price(-11), failsWith('tariff.not_in_effect'));
    await assert.rejects(price(0, 3), failsWith('tariff.version_not_found'));
  });

  it('go to the archive when nobody is charged by them', async () => {
    const { id } = await create({ firstVersion: { tariff: perKwh('0.4') } });
    const archive = (archived: boolean) => bench.tariffs.stored.update(EVERYTHING, id, { archived });
    const assigned = await bench.tariffs.assignments.create(
      EVERYTHING,
      { tariffId: id, target: { kind: 'organization' } },
      BY,
    );
    await assert.rejects(archive(true), failsWith('tariff.assigned'));
    await bench.tariffs.assignments.close(EVERYTHING, assigned.id, undefined, BY);
    assert.equal((await archive(true)).archivedAt, bench.inDays(0));
    await assert.rejects(add(id, '0.5', bench.inDays(1)), failsWith('tariff.archived'));
    await assert.rejects(
      bench.tariffs.assignments.create(EVERYTHING, { tariffId: id, target: { kind: 'organization' } }, BY),
      failsWith('tariff.archived'),
    );
    const listed = async (archived: boolean) =>
      (await bench.tariffs.stored.list(EVERYTHING, { archived }, { limit: 10 })).items.length;
    assert.deepEqual([await listed(false), await listed(true)], [0, 1]);
    assert.equal((await archive(false)).archivedAt, null);
    const renamed = await bench.tariffs.stored.update(EVERYTHING, id, { name: 'New', description: null });
    assert.deepEqual([renamed.name, renamed.description], ['New', null]);
  });

  it('belong to an organisation, and are there for its people only', async () => {
    const { organizationId, otherOrganizationId, siteId } = bench.places;
    const own: AccessScope = { kind: 'organizations', organizationIds: [organizationId] };
    const other: AccessScope = { kind: 'organizations', organizationIds: [otherOrganizationId] };
    const site: AccessScope = { kind: 'sites', siteIds: [siteId] };
    const { id, organizationId: owner } = await create({}, own);
    assert.equal(owner, organizationId);
    await assert.rejects(create({ organizationId }, other), failsWith('organization.not_found'));
    await assert.rejects(create({}, site), failsWith('organization.not_found'));
    for (const scope of [other, site]) {
      const { stored } = bench.tariffs;
      assert.deepEqual((await stored.list(scope, { archived: false }, { limit: 10 })).items, []);
      for (const attempt of [
        () => stored.get(scope, id),
        () => stored.update(scope, id, { name: 'Mine' }),
        () => stored.listVersions(scope, id, { limit: 10 }),
        () => stored.getVersion(scope, id, 1),
        () => stored.addVersion(scope, id, { tariff: perKwh('0.4') }, BY),
        () => stored.withdrawVersion(scope, id, 1),
      ]) {
        await assert.rejects(attempt(), failsWith('tariff.not_found'));
      }
    }
    await assert.rejects(bench.tariffs.stored.get(EVERYTHING, uuidv7()), failsWith('tariff.not_found'));
    await assert.rejects(bench.tariffs.stored.get(EVERYTHING, 'nonsense'), failsWith('tariff.not_found'));
    await assert.rejects(
      bench.tariffs.stored.create(EVERYTHING, { name: 'A' }, BY),
      failsWith('tariff.currency_missing'),
    );
  });

  it('the version in effect is the last that has begun, whatever the order in which they were published', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 0, max: 101 }),
        async (days, asked) => {
          const { id } = await create();
          for (const day of days) await add(id, String(day), bench.inDays(day));
          const at = instant(bench.clock.now() + asked * DAY_MS);
          const found = await findVersionInEffect(bench.database.knex, id, at);
          const begun = days.filter((day) => day <= asked);
          const price = found?.content.elements[0]?.price_components[0]?.price;
          assert.equal(price, begun.length === 0 ? undefined : String(Math.max(...begun)));
        },
      ),
      { numRuns: 20 },
    );
  });
});
