import { join } from 'node:path';
import { startVoltpile } from '@voltpile/server/start';
import { startBenchDatabase } from './bench-database.ts';
import { serve } from './serve.ts';

/** Rung (d): the whole of Voltpile as `npm start` runs it, with its default settings. */
await serve(async () => {
  const bench = await startBenchDatabase(Number(process.argv[2]));
  const server = await startVoltpile({
    config: { dataDir: join(bench.folder, 'voltpile'), databaseUrl: bench.url, httpPort: 0, ocppPort: 0 },
  });
  return {
    url: server.urls.ocpp,
    count: () => bench.count(),
    async stop() {
      await server.stop();
      await bench.stop();
    },
  };
});
