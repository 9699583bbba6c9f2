import assert from 'node:assert/strict';
import { defineError } from '@voltpile/kernel/errors';
import { AuditIntents } from '../identity/audit-intents.ts';
import { AuditLog } from '../identity/audit-log.ts';
import { accountRoutes } from '../routes/accounts.ts';
import { paymentRoutes } from '../routes/payments.ts';
import { receivedPaymentRoutes } from '../routes/received-payments.ts';
import { settlementRoutes } from '../routes/settlements.ts';
import { FakePorts } from '../testing/fake-ports.ts';
import { startTestApi, type TestApi } from '../testing/test-api.ts';

interface Entry {
  readonly action: string;
  readonly outcome: string;
  readonly objectId: string;
  readonly actorEmail: string;
  readonly requestId: string;
  readonly after: object;
}

const TEN_MINUTES_MS = 600_000;
const BODY = { amount: { amount: '20.00', currency: 'EUR' }, reason: 'Cash at the desk' };

describe('requests that move money', () => {
  let api: TestApi;
  let id: string;
  let path: string;
  beforeEach(async () => {
    api = await startTestApi();
    const ann = { kind: 'driver', name: 'Ann', currency: 'EUR', paymentMode: 'prepaid' };
    ({ id } = (await api.call('POST', '/api/v1/accounts', { body: ann })).body as { id: string });
    path = `/api/v1/accounts/${id}/wallet/top-ups`;
  });
  afterEach(() => api[Symbol.asyncDispose]());

  const topUp = (headers: Record<string, string> = {}) => api.call('POST', path, { body: BODY, headers });
  const booked = () => api.ports.fakeAccounts.topUps.size;
  const entries = async () =>
    ((await api.call('GET', '/api/v1/audit-log?action=account.top-up')).body as { items: Entry[] }).items;
  const noted = async () => (await api.database.pool.query('select * from identity.audit_intents')).rowCount;

  /** Makes a table refuse what is done to it. @returns what ends it */
  async function broken(table: string, event: 'insert' | 'update'): Promise<() => Promise<unknown>> {
    const name = `${table}_${event}_is_broken`;
    await api.database.pool.query(`
      create or replace function identity.fail() returns trigger language plpgsql as $$ begin raise exception 'broken'; end $$;
      create trigger ${name} before ${event} on identity.${table} for each statement execute function identity.fail();`);
    return () => api.database.pool.query(`drop trigger ${name} on identity.${table}`);
  }

  function repair(): Promise<number> {
    const { clock, database } = api;
    const { knex } = database;
    const logger = { error: (): never => assert.fail() };
    return new AuditIntents({ knex, clock, logger, audit: new AuditLog(knex, clock) }).repair();
  }

  it('are all noted before they are carried out', () => {
    const ports = new FakePorts();
    const routes = [
      ...accountRoutes(ports.accounts, ports.wallets),
      ...receivedPaymentRoutes(ports.receivedPayments),
      ...paymentRoutes(ports.payments),
      ...settlementRoutes(ports.settlements),
    ].filter(({ method }) => method === 'post');
    assert.deepEqual(
      routes.filter(({ intent }) => intent === undefined).map(({ operationId }) => operationId),
      ['createAccount', 'setUpPaymentMethod'],
    );
  });

  it('leave their entry and nothing else, also when they are refused', async () => {
    assert.equal((await topUp()).status, 201);
    const strange = path.replace(
      id,
      id.replace(/.$/, (last) => (last === '0' ? '1' : '0')),
    );
    assert.equal((await api.call('POST', strange, { body: BODY })).status, 404);
    assert.deepEqual(
      (await entries()).map(({ outcome }) => outcome),
      ['done'],
    );
    assert.equal(await noted(), 0);
  });

  for (const key of [undefined, 'one']) {
    const headers: Record<string, string> = key === undefined ? {} : { 'Idempotency-Key': key };
    const how = key === undefined ? '' : ' (with an Idempotency-Key)';

    it(`are answered as what they are when their entry cannot be written, and it follows${how}`, async () => {
      const mend = await broken('audit', 'insert');
      const answer = await topUp(headers);
      assert.deepEqual([answer.status, booked()], [201, 1]);
      const { entryId } = answer.body as { entryId: string };
      assert.deepEqual(
        api.log.filter(({ level }) => level === 'error').map(({ text }) => text),
        ['what was done is not in the audit log yet'],
      );
      if (key !== undefined) assert.equal((await topUp(headers)).headers.get('Idempotency-Replayed'), 'true');
      await assert.rejects(repair(), /broken/);
      await mend();
      assert.equal(await repair(), 1);
      assert.equal(await repair(), 0);
      const [entry, ...others] = await entries();
      assert.deepEqual(
        [others, entry?.outcome, entry?.objectId, entry?.actorEmail, entry?.after, entry?.requestId],
        [[], 'done', id, 'admin@example.com', { ...BODY, entryId }, answer.headers.get('X-Request-Id')],
      );
    });

    it(`are not carried out when nothing can be noted, and may come again${how}`, async () => {
      const mend = await broken('audit_intents', 'insert');
      const { status, body } = await topUp(headers);
      assert.deepEqual([status, (body as { code: string }).code, booked()], [503, 'audit.unavailable', 0]);
      await mend();
      assert.deepEqual([(await topUp(headers)).status, booked()], [201, 1]);
      assert.equal((await entries()).length, 1);
    });
  }

  it('have their entry when the server is started the next time', async () => {
    const mend = await broken('audit', 'insert');
    await topUp();
    await mend();
    await using next = await startTestApi({ knex: api.database.knex });
    assert.ok(next.log.some(({ level, text }) => level === 'warn' && /^the audit log has entries now/.test(text)));
    assert.equal((await entries()).length, 1);
  });

  it('have an unknown outcome when nothing at all can be written afterwards', async () => {
    const mends = [await broken('audit', 'insert'), await broken('audit_intents', 'update')];
    assert.deepEqual([(await topUp()).status, booked()], [201, 1]);
    for (const mend of mends) await mend();
    assert.equal(await repair(), 0);
    api.clock.advance(TEN_MINUTES_MS + 1);
    assert.equal(await repair(), 1);
    // The administrator's token has ended meanwhile.
    const token = await api.login();
    const { items } = (await api.call('GET', '/api/v1/audit-log?action=account.top-up', { token })).body as {
      items: Entry[];
    };
    assert.deepEqual(
      items.map(({ outcome, objectId, after }) => [outcome, objectId, after]),
      [['unknown', id, { request: BODY }]],
    );
  });

  it('have an unknown outcome when they fail inside, which may have come after the deed', async () => {
    const { topUp: book } = api.ports.wallets;
    api.ports.wallets.topUp = async (...given) => {
      await book(...given);
      throw defineError('database.unavailable', 'Unavailable', 'Away.')();
    };
    assert.deepEqual([(await topUp()).status, booked()], [503, 1]);
    api.clock.advance(TEN_MINUTES_MS + 1);
    assert.equal(await repair(), 1);
    const { rows } = await api.database.pool.query(
      `select outcome from identity.audit where action = 'account.top-up'`,
    );
    assert.deepEqual(rows, [{ outcome: 'unknown' }]);
  });
});
