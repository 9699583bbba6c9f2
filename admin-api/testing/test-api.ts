import assert from 'node:assert/strict';
import { FakeClock } from '@voltpile/kernel/clock';
import { Settings } from '@voltpile/platform/config/settings';
import { SettingsDesk } from '@voltpile/platform/config/settings-desk';
import { SettingsStore } from '@voltpile/platform/config/settings-store';
import { PLATFORM_MIGRATIONS } from '@voltpile/platform/jobs/migrations';
import { createTestDatabase, type TestDatabase } from '@voltpile/platform/testing/test-database';
import type { ApiLogger } from '../http/logger.ts';
import type { FirstAdministratorOutcome } from '../identity/first-administrator.ts';
import { identityMigrations } from '../identity/migrations.ts';
import { type AdminApi, type AdminApiOptions, createAdminApi } from '../service.ts';
import { API_SETTINGS } from '../settings.ts';
import { FakePlatform } from './fake-platform.ts';
import { FakePorts } from './fake-ports.ts';
import { quickHasher } from './quick-hasher.ts';
import { ResponseChecker } from './response-checker.ts';

export const ADMINISTRATOR = { email: 'admin@example.com', password: 'correct horse battery' } as const;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed JSON, text of anything else, undefined without a body. */
  readonly body: never;
}

export interface LogLine {
  readonly level: keyof ApiLogger;
  readonly facts: Record<string, unknown>;
  readonly text: string;
}

/** The API on a real socket and a real database, with the domain in memory. Every answer is checked against the OpenAPI document. */
export interface TestApi extends AsyncDisposable {
  readonly api: AdminApi;
  readonly url: string;
  readonly ports: FakePorts;
  readonly clock: FakeClock;
  readonly database: TestDatabase;
  readonly administrator: FirstAdministratorOutcome;
  readonly log: LogLine[];
  readonly checker: ResponseChecker;
  /** Sends a request; `token` of the administrator unless told otherwise (null: none). */
  call(
    method: string,
    path: string,
    options?: { body?: unknown; token?: string | null; headers?: Record<string, string>; raw?: string | Buffer },
  ): Promise<Answer>;
  /** Logs in and gives the access token. */
  login(email?: string, password?: string): Promise<string>;
  /** Adds a user and logs in. */
  loginAs(facts: { role: string; scope?: object; email?: string }): Promise<string>;
}

export async function startTestApi(options: Partial<AdminApiOptions> = {}): Promise<TestApi> {
  const database = await createTestDatabase({ migrations: [PLATFORM_MIGRATIONS, identityMigrations] });
  const ports = new FakePorts();
  const clock = new FakeClock('2026-05-01T00:00:00Z');
  const log: LogLine[] = [];
  const write =
    (level: keyof ApiLogger) =>
    (facts: object, text: string): void => {
      log.push({ level, facts: facts as Record<string, unknown>, text });
    };
  const api = createAdminApi({
    host: '127.0.0.1',
    port: 0,
    trustedProxies: [],
    secret: Buffer.alloc(32, 7),
    knex: database.knex,
    ports,
    fileContents: ports.fakeFiles.contents,
    invoicing: ports.invoicing,
    platform: new FakePlatform(),
    settings: new SettingsDesk(new Settings({ table: API_SETTINGS }), new SettingsStore(database.knex, clock)),
    firstAdministrator: ADMINISTRATOR,
    readiness: async () => ({ ready: true, checks: { database: 'ok' } }),
    metricsRegistry: { contentType: 'text/plain; version=0.0.4', metrics: async () => 'voltpile_up 1\n' },
    logger: { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') },
    clock,
    passwordHasher: quickHasher,
    ...options,
  });
  const { http: url, administrator } = await api.listen();
  const document = await fetch(`${url}/api/v1/openapi.json`);
  const checker = new ResponseChecker((await document.json()) as ConstructorParameters<typeof ResponseChecker>[0]);
  let administratorToken: string | undefined;
  let users = 0;

  const testApi: TestApi = {
    api,
    url,
    ports,
    clock,
    database,
    administrator,
    log,
    checker,
    async call(method, path, { body, token, headers = {}, raw } = {}) {
      if (token === undefined) administratorToken ??= await testApi.login();
      const bearer = token === undefined ? administratorToken : token;
      const response = await fetch(url + path, {
        method,
        headers: {
          ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
          ...(bearer === null ? {} : { Authorization: `Bearer ${bearer}` }),
          ...headers,
        },
        body: raw === undefined ? (body === undefined ? null : JSON.stringify(body)) : new Uint8Array(Buffer.from(raw)),
      });
      const text = await response.text();
      const contentType = response.headers.get('Content-Type');
      const parsed: unknown = text === '' ? undefined : /[/+]json\b/.test(contentType ?? '') ? JSON.parse(text) : text;
      checker.check(method, path, response.status, contentType, parsed);
      return { status: response.status, headers: response.headers, body: parsed as never };
    },
    async login(email = ADMINISTRATOR.email, password = ADMINISTRATOR.password) {
      const { status, body } = await testApi.call('POST', '/api/v1/auth/login', {
        body: { email, password },
        token: null,
      });
      assert.equal(status, 200);
      return (body as { accessToken: string }).accessToken;
    },
    async loginAs({ role, scope, email = `user${++users}@example.com` }) {
      const password = 'a password of length';
      const made = await testApi.call('POST', '/api/v1/users', { body: { email, password, role, scope } });
      assert.equal(made.status, 201);
      return testApi.login(email, password);
    },
    async [Symbol.asyncDispose]() {
      await api.stop(1000);
      await database.dispose();
    },
  };
  return testApi;
}
