import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { startVoltpile } from '@voltpile/server/start';
import { pileNumber } from '../pile-load.ts';
import { startBenchDatabase } from './bench-database.ts';
import { serve } from './serve.ts';

/** The whole of Voltpile with its default settings, and so many 云快充 piles registered: `node bench/servers/voltpile-piles.ts 5000`. */
const count = Number(process.argv[2]);

await serve(async () => {
  const bench = await startBenchDatabase(1);
  const { pool } = bench.database;
  const numbers = Array.from({ length: count }, (_, index) => pileNumber(index));
  await pool.query(
    `insert into csms.stations (id, identity, organization_id, site_id, registration_status)
     select x.id, x.identity, $3, $4, 'Accepted' from unnest($1::uuid[], $2::text[]) as x (id, identity)`,
    [numbers.map(() => randomUUID()), numbers, bench.organizationId, bench.siteId],
  );
  await pool.query('insert into csms.station_counters select id, 1 from csms.stations on conflict do nothing');
  await pool.query('analyze');
  const dataDir = join(bench.folder, 'voltpile');
  const server = await startVoltpile({
    config: { dataDir, databaseUrl: bench.url, httpPort: 0, ocppPort: 0, ykcPort: 0, ykcLoginsPerAddress: 10_000 },
  });
  return {
    url: server.urls.ykc ?? '',
    count: () => bench.count(),
    async stop() {
      await server.stop();
      await bench.stop();
    },
  };
});
