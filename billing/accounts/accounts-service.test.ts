import assert from 'node:assert/strict';
import { type AccessScope, EVERYTHING } from '@voltpile/csms/contract/access-scope';

import { uuidv7 } from '@voltpile/kernel/ids';
import type { AccountFilter, AccountsPort } from '../contract/accounts.ts';
import { paymentsOff } from '../payment/payments-port.ts';
import { type AccountsBench, createAccountsBench } from '../testing/accounts-bench.ts';
import { accountNotFound, groupExists, groupNotFound, organizationNotFound } from './accounts-service.ts';

describe('accounts', () => {
  let bench: AccountsBench;
  let accounts: AccountsPort;
  beforeEach(async () => {
    bench = await createAccountsBench();
    accounts = bench.service.accounts;
  });
  afterEach(() => bench[Symbol.asyncDispose]());

  const of = (organizationId: string): AccessScope => ({ kind: 'organizations', organizationIds: [organizationId] });
  const page = { limit: 10 };
  const ann = { kind: 'driver', name: 'Ann', currency: 'EUR' } as const;

  it('are made with what is usual, and changed in what is named', async () => {
    const made = await accounts.create(EVERYTHING, ann);
    assert.deepEqual(made, {
      ...ann,
      id: made.id,
      organizationId: bench.organizationId,
      email: null,
      language: 'en',
      status: 'active',
      paymentMode: 'prepaid',
      defaultPaymentMethodId: null,
      groupId: null,
      address: null,
      taxId: null,
      createdAt: '2026-05-01T12:00:00.000Z',
      updatedAt: '2026-05-01T12:00:00.000Z',
    });
    bench.clock.advance(1000);
    const address = { street: '1 Kai\ud800', city: 'Hamburg', postalCode: null, country: 'deu' };
    const changed = await accounts.update(EVERYTHING, made.id, { address, paymentMode: 'postpaid', email: undefined });
    assert.deepEqual(changed, {
      ...made,
      paymentMode: 'postpaid',
      address: { ...address, street: '1 Kai\ufffd', country: 'DEU' },
      updatedAt: '2026-05-01T12:00:01.000Z',
    });
    assert.deepEqual(await accounts.get(EVERYTHING, made.id), changed);
    assert.equal((await accounts.update(EVERYTHING, made.id, { address: null })).address, null);
  });

  it('pay by card only where a payment provider is set up', async () => {
    await assert.rejects(accounts.create(EVERYTHING, { ...ann, paymentMode: 'card' }), paymentsOff.is);
    const { id } = await accounts.create(EVERYTHING, ann);
    await assert.rejects(accounts.update(EVERYTHING, id, { paymentMode: 'card' }), paymentsOff.is);
    await assert.rejects(accounts.update(EVERYTHING, id, { defaultPaymentMethodId: uuidv7() }), paymentsOff.is);
    // It was before the provider was taken off: that can be read and changed, but nobody can be asked.
    await bench.test.knex('billing.accounts').where({ id }).update({ payment_mode: 'card' });
    assert.equal((await accounts.update(EVERYTHING, id, { name: 'Anna' })).paymentMode, 'card');
    assert.deepEqual(await bench.service.funds.reserve(bench.request(id)), {
      outcome: 'refused',
      reason: 'unavailable',
    });
  });

  it('are listed, filtered, searched', async () => {
    const group = await accounts.createGroup(EVERYTHING, { name: 'Fleet' });
    const first = await accounts.create(EVERYTHING, { ...ann, email: 'ann@example.com', groupId: group.id });
    const second = await accounts.create(EVERYTHING, {
      ...ann,
      kind: 'company',
      name: 'Übung 100 %',
      status: 'blocked',
    });
    const third = await accounts.create(EVERYTHING, { ...ann, organizationId: bench.otherOrganizationId, name: 'Bob' });
    const found = async (filter: AccountFilter, scope: AccessScope = EVERYTHING) =>
      (await accounts.list(scope, filter, page)).items.map(({ id }) => id);
    assert.deepEqual(await found({}), [third.id, second.id, first.id]);
    assert.deepEqual(await found({ organizationId: bench.otherOrganizationId }), [third.id]);
    assert.deepEqual(await found({ kind: 'company', status: 'blocked', paymentMode: 'prepaid' }), [second.id]);
    assert.deepEqual(await found({ groupId: group.id }), [first.id]);
    assert.deepEqual(await found({ search: 'ANN@' }), [first.id]);
    assert.deepEqual(await found({ search: '0 %' }), [second.id]);
    assert.deepEqual(await found({ search: '\u0000' }), []);
    assert.deepEqual(await found({}, of(bench.otherOrganizationId)), [third.id]);
    assert.deepEqual(await found({}, { kind: 'sites', siteIds: [uuidv7()] }), []);
    const start = await accounts.list(EVERYTHING, {}, { limit: 2 });
    assert.ok(start.nextCursor);
    const rest = await accounts.list(EVERYTHING, {}, { limit: 2, cursor: start.nextCursor });
    assert.deepEqual([rest.items.map(({ id }) => id), rest.nextCursor], [[first.id], null]);
  });

  it('are seen by those of their organisation only', async () => {
    const { id } = await accounts.create(EVERYTHING, ann);
    const foreign = of(bench.otherOrganizationId);
    await accounts.get(of(bench.organizationId), id);
    for (const scope of [foreign, { kind: 'sites', siteIds: [uuidv7()] } as const]) {
      await assert.rejects(accounts.get(scope, id), accountNotFound.is);
      await assert.rejects(accounts.update(scope, id, { name: 'X' }), accountNotFound.is);
    }
    await assert.rejects(accounts.get(EVERYTHING, 'none'), accountNotFound.is);
    assert.equal((await accounts.create(foreign, ann)).organizationId, bench.otherOrganizationId);
    const elsewhere = { ...ann, organizationId: bench.organizationId };
    await assert.rejects(accounts.create(foreign, elsewhere), organizationNotFound.is);
    await assert.rejects(accounts.create({ kind: 'sites', siteIds: [uuidv7()] }, ann), organizationNotFound.is);
    await assert.rejects(accounts.create({ kind: 'organizations', organizationIds: [] }, ann), organizationNotFound.is);
  });

  it('are in groups of their own organisation, whose names are taken once', async () => {
    const group = await accounts.createGroup(EVERYTHING, { name: 'Fleet' });
    await assert.rejects(accounts.createGroup(EVERYTHING, { name: 'Fleet' }), groupExists.is);
    const foreign = await accounts.createGroup(EVERYTHING, {
      name: 'Fleet',
      organizationId: bench.otherOrganizationId,
    });
    for (const groupId of [foreign.id, uuidv7(), 'none']) {
      await assert.rejects(accounts.create(EVERYTHING, { ...ann, groupId }), groupNotFound.is);
    }
    const { id } = await accounts.create(EVERYTHING, { ...ann, groupId: group.id });
    await assert.rejects(accounts.update(EVERYTHING, id, { groupId: foreign.id }), groupNotFound.is);
    assert.equal((await accounts.update(EVERYTHING, id, { groupId: null })).groupId, null);
    await accounts.createGroup(EVERYTHING, { name: 'Guests' });
    await assert.rejects(accounts.updateGroup(EVERYTHING, group.id, { name: 'Guests' }), groupExists.is);
    assert.equal((await accounts.updateGroup(EVERYTHING, group.id, { name: 'Fleet' })).name, 'Fleet');
    assert.equal((await accounts.updateGroup(EVERYTHING, group.id, {})).name, 'Fleet');
    const renamed = await accounts.updateGroup(EVERYTHING, group.id, { name: 'Vans' });
    assert.deepEqual(await accounts.getGroup(EVERYTHING, group.id), renamed);
    await assert.rejects(accounts.getGroup(of(bench.otherOrganizationId), group.id), groupNotFound.is);
    const names = async (organizationId?: string) =>
      (await accounts.listGroups(EVERYTHING, { organizationId }, page)).items.map(({ name }) => name);
    assert.deepEqual(await names(), ['Guests', 'Fleet', 'Vans']);
    assert.deepEqual(await names(bench.otherOrganizationId), ['Fleet']);
  });

  it('are found by the references of tokens', async () => {
    const { id } = await accounts.create(EVERYTHING, { ...ann, kind: 'company' });
    const { source } = bench.service;
    const { organizationId, otherOrganizationId } = bench;
    assert.deepEqual(
      await source.find([
        { organizationId: otherOrganizationId, accountRef: id },
        { organizationId, accountRef: id.toUpperCase() },
        { organizationId, accountRef: 'somebody' },
        { organizationId, accountRef: id },
      ]),
      [null, { id, kind: 'company', groupId: null }, null, { id, kind: 'company', groupId: null }],
    );
    assert.deepEqual(await source.find([]), []);
  });
});
