import assert from 'node:assert/strict';
import { FakeClock } from '@voltpile/kernel/clock';
import { uuidv7 } from '@voltpile/kernel/ids';
import { rollBackDatabase } from '@voltpile/platform/database/migrations';
import { createTestDatabase, type TestDatabase } from '@voltpile/platform/testing/test-database';
import { quickHasher } from '../testing/quick-hasher.ts';
import { AccessTokens } from './access-tokens.ts';
import { AuditLog } from './audit-log.ts';
import type { RequestOrigin } from './caller.ts';
import { badFirstAdministrator, ensureFirstAdministrator } from './first-administrator.ts';
import { badCursor } from './list-cursor.ts';
import { badRefreshToken, invalidCredentials, Login, refreshTokenReused } from './login.ts';
import { identityMigrations } from './migrations.ts';
import { roleNotAvailable, Sessions } from './sessions.ts';
import { lastAdministrator, type UserInput, Users, userExists, userNotFound } from './users.ts';

const origin: RequestOrigin = { requestId: 'r1', address: '127.0.0.1', userAgent: 'test' };
const administrator: UserInput = {
  email: 'Ada@Example.com',
  password: 'correct horse battery',
  role: 'administrator',
  scope: { kind: 'everything' },
};
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

describe('identity', () => {
  let testDatabase: TestDatabase;
  let clock: FakeClock;
  let sessions: Sessions;
  let users: Users;
  let audit: AuditLog;
  let login: Login;

  beforeEach(async () => {
    testDatabase = await createTestDatabase({ migrations: [identityMigrations] });
    clock = new FakeClock('2026-05-01T00:00:00Z');
    const { knex } = testDatabase;
    sessions = new Sessions(knex, clock);
    users = new Users(knex, clock, quickHasher, sessions);
    audit = new AuditLog(knex, clock);
    const accessTokens = new AccessTokens(Buffer.alloc(32, 1), clock, sessions);
    login = new Login({ knex, clock, hasher: quickHasher, users, sessions, accessTokens, audit });
  });
  afterEach(() => testDatabase.dispose());

  const enter = (): ReturnType<Login['login']> => login.login('ada@example.com', administrator.password, origin);

  describe('first administrator', () => {
    const ensure = (options: { email?: string; password?: string }): ReturnType<typeof ensureFirstAdministrator> =>
      ensureFirstAdministrator({ knex: testDatabase.knex, users, hasher: quickHasher, audit }, options);

    it('is made once, even by two servers that start together, with a random password when none is given', async () => {
      const outcomes = await Promise.all([ensure({}), ensure({})]);
      const created = outcomes.filter((outcome) => outcome.kind === 'created');
      assert.equal(created.length, 1);
      const { email, password } = created[0]!;
      assert.equal(email, 'admin@voltpile.local');
      assert.ok(password !== null && password.length >= 20);
      assert.ok((await login.login(email, password, origin)).accessToken);
      assert.deepEqual(await ensure({}), { kind: 'exists', ignoredPassword: false });
    });

    it('takes the given address and password, and is not changed by another password later', async () => {
      const given = { email: 'root@localhost', password: 'eight888' };
      assert.deepEqual(await ensure(given), { kind: 'created', email: 'root@localhost', password: null });
      assert.deepEqual(await ensure(given), { kind: 'exists', ignoredPassword: false });
      assert.deepEqual(await ensure({ ...given, password: 'another-one' }), { kind: 'exists', ignoredPassword: true });
      assert.ok((await login.login('root@localhost', 'eight888', origin)).accessToken);
    });

    it('is refused with a clear reason when address or password cannot be used', async () => {
      await assert.rejects(ensure({ password: 'seven77' }), /shorter than 8 characters/);
      await assert.rejects(ensure({ email: 'nobody' }), badFirstAdministrator.is);
    });
  });

  describe('users', () => {
    it('are told apart by address without regard to case', async () => {
      const made = await users.create(administrator);
      assert.deepEqual(await users.get(made.id), made);
      await assert.rejects(users.create({ ...administrator, email: 'ADA@example.COM' }), userExists.is);
      assert.equal((await users.findByEmail('ada@EXAMPLE.com'))?.id, made.id);
      assert.equal(await users.findByEmail('%'), undefined);
    });

    it('keep their access scope', async () => {
      const organizationId = uuidv7();
      const siteId = uuidv7();
      const one = await users.create({
        ...administrator,
        scope: { kind: 'organizations', organizationIds: [organizationId, organizationId] },
      });
      assert.deepEqual(one.scope, { kind: 'organizations', organizationIds: [organizationId] });
      await users.create({ ...administrator, email: 'b@example.com' });
      const { after } = await users.update(one.id, { scope: { kind: 'sites', siteIds: [siteId] } });
      assert.deepEqual(after.scope, { kind: 'sites', siteIds: [siteId] });
      assert.deepEqual(await users.get(one.id), after);
    });

    it('are listed in pages, by role and by whether they are disabled', async () => {
      const made = [];
      for (const name of ['a', 'b', 'c']) {
        made.push(await users.create({ ...administrator, email: `${name}@example.com` }));
      }
      const first = await users.list({}, { limit: 2 });
      assert.deepEqual(first.items, made.slice(0, 2));
      assert.ok(first.nextCursor);
      assert.deepEqual(await users.list({}, { limit: 2, cursor: first.nextCursor }), {
        items: made.slice(2),
        nextCursor: null,
      });
      await users.update(made[1]!.id, { disabled: true });
      assert.deepEqual(
        (await users.list({ disabled: true }, { limit: 9 })).items.map(({ id }) => id),
        [made[1]!.id],
      );
      await users.update(made[2]!.id, { role: 'driver' });
      assert.deepEqual(
        (await users.list({ role: 'driver' }, { limit: 9 })).items.map(({ id }) => id),
        [made[2]!.id],
      );
      await assert.rejects(users.list({}, { limit: 2, cursor: 'nonsense' }), badCursor.is);
    });

    it('never lose their last full administrator, not even to two changes at once', async () => {
      const one = await users.create(administrator);
      await assert.rejects(users.update(one.id, { disabled: true }), lastAdministrator.is);
      await assert.rejects(users.update(one.id, { role: 'monitoring' }), lastAdministrator.is);
      await assert.rejects(users.update(one.id, { scope: { kind: 'sites', siteIds: [] } }), lastAdministrator.is);
      const two = await users.create({ ...administrator, email: 'b@example.com' });
      const outcomes = await Promise.allSettled([
        users.update(one.id, { disabled: true }),
        users.update(two.id, { disabled: true }),
      ]);
      assert.deepEqual(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
    });

    it('must exist to be changed', async () => {
      await assert.rejects(users.update(uuidv7(), { disabled: true }), userNotFound.is);
      await assert.rejects(users.get(uuidv7()), userNotFound.is);
    });
  });

  describe('sessions', () => {
    it('open with the right password and give a caller with permissions and scope', async () => {
      const user = await users.create(administrator);
      const pair = await enter();
      assert.equal(pair.expiresInSeconds, 600);
      const [session] = await testDatabase.knex.withSchema('identity').from('sessions').select('*');
      const caller = (await sessions.callers([session.id])).get(session.id);
      assert.equal(caller?.userId, user.id);
      assert.ok(caller?.permissions.has('user.write'));
      assert.deepEqual(caller?.scope, { kind: 'everything' });
      assert.equal((await users.get(user.id)).lastLoginAt, '2026-05-01T00:00:00.000Z');
      assert.equal((await sessions.callers([])).size, 0);
    });

    it('store neither password nor refresh token as they are', async () => {
      await users.create(administrator);
      const { refreshToken } = await enter();
      const { rows } = await testDatabase.knex.raw(
        `select (select json_agg(u) from identity.users u)::text || (select json_agg(t) from identity.refresh_tokens t)::text as all`,
      );
      assert.ok(!rows[0].all.includes(refreshToken));
      assert.ok(!rows[0].all.includes(Buffer.from(refreshToken).toString('hex')));
      assert.ok(!rows[0].all.includes(administrator.password));
    });

    it('rotate their refresh token, and end when one is used twice', async () => {
      await users.create(administrator);
      const first = await enter();
      const second = await login.refresh(first.refreshToken, origin);
      assert.notEqual(second.refreshToken, first.refreshToken);
      const third = await login.refresh(second.refreshToken, origin);
      await assert.rejects(login.refresh(first.refreshToken, origin), refreshTokenReused.is);
      await assert.rejects(login.refresh(third.refreshToken, origin), badRefreshToken.is);
      const { items } = await audit.list({ action: 'auth.refresh-token-reused' }, { limit: 10 });
      assert.equal(items.length, 1);
    });

    it('let only one of two simultaneous uses of a refresh token pass', async () => {
      await users.create(administrator);
      const { refreshToken } = await enter();
      const outcomes = await Promise.all([sessions.rotate(refreshToken), sessions.rotate(refreshToken)]);
      assert.deepEqual(outcomes.map(({ kind }) => kind).sort(), ['reused', 'rotated']);
    });

    it('end after a week without use, and after a month in any case', async () => {
      await users.create(administrator);
      const idle = await enter();
      clock.advance(7 * DAY);
      await assert.rejects(login.refresh(idle.refreshToken, origin), badRefreshToken.is);
      let busy = await enter();
      for (let day = 0; day < 28; day += 6) {
        clock.advance(day === 0 ? 0 : 6 * DAY);
        busy = await login.refresh(busy.refreshToken, origin);
      }
      clock.advance(6 * DAY);
      await assert.rejects(login.refresh(busy.refreshToken, origin), badRefreshToken.is);
      await assert.rejects(login.refresh('no such token', origin), badRefreshToken.is);
    });

    it('end when the user is disabled or gets another password, and refuse a role that cannot log in', async () => {
      await users.create(administrator);
      const user = await users.create({ ...administrator, email: 'm@example.com', role: 'monitoring' });
      const open = () => login.login('m@example.com', administrator.password, origin);
      const before = await open();
      await users.update(user.id, { password: 'another password' });
      await assert.rejects(login.refresh(before.refreshToken, origin), badRefreshToken.is);
      await assert.rejects(open(), invalidCredentials.is);
      const after = await login.login('m@example.com', 'another password', origin);
      await users.update(user.id, { role: 'finance' });
      await assert.rejects(login.refresh(after.refreshToken, origin), badRefreshToken.is);
      await assert.rejects(login.login('m@example.com', 'another password', origin), roleNotAvailable.is);
      await users.update(user.id, { role: 'monitoring', disabled: true });
      await assert.rejects(login.login('m@example.com', 'another password', origin), invalidCredentials.is);
    });

    it('are bounded per user, the oldest goes first', async () => {
      const user = await users.create(administrator);
      const oldest = await enter();
      for (let count = 0; count < 199; count += 1) await sessions.open(user.id, origin, testDatabase.knex);
      const stillThere = await login.refresh(oldest.refreshToken, origin);
      await sessions.open(user.id, origin, testDatabase.knex);
      await assert.rejects(login.refresh(stillThere.refreshToken, origin), badRefreshToken.is);
    });

    it('are removed a month after their end', async () => {
      await users.create(administrator);
      await enter();
      clock.advance(59 * DAY);
      assert.equal(await sessions.purge(), 0);
      clock.advance(2 * DAY);
      assert.equal(await sessions.purge(), 1);
    });
  });

  describe('login', () => {
    it('does the same work and says the same for an unknown address, a wrong password and a disabled user', async () => {
      await users.create(administrator);
      const gone = await users.create({ ...administrator, email: 'gone@example.com' });
      await users.update(gone.id, { disabled: true });
      let verified = 0;
      const counting = {
        ...quickHasher,
        verify: (stored: string, password: string) => {
          verified += 1;
          return quickHasher.verify(stored, password);
        },
      };
      const { knex } = testDatabase;
      const accessTokens = new AccessTokens(Buffer.alloc(32, 1), clock, sessions);
      const observed = new Login({ knex, clock, hasher: counting, users, sessions, accessTokens, audit });
      await observed.prepare();
      for (const [email, password] of [
        ['nobody@example.com', 'correct horse battery'],
        ['ada@example.com', 'wrong'],
        ['gone@example.com', 'correct horse battery'],
      ] as const) {
        await assert.rejects(observed.login(email, password, origin), invalidCredentials.is);
      }
      assert.equal(verified, 3);
    });

    it('is written to the audit log, refused ones too', async () => {
      const user = await users.create(administrator);
      await enter();
      clock.advance(1000);
      await assert.rejects(login.login('ada@example.com', 'wrong', origin));
      const { items } = await audit.list({ action: 'auth.login' }, { limit: 10 });
      assert.deepEqual(
        items.map(({ outcome, actorId, actorEmail, at, address }) => ({ outcome, actorId, actorEmail, at, address })),
        [
          {
            outcome: 'refused',
            actorId: user.id,
            actorEmail: 'ada@example.com',
            at: '2026-05-01T00:00:01.000Z',
            address: '127.0.0.1',
          },
          {
            outcome: 'done',
            actorId: user.id,
            actorEmail: 'Ada@Example.com',
            at: '2026-05-01T00:00:00.000Z',
            address: '127.0.0.1',
          },
        ],
      );
    });
  });

  describe('audit log', () => {
    it('is filtered, paged newest first, and keeps no secrets', async () => {
      const actor = { userId: uuidv7(), email: 'a@b.c' };
      for (let count = 0; count < 3; count += 1) {
        await audit.append(
          actor,
          {
            action: 'station.update',
            objectType: 'station',
            objectId: `CP${count}`,
            before: { password: 'p' },
            after: {},
          },
          origin,
        );
        clock.advance(1000);
      }
      const first = await audit.list({ actorId: actor.userId, objectType: 'station' }, { limit: 2 });
      assert.deepEqual(
        first.items.map(({ objectId }) => objectId),
        ['CP2', 'CP1'],
      );
      assert.deepEqual(first.items[0]?.before, { password: '***' });
      const rest = await audit.list({}, { limit: 2, cursor: first.nextCursor ?? '' });
      assert.deepEqual(
        rest.items.map(({ objectId }) => objectId),
        ['CP0'],
      );
      assert.equal(rest.nextCursor, null);
      const span = { from: '2026-05-01T00:00:01Z', to: '2026-05-01T00:00:02Z', objectId: 'CP1' };
      assert.equal((await audit.list(span, { limit: 5 })).items.length, 1);
      assert.equal((await audit.list({ ...span, objectId: 'CP2' }, { limit: 5 })).items.length, 0);
    });

    it('cannot be changed or emptied', async () => {
      await audit.append({ userId: null, email: null }, { action: 'x', objectType: 'y', objectId: null }, null);
      for (const statement of [
        `update identity.audit set action = 'z'`,
        'delete from identity.audit',
        'truncate identity.audit',
      ]) {
        await assert.rejects(testDatabase.knex.raw(statement), /append-only/);
      }
    });
  });

  it('can be taken back to an empty schema', async () => {
    await rollBackDatabase(testDatabase.database, identityMigrations);
    const { rows } = await testDatabase.knex.raw(
      `select table_name from information_schema.tables where table_schema = 'identity' and table_name not like 'migrations%'`,
    );
    assert.deepEqual(rows, []);
  });
});
