import type { Clock } from '@voltpile/kernel/clock';
import { createLogger } from '@voltpile/platform/telemetry/logger';
import { createTestDatabase, type TestDatabase } from '@voltpile/platform/testing/test-database';
import type { AllValues } from '@voltpile/server/settings/settings';
import { startVoltpile, type Voltpile, wholeUrls } from '@voltpile/server/start';
import { ApiClient } from './api-client.ts';
import { ADMIN } from './server-process.ts';
import { makeTemporaryFolder, removeFolder } from './temporary-folder.ts';

/** How the rooms reach each other. */
export const PORT_STYLES = ['direct', 'json'] as const;
export type PortStyle = (typeof PORT_STYLES)[number];

export interface ServerInProcess extends AsyncDisposable {
  readonly http: string;
  readonly ocpp: string;
  /** `tcp://127.0.0.1:…` */
  readonly ykc: string;
  readonly voltpile: Voltpile;
  /** Past the server; it outlives {@link Voltpile.stop}. */
  readonly database: TestDatabase;
  /** Errors that were logged, as JSON. */
  readonly log: readonly string[];
  login(): Promise<ApiClient>;
}

export interface ServerOptions {
  readonly ports?: PortStyle;
  readonly clock?: Clock;
  readonly config?: Partial<AllValues>;
  /** Each service keeps its things in another database. */
  readonly ownDatabases?: boolean;
}

/** The whole server in this process, on the tests' PostgreSQL: starts in a moment, and its clock can be set. */
export async function startInProcess(options: ServerOptions = {}): Promise<ServerInProcess> {
  await using begun = new AsyncDisposableStack();
  const dataDir = await makeTemporaryFolder();
  begun.defer(() => removeFolder(dataDir));
  const database = begun.use(await createTestDatabase());
  const own = async () => begun.use(await createTestDatabase()).url;
  const log: string[] = [];
  const voltpile = begun.use(
    await startVoltpile({
      config: {
        dataDir,
        databaseUrl: database.url,
        httpPort: 0,
        ocppPort: 0,
        ykcPort: 0,
        adminEmail: ADMIN.email,
        adminPassword: ADMIN.password,
        onboarding: 'accept',
        ...(options.ownDatabases === true
          ? { csmsDatabaseUrl: await own(), billingDatabaseUrl: await own(), operationsDatabaseUrl: await own() }
          : {}),
        ...options.config,
      },
      logger: createLogger({ level: 'error', format: 'json', write: (line) => log.push(line.trimEnd()) }),
      ...(options.ports === undefined ? {} : { ports: options.ports }),
      ...(options.clock === undefined ? {} : { clock: options.clock }),
    }),
  );
  const { http, ocpp, ykc = '' } = wholeUrls(voltpile);
  const resources = begun.move();
  return {
    http,
    ocpp,
    ykc,
    voltpile,
    database,
    log,
    login: () => ApiClient.login(http, ADMIN.email, ADMIN.password),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
