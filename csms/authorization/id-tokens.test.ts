import assert from 'node:assert/strict';
import { createTestDatabase, type TestDatabase } from '@voltpile/platform/testing/test-database';
import { EVERYTHING } from '../contract/access-scope.ts';
import type { IdTokenInput, IdTokensPort } from '../contract/operator-ports.ts';
import { csmsMigrations } from '../persistence/migrations.ts';
import { ensureDefaults } from '../sites/ensure-defaults.ts';
import { createSitesService, organizationNotFound } from '../sites/sites-service.ts';
import { createIdTokensService, idTokenExists, idTokenNotFound, invalidIdToken } from './id-tokens.ts';

describe('id tokens', () => {
  let test: TestDatabase;
  let tokens: IdTokensPort;

  before(async () => {
    test = await createTestDatabase({ migrations: [csmsMigrations] });
    await ensureDefaults(test.knex, 'UTC');
    tokens = createIdTokensService(test.knex);
  });
  after(() => test.dispose());

  it('are kept with defaults, and found without regard to case', async () => {
    const made = await tokens.create(EVERYTHING, { idToken: 'Card-0001' });
    assert.deepEqual(
      { ...made, organizationId: '', createdAt: '' },
      {
        idToken: 'Card-0001',
        type: 'ISO14443',
        status: 'Accepted',
        groupIdToken: null,
        expiresAt: null,
        concurrentTransactions: false,
        accountRef: null,
        organizationId: '',
        createdAt: '',
      },
    );
    assert.deepEqual(await tokens.get(EVERYTHING, 'CARD-0001'), made);
    await assert.rejects(tokens.create(EVERYTHING, { idToken: 'card-0001' }), idTokenExists.is);
  });

  it('change only where told', async () => {
    const made = await tokens.create(EVERYTHING, {
      idToken: 'CHANGE',
      type: 'Central',
      groupIdToken: 'FLEET',
      expiresAt: '2027-01-01T01:00:00+01:00',
      accountRef: 'account 1',
      concurrentTransactions: true,
    });
    assert.equal(made.expiresAt, '2027-01-01T00:00:00.000Z');
    const blocked = await tokens.update(EVERYTHING, 'change', { status: 'Blocked' });
    assert.deepEqual(blocked, { ...made, status: 'Blocked' });
    const cleared = await tokens.update(EVERYTHING, 'change', {
      groupIdToken: null,
      expiresAt: null,
      accountRef: null,
    });
    assert.deepEqual(cleared, { ...blocked, groupIdToken: null, expiresAt: null, accountRef: null });
  });

  it('are gone when removed', async () => {
    await tokens.create(EVERYTHING, { idToken: 'GONE' });
    await tokens.remove(EVERYTHING, 'gone');
    await assert.rejects(tokens.get(EVERYTHING, 'GONE'), idTokenNotFound.is);
    await assert.rejects(tokens.update(EVERYTHING, 'GONE', { status: 'Blocked' }), idTokenNotFound.is);
    await assert.rejects(tokens.remove(EVERYTHING, 'GONE'), idTokenNotFound.is);
    await assert.rejects(tokens.get(EVERYTHING, 'no\u0000thing'), idTokenNotFound.is);
  });

  it('are listed by text and status, page by page', async () => {
    for (const idToken of ['PAGE_1', 'PAGE_2', 'PAGEX3', 'page_4']) await tokens.create(EVERYTHING, { idToken });
    await tokens.update(EVERYTHING, 'PAGE_2', { status: 'Blocked' });
    const values = async (filter: Parameters<IdTokensPort['list']>[1]): Promise<string[]> =>
      (await tokens.list(EVERYTHING, filter, { limit: 100 })).items.map(({ idToken }) => idToken);
    assert.deepEqual(await values({ search: 'age_' }), ['PAGE_1', 'PAGE_2', 'page_4']);
    assert.deepEqual(await values({ search: 'PAGE', status: 'Blocked' }), ['PAGE_2']);
    assert.deepEqual(await values({ search: '\u0000' }), []);
    const first = await tokens.list(EVERYTHING, { search: 'page' }, { limit: 3 });
    const rest = await tokens.list(EVERYTHING, { search: 'page' }, { limit: 3, cursor: first.nextCursor ?? '' });
    assert.deepEqual(
      [...first.items, ...rest.items].map(({ idToken }) => idToken),
      ['PAGE_1', 'PAGE_2', 'PAGEX3', 'page_4'],
    );
    assert.equal(rest.nextCursor, null);
  });

  it('are listed by group, without regard to case', async () => {
    await tokens.create(EVERYTHING, { idToken: 'IN_1', groupIdToken: 'Family' });
    await tokens.create(EVERYTHING, { idToken: 'IN_2', groupIdToken: 'FAMILY', status: 'Blocked' });
    await tokens.create(EVERYTHING, { idToken: 'OUT_1', groupIdToken: 'Families' });
    const values = async (filter: Parameters<IdTokensPort['list']>[1]): Promise<string[]> =>
      (await tokens.list(EVERYTHING, filter, { limit: 100 })).items.map(({ idToken }) => idToken);
    assert.deepEqual(await values({ groupIdToken: 'family' }), ['IN_1', 'IN_2']);
    assert.deepEqual(await values({ groupIdToken: 'family', status: 'Accepted' }), ['IN_1']);
    assert.deepEqual(await values({ groupIdToken: '\u0000' }), []);
  });

  it('belong to an organisation', async () => {
    const sites = createSitesService(test.knex);
    const other = await sites.createOrganization(EVERYTHING, {
      name: 'Other',
      countryCode: null,
      partyId: null,
      operatorId: null,
    });
    const scope = { kind: 'organizations', organizationIds: [other.id] } as const;
    await tokens.create(EVERYTHING, { idToken: 'SHARED' });
    await assert.rejects(tokens.get(scope, 'SHARED'), idTokenNotFound.is);
    const theirs = await tokens.create(scope, { idToken: 'shared', status: 'Blocked' });
    assert.equal(theirs.organizationId, other.id);
    assert.equal((await tokens.get(scope, 'SHARED')).status, 'Blocked');
    assert.equal((await tokens.get(EVERYTHING, 'SHARED')).status, 'Accepted');
    const site = await sites.createSite(scope, { name: 'One' });
    const one = { kind: 'sites', siteIds: [site.id] } as const;
    assert.deepEqual((await tokens.list(one, {}, { limit: 10 })).items, []);
    await assert.rejects(tokens.create(one, { idToken: 'X' }), organizationNotFound.is);
    await assert.rejects(tokens.create(EVERYTHING, { idToken: 'X', organizationId: 'x' }), organizationNotFound.is);
  });

  it('are refused when no station could send them', async () => {
    const refused: IdTokenInput[] = [
      { idToken: '' },
      { idToken: ' X' },
      { idToken: 'Ä' },
      { idToken: 'x'.repeat(65) },
      { idToken: 'X', groupIdToken: '' },
      { idToken: 'X', type: 'what is this' },
      { idToken: 'X', status: 'Maybe' as 'Accepted' },
      { idToken: 'X', expiresAt: '2027-01-01T00:00:00' },
      { idToken: 'X', expiresAt: '2027-13-01T00:00:00Z' },
      { idToken: 'X', accountRef: '' },
    ];
    for (const input of refused) {
      await assert.rejects(tokens.create(EVERYTHING, input), invalidIdToken.is, JSON.stringify(input));
    }
  });
});
