import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readSettings } from '@voltpile/server/settings/settings';
import { startVoltpile, wholeUrls } from '@voltpile/server/start';
import { startBenchDatabase } from './bench-database.ts';
import { serve } from './serve.ts';

/**
 * Rung (d): the whole of Voltpile as `npm start` runs it, with its default settings, the level of the message log apart:
 * `node bench/servers/voltpile.ts 200 --message-log all`.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { 'message-log': { type: 'string', default: 'off' } },
});
const { messageLog } = readSettings({ VOLTPILE_MESSAGE_LOG: values['message-log'] }).live;

await serve(async () => {
  const bench = await startBenchDatabase(Number(positionals[0]));
  const dataDir = join(bench.folder, 'voltpile');
  const server = await startVoltpile({
    config: { dataDir, databaseUrl: bench.url, httpPort: 0, ocppPort: 0, ykcPort: 'off', messageLog },
  });
  return {
    url: wholeUrls(server).ocpp,
    count: () => bench.count(),
    async stop() {
      await server.stop();
      await bench.stop();
    },
  };
});
