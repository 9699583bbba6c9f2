import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { ApiClient } from '@voltpile/e2e/harness/api-client';
import { createLogger } from '@voltpile/platform/telemetry/logger';
import { startVoltpile, wholeUrls } from '@voltpile/server/start';
import WebSocket from 'ws';
import { stationName, tokenName } from './load.ts';
import { growth, tableSizes } from './table-sizes.ts';
import { PROTOCOLS, type Protocol, WORDS } from './words.ts';

const { values } = parseArgs({
  options: {
    charges: { type: 'string', default: '100' },
    hours: { type: 'string', default: '4' },
    interval: { type: 'string', default: '60' },
    protocol: { type: 'string', default: 'ocpp1.6' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(`npm run bench:storage -- [options]

  --charges 100        as many stations, each with one charge that began some hours ago
  --hours 4            how long each takes
  --interval 60        seconds from one report of six samples to the next
  --protocol ocpp1.6   or ocpp2.0.1

Charges pass through the whole server (the message log keeps errors only, as by default) and are settled and posted. Then it is looked at what PostgreSQL keeps of them, after a
vacuum, and how much it has written to its log on the way.`);
  process.exit(0);
}

const count = Number(values.charges);
const intervalMs = Number(values.interval) * 1000;
const hours = Number(values.hours);
const protocol = PROTOCOLS.find((one): one is Protocol => one === values.protocol);
if (protocol === undefined) throw new Error(`--protocol is one of ${PROTOCOLS.join(', ')}`);
const words = WORDS[protocol];
const reports = Math.floor((hours * 3_600_000) / intervalMs);
/** 11 kW. */
const WH_PER_HOUR = 11_000;
const SETTLEMENT_PATIENCE_MS = 120_000;
const ADMIN = { email: 'bench@example.com', password: randomUUID() };
const TARIFF = {
  currency: 'EUR',
  elements: [{ price_components: [{ type: 'ENERGY', price: '0.45', vat: '19', step_size: 1 }] }],
};

await using resources = new AsyncDisposableStack();
const folder = await mkdtemp(join(tmpdir(), 'voltpile-bench-'));
resources.defer(() => rm(folder, { recursive: true, force: true }));
const server = resources.use(
  await startVoltpile({
    config: {
      dataDir: folder,
      httpPort: 0,
      ocppPort: 0,
      ykcPort: 'off',
      onboarding: 'accept',
      adminEmail: ADMIN.email,
      adminPassword: ADMIN.password,
    },
    logger: createLogger({ level: 'error', format: 'json' }),
  }),
);
const { http, ocpp } = wholeUrls(server);
const { pool } = server.database;
const number = async (sql: string): Promise<number> => Number((await pool.query<{ n: string }>(sql)).rows[0]?.n);

const api = await ApiClient.login(http, ADMIN.email, ADMIN.password);
const { id: tariffId } = await api.post<{ id: string }>('/tariffs', { name: 'Bench', tariff: TARIFF });
const validFrom = new Date(Date.now() - 30 * 86_400_000).toISOString();
await api.post('/tariff-assignments', { tariffId, target: { kind: 'organization' }, validFrom });
const payer = { kind: 'company', name: 'Bench', currency: 'EUR', paymentMode: 'postpaid' };
const { id: accountRef } = await api.post<{ id: string }>('/accounts', payer);
const sockets: WebSocket[] = [];
for (let index = 0; index < count; index++) {
  await api.post('/id-tokens', { idToken: tokenName(index), accountRef });
  const socket = new WebSocket(`${ocpp}/${stationName(index)}`, protocol, { perMessageDeflate: false });
  await once(socket, 'open');
  await ask(socket, words.boot);
  sockets.push(socket);
}

/** Sends a call and waits for its answer. */
async function ask(socket: WebSocket, frame: string): Promise<string> {
  const answer = once(socket, 'message');
  socket.send(frame);
  const text = String((await answer)[0]);
  if (!text.startsWith('[3')) throw new Error(`the server answered ${text.slice(0, 200)} to ${frame.slice(0, 100)}`);
  return text;
}

async function charge(socket: WebSocket, index: number): Promise<void> {
  const begun = Date.now() - hours * 3_600_000 - 60_000;
  const token = tokenName(index);
  let name: string = randomUUID();
  const facts = (step: number) => {
    const atMs = Math.min(begun + step * intervalMs, begun + hours * 3_600_000);
    const meter = Math.round(1000 + ((atMs - begun) * WH_PER_HOUR) / 3_600_000);
    return { id: `${index}-${step}`, name, token, at: new Date(atMs).toISOString(), meter, count: step };
  };
  name = words.nameOf(await ask(socket, words.start(facts(0))), name);
  for (let step = 1; step <= reports; step++) await ask(socket, words.measure(facts(step)));
  await ask(socket, words.stop(facts(reports + 1)));
}

const before = await tableSizes(pool);
await pool.query('checkpoint');
const { rows: lsn } = await pool.query<{ at: string }>('select pg_current_wal_lsn() as at');
const began = performance.now();
await Promise.all(sockets.map(charge));
const seconds = (performance.now() - began) / 1000;
const until = performance.now() + SETTLEMENT_PATIENCE_MS;
while ((await number(`select count(*) as n from billing.cdrs`)) < count) {
  if (performance.now() > until) throw new Error('the charges are not settled');
  await delay(200);
}
const { rows: wal } = await pool.query<{ bytes: string }>('select pg_wal_lsn_diff(pg_current_wal_lsn(), $1) as bytes', [
  lsn[0]?.at,
]);
for (const socket of sockets) socket.terminate();
const grown = growth(before, await tableSizes(pool));

const perCharge = (total: number): number => Math.round(total / count);
/** Events for others are dropped after a week; the rest is kept. */
const isPassing = (table: string): boolean => table === 'csms.outbox';
const bytesOf = (which: (table: string) => boolean): number =>
  grown.filter(({ table }) => which(table)).reduce((sum, one) => sum + one.tableBytes + one.indexBytes, 0);
const summary = {
  bench: 'storage',
  protocol,
  charges: count,
  hours,
  intervalSeconds: intervalMs / 1000,
  messagesPerCharge: reports + 2,
  rowsPerCharge: Math.round(grown.reduce((sum, { rows }) => sum + rows, 0) / count),
  keptBytesPerCharge: perCharge(bytesOf((table) => !isPassing(table))),
  passingBytesPerCharge: perCharge(bytesOf(isPassing)),
  walBytesPerMessage: Math.round(Number(wal[0]?.bytes) / (count * (reports + 2))),
  seconds: Math.round(seconds),
};
console.log(`| table | rows per charge | bytes per charge | of which indexes |
|---|---:|---:|---:|`);
for (const { table, rows, tableBytes, indexBytes } of grown.slice(0, 8)) {
  console.log(
    `| ${table} | ${(rows / count).toFixed(1)} | ${perCharge(tableBytes + indexBytes)} | ${perCharge(indexBytes)} |`,
  );
}
console.log(JSON.stringify(summary));
