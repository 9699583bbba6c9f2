import assert from 'node:assert/strict';
import { uuidv7 } from '@voltpile/kernel/ids';
import { badCursor, badLimit } from '@voltpile/platform/database/keyset-page';
import { createTestDatabase, type TestDatabase } from '@voltpile/platform/testing/test-database';
import { EVERYTHING } from '../contract/access-scope.ts';
import type { SitesPort } from '../contract/operator-ports.ts';
import { csmsMigrations } from '../persistence/migrations.ts';
import { ensureDefaults } from './ensure-defaults.ts';
import { invalidOrganization } from './organization-rules.ts';
import { invalidSite } from './site-rules.ts';
import {
  createSitesService,
  organizationNotFound,
  organizationNotPermitted,
  siteForNew,
  siteMissing,
  siteNotFound,
} from './sites-service.ts';

const NAMED = { name: 'Acme', countryCode: null, partyId: null, operatorId: null };

describe('organisations and sites', () => {
  let test: TestDatabase;
  let sites: SitesPort;

  before(async () => {
    test = await createTestDatabase({ migrations: [csmsMigrations] });
    sites = createSitesService(test.knex);
  });
  after(() => test.dispose());

  it('says so when there is no site at all', async () => {
    await assert.rejects(siteForNew(test.knex, EVERYTHING, undefined), siteMissing.is);
    await assert.rejects(sites.createSite(EVERYTHING, { name: 'Lost' }), organizationNotFound.is);
  });

  it('makes one default organisation and site, however often and from however many processes', async () => {
    await Promise.all([ensureDefaults(test.knex, 'Europe/Berlin'), ensureDefaults(test.knex, 'Europe/Berlin')]);
    await ensureDefaults(test.knex);
    const { items } = await sites.listSites(EVERYTHING, {}, { limit: 10 });
    assert.deepEqual(
      items.map(({ name, timeZone }) => ({ name, timeZone })),
      [{ name: 'Default site', timeZone: 'Europe/Berlin' }],
    );
    assert.equal((await sites.listOrganizations(EVERYTHING, { limit: 10 })).items.length, 1);
    assert.equal((await siteForNew(test.knex, EVERYTHING, undefined)).id, items[0]?.id);
  });

  it('keeps organisations, with codes in capitals', async () => {
    const made = await sites.createOrganization(EVERYTHING, { ...NAMED, countryCode: 'de', partyId: 'abc' });
    assert.equal(made.countryCode, 'DE');
    const changed = await sites.updateOrganization(EVERYTHING, made.id, { operatorId: 'MA5DEMO01', name: undefined });
    assert.deepEqual(changed, { ...made, operatorId: 'MA5DEMO01' });
    assert.deepEqual(await sites.getOrganization(EVERYTHING, made.id), changed);
    await assert.rejects(sites.createOrganization(EVERYTHING, { ...NAMED, name: ' ' }), invalidOrganization.is);
    await assert.rejects(sites.createOrganization(EVERYTHING, { ...NAMED, operatorId: 'X' }), invalidOrganization.is);
    await assert.rejects(sites.getOrganization(EVERYTHING, 'nonsense'), organizationNotFound.is);
  });

  it('keeps sites', async () => {
    const made = await sites.createSite(EVERYTHING, {
      name: 'Harbour',
      timeZone: 'Asia/Shanghai',
      currency: 'cny',
      address: { street: '1 Quay', city: 'Qingdao', postalCode: null, country: 'chn' },
      coordinates: { latitude: '36.0671000', longitude: '120.3826' },
      openingHours: { twentyfourseven: true },
      fundsFallback: 'refuse',
    });
    assert.equal(made.currency, 'CNY');
    assert.equal(made.address?.country, 'CHN');
    assert.deepEqual(made.coordinates, { latitude: '36.0671000', longitude: '120.3826000' });
    const changed = await sites.updateSite(EVERYTHING, made.id, { coordinates: null, name: 'Old harbour' });
    assert.deepEqual(changed, { ...made, coordinates: null, name: 'Old harbour' });
    assert.deepEqual(await sites.getSite(EVERYTHING, made.id), changed);
    await assert.rejects(sites.getSite(EVERYTHING, uuidv7()), siteNotFound.is);
  });

  it('refuses what is no zone, currency, place or rule', async () => {
    const refused: Parameters<SitesPort['createSite']>[1][] = [
      { name: '' },
      { name: 'x', timeZone: '+02:00' },
      { name: 'x', timeZone: 'Europe/Atlantis' },
      { name: 'x', currency: 'XQZ' },
      { name: 'x', coordinates: { latitude: '90.1', longitude: '0' } },
      { name: 'x', coordinates: { latitude: '1e1', longitude: '0' } },
      { name: 'x', address: { street: 's', city: 'c', postalCode: null, country: 'DE' } },
      { name: 'x', fundsFallback: 'perhaps' as 'allow' },
      { name: 'x', openingHours: { note: 'x'.repeat(20_000) } },
    ];
    for (const input of refused) {
      await assert.rejects(sites.createSite(EVERYTHING, input), invalidSite.is, JSON.stringify(input).slice(0, 100));
    }
  });

  it('shows nobody more than the scope', async () => {
    const mine = await sites.createOrganization(EVERYTHING, { ...NAMED, name: 'Mine' });
    const other = await sites.createOrganization(EVERYTHING, { ...NAMED, name: 'Other' });
    const theirs = await sites.createSite(EVERYTHING, { name: 'Theirs', organizationId: other.id });
    const scope = { kind: 'organizations', organizationIds: [mine.id] } as const;
    const own = await sites.createSite(scope, { name: 'Own' });
    assert.equal(own.organizationId, mine.id);
    assert.deepEqual((await sites.listSites(scope, {}, { limit: 10 })).items, [own]);
    assert.deepEqual((await sites.listSites(scope, { organizationId: other.id }, { limit: 10 })).items, []);
    assert.deepEqual((await sites.listSites(scope, { organizationId: 'x' }, { limit: 10 })).items, []);
    assert.deepEqual((await sites.listOrganizations(scope, { limit: 10 })).items, [mine]);
    await assert.rejects(sites.getSite(scope, theirs.id), siteNotFound.is);
    await assert.rejects(sites.updateSite(scope, theirs.id, { name: 'Ours' }), siteNotFound.is);
    await assert.rejects(sites.createSite(scope, { name: 'x', organizationId: other.id }), organizationNotFound.is);
    await assert.rejects(sites.updateOrganization(scope, other.id, { name: 'x' }), organizationNotFound.is);
    await assert.rejects(sites.createOrganization(scope, NAMED), organizationNotPermitted.is);
    await assert.rejects(siteForNew(test.knex, scope, theirs.id), siteNotFound.is);

    const one = { kind: 'sites', siteIds: [own.id] } as const;
    assert.deepEqual((await sites.listSites(one, {}, { limit: 10 })).items, [own]);
    assert.deepEqual((await sites.listOrganizations(one, { limit: 10 })).items, [mine]);
    assert.deepEqual(await sites.getOrganization(one, mine.id), mine);
    await assert.rejects(sites.createSite(one, { name: 'x' }), organizationNotFound.is);
    await assert.rejects(sites.updateOrganization(one, mine.id, { name: 'x' }), organizationNotFound.is);
    assert.equal((await sites.updateSite(one, own.id, { name: 'Renamed' })).name, 'Renamed');
  });

  it('pages without gaps, and refuses cursors it did not make', async () => {
    const organization = await sites.createOrganization(EVERYTHING, { ...NAMED, name: 'Pages' });
    for (let index = 0; index < 5; index++) {
      await sites.createSite(EVERYTHING, { name: `Page ${index}`, organizationId: organization.id });
    }
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await sites.listSites(EVERYTHING, { organizationId: organization.id }, { limit: 2, cursor });
      seen.push(...page.items.map(({ name }) => name));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    assert.deepEqual(seen, ['Page 0', 'Page 1', 'Page 2', 'Page 3', 'Page 4']);

    const { nextCursor } = await sites.listSites(EVERYTHING, {}, { limit: 1 });
    const good = nextCursor as string;
    for (const bad of ['', 'x', `${good}A`, good.slice(1), Buffer.from('sites:1').toString('base64url')]) {
      await assert.rejects(sites.listSites(EVERYTHING, {}, { limit: 1, cursor: bad }), badCursor.is, bad);
    }
    await assert.rejects(sites.listOrganizations(EVERYTHING, { limit: 1, cursor: good }), badCursor.is);
    for (const limit of [0, 501, 1.5]) await assert.rejects(sites.listSites(EVERYTHING, {}, { limit }), badLimit.is);
  });

  it('have rules for stations without connection, and a group that stops everything', async () => {
    const organization = await sites.createOrganization(EVERYTHING, NAMED);
    assert.equal(organization.masterPassGroupId, null);
    const changed = await sites.updateOrganization(EVERYTHING, organization.id, { masterPassGroupId: 'Guards' });
    assert.equal(changed.masterPassGroupId, 'Guards');
    assert.deepEqual(await sites.getOrganization(EVERYTHING, organization.id), changed);
    assert.equal(
      (await sites.updateOrganization(EVERYTHING, organization.id, { name: 'B' })).masterPassGroupId,
      'Guards',
    );
    for (const masterPassGroupId of ['', ' X', 'Ä', 'x'.repeat(37)]) {
      await assert.rejects(
        sites.updateOrganization(EVERYTHING, organization.id, { masterPassGroupId }),
        invalidOrganization.is,
      );
    }
    const site = await sites.createSite(EVERYTHING, { name: 'One', organizationId: organization.id });
    const silent = {
      localAuthorizeOffline: null,
      localPreAuthorize: null,
      allowOfflineTxForUnknownId: null,
      stopOnInvalidId: null,
    };
    assert.deepEqual([site.localListPolicy, site.offlinePolicy], [{ kind: 'off' }, silent]);
    const ruled = await sites.updateSite(EVERYTHING, site.id, {
      localListPolicy: { kind: 'groups', groupIdTokens: ['Fleet', 'FLEET'] },
      offlinePolicy: { ...silent, allowOfflineTxForUnknownId: false },
    });
    assert.deepEqual(ruled.localListPolicy, { kind: 'groups', groupIdTokens: ['Fleet'] });
    assert.deepEqual(ruled.offlinePolicy, { ...silent, allowOfflineTxForUnknownId: false });
    assert.deepEqual(await sites.getSite(EVERYTHING, site.id), ruled);
    await assert.rejects(
      sites.updateSite(EVERYTHING, site.id, { offlinePolicy: { ...silent, stopOnInvalidId: 'yes' as never } }),
      invalidSite.is,
    );
  });
});
