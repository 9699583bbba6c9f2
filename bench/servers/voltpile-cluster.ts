import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { findNatsServer } from '@voltpile/platform/nats/server-program';
import { startNats } from '@voltpile/platform/testing/nats-server';
import { spawnServer } from '@voltpile/server/testing/server-process';
import { startBenchDatabase } from './bench-database.ts';
import { serve } from './serve.ts';

/**
 * Rung (f): the gateway, the stations' domain and the rest of Voltpile in processes of their own, over NATS: `node bench/servers/voltpile-cluster.ts 200`. The
 * broker and all of them are below this process, so that what they use is counted.
 */
const ROLES = ['station-gateway', 'csms', 'billing,operations,admin-api'];

await serve(async () => {
  const program = findNatsServer();
  if (program === undefined) throw new Error('there is no nats-server on the PATH (Debian: apt install nats-server)');
  const resources = new AsyncDisposableStack();
  const bench = await startBenchDatabase(Number(process.argv[2]));
  resources.defer(() => bench.stop());
  const nats = resources.use(await startNats(program));
  const settings = {
    NATS_URL: nats.url,
    DATABASE_URL: bench.url,
    VOLTPILE_SECRET: randomUUID(),
    VOLTPILE_MESSAGE_LOG: 'off',
    VOLTPILE_LOG_LEVEL: 'warn',
  };
  const processes = ROLES.map((roles, index) =>
    resources.use(
      spawnServer({ ...settings, VOLTPILE_ROLES: roles, VOLTPILE_DATA_DIR: join(bench.folder, `node-${index}`) }),
    ),
  );
  const [gateway] = await Promise.all(processes.map(({ ready }) => ready));
  return {
    url: gateway?.ocpp ?? '',
    count: () => bench.count(),
    stop: () => resources.disposeAsync(),
  };
});
