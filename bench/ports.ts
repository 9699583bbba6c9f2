import { parseArgs } from 'node:util';
import { definePort } from '@voltpile/kernel/port-contract';
import { connectBus } from '@voltpile/platform/nats/connection';
import { PortClients } from '@voltpile/platform/nats/port-client';
import { PortService } from '@voltpile/platform/nats/port-service';
import { findNatsServer } from '@voltpile/platform/nats/server-program';
import { createLogger } from '@voltpile/platform/telemetry/logger';
import { createMetrics } from '@voltpile/platform/telemetry/metrics';
import { startNats } from '@voltpile/platform/testing/nats-server';
import { PortExchange } from '@voltpile/server/exchange/port-exchange';

const { values } = parseArgs({
  options: { calls: { type: 'string', default: '2000000' }, help: { type: 'boolean', default: false } },
});
if (values.help) {
  console.log(`npm run bench:ports -- [--calls 2000000]

What a call of a port costs: the object's own method, the same through the exchange of one process, and over NATS (one process at both ends, 64 calls under
way). Medians of seven turns.`);
  process.exit(0);
}

interface Echo {
  echo(value: { readonly number: number }): Promise<number>;
}
const ECHO = definePort<Echo>({
  name: 'echo',
  version: 1,
  service: 'bench',
  methods: { echo: { isIdempotent: true } },
});
const echo: Echo = { echo: async ({ number }) => number };

const TURNS = 7;
const UNDER_WAY = 64;
const calls = Number(values.calls);

/** Nanoseconds of a call, one after the other. */
async function sequential(port: Echo, count: number): Promise<number> {
  const argument = { number: 1 };
  const began = performance.now();
  for (let index = 0; index < count; index++) await port.echo(argument);
  return ((performance.now() - began) / count) * 1e6;
}

async function concurrent(port: Echo, count: number): Promise<number> {
  const began = performance.now();
  let left = count;
  await Promise.all(
    Array.from({ length: UNDER_WAY }, async () => {
      while (left-- > 0) await port.echo({ number: 1 });
    }),
  );
  return ((performance.now() - began) / count) * 1e6;
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((one, other) => one - other)[numbers.length >> 1] ?? Number.NaN;
}

const exchange = new PortExchange({ roles: new Set(['bench']), style: 'direct' });
exchange.offer(ECHO, echo);
const through = exchange.get(ECHO);
const plain: number[] = [];
const local: number[] = [];
for (let turn = 0; turn < TURNS; turn++) {
  plain.push(await sequential(echo, calls / TURNS));
  local.push(await sequential(through, calls / TURNS));
}

const rows: [string, number][] = [
  ['plain call', median(plain)],
  ['through the exchange of one process', median(local)],
];
const program = findNatsServer();
if (program === undefined)
  console.error('there is no nats-server on the PATH (Debian: apt install nats-server): not measured');
else {
  await using nats = await startNats(program);
  const common = { logger: createLogger({ level: 'silent', format: 'json' }), metrics: createMetrics() };
  await using near = await connectBus({ url: nats.url, name: 'near', ...common });
  await using far = await connectBus({ url: nats.url, name: 'far', ...common, metrics: createMetrics() });
  const service = await PortService.start({ bus: far, name: 'bench', version: '1.0.0', metadata: {}, ...common });
  service.serve(ECHO, echo);
  await far.connection.flush();
  const clients = new PortClients({ bus: near, metrics: common.metrics });
  const remote: number[] = [];
  for (let turn = 0; turn < TURNS; turn++) remote.push(await concurrent(clients.client(ECHO), 5000));
  rows.push(['over NATS', median(remote)]);
  clients.close();
  await service.stop();
}

console.log(`| call | µs | above a plain call |
|---|---:|---:|`);
const [, base = Number.NaN] = rows[0] ?? [];
for (const [name, nanoseconds] of rows) {
  console.log(`| ${name} | ${(nanoseconds / 1000).toFixed(3)} | ${((nanoseconds - base) / 1000).toFixed(3)} µs |`);
}
console.log(JSON.stringify({ bench: 'ports', calls, nanoseconds: Object.fromEntries(rows) }));
