import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { connectAll, type LoadResult, runLoad } from './load.ts';
import { usageOf } from './process-usage.ts';
import { RUNGS, type RungName, RungProcess } from './rung.ts';
import { PROTOCOLS, type Protocol, WORDS } from './words.ts';

const { values } = parseArgs({
  options: {
    stations: { type: 'string', default: '200' },
    seconds: { type: 'string', default: '10' },
    'warm-up': { type: 'string', default: '5' },
    rounds: { type: 'string', default: '5' },
    idle: { type: 'string', default: '2000' },
    rungs: { type: 'string', default: 'abcde' },
    protocol: { type: 'string', default: 'ocpp1.6' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  console.log(`npm run bench -- [options]

  --stations 200   simulated stations, each with one message under way
  --seconds 10     measured part of a run        --warm-up 5   unmeasured part before it
  --rounds 5       runs of c, d, e and f, in turns
  --rungs abcde    which servers to measure; f is the cluster: three processes and a nats-server
  --idle 2000      idle stations for the memory comparison of b and d; 0 leaves it out
  --protocol ocpp1.6   or ocpp2.0.1 (without rung b and without the memory comparison)

Everything runs on this machine, over 127.0.0.1. Linux only (CPU time is read from /proc).`);
  process.exit(0);
}

const stations = Number(values.stations);
const protocol = readProtocol(values.protocol);
const words = WORDS[protocol];
// The library's rung and the memory comparison speak 1.6.
const isFull = protocol === 'ocpp1.6';
const wanted = [...values.rungs].filter((name): name is RungName => name in RUNGS && (isFull || name !== 'b'));

function readProtocol(name: string): Protocol {
  const protocol = PROTOCOLS.find((one) => one === name);
  if (protocol === undefined) throw new Error(`--protocol is one of ${PROTOCOLS.join(', ')}`);
  return protocol;
}

interface Run {
  readonly rung: RungName;
  readonly messagesPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpuMsPerThousand: number;
  /** Acknowledged but not found among the stored rows, or stored twice; 0 is the only good answer. null: nothing is stored. */
  readonly lost: number | null;
}

async function measure(rung: RungName): Promise<Run> {
  const server = await RungProcess.start(rung, stations);
  try {
    let before = 0;
    let after = 0;
    const result = await runLoad({
      url: server.url,
      stations,
      protocol,
      warmUpSeconds: Number(values['warm-up']),
      seconds: Number(values.seconds),
      onMark: (mark) => {
        if (mark === 'begin') before = usageOf(server.pid).cpuMs;
        else after = usageOf(server.pid).cpuMs;
      },
    });
    return {
      rung,
      messagesPerSecond: result.messages / result.seconds,
      p50Ms: result.p50Ms,
      p99Ms: result.p99Ms,
      cpuMsPerThousand: ((after - before) / result.messages) * 1000,
      lost: difference(result, await server.count()),
    };
  } finally {
    await server.stop();
  }
}

function difference({ acknowledged }: LoadResult, stored: Awaited<ReturnType<RungProcess['count']>>): number | null {
  if (stored === null) return null;
  return (
    Math.abs(stored.starts - acknowledged.starts) +
    Math.abs(stored.meterValues - acknowledged.meterValues) +
    Math.abs(stored.samples - words.samples(acknowledged)) +
    Math.abs(stored.stops - acknowledged.stops)
  );
}

/** Resident memory that one idle, booted station adds to the server process, in bytes. */
async function measureIdle(rung: RungName, count: number): Promise<number> {
  const server = await RungProcess.start(rung, count);
  try {
    // What the first connections load and compile is not a station's.
    const boot = async (url: string, howMany: number) => {
      const sockets = await connectAll(url, howMany);
      const answered = sockets.map((socket) => new Promise((resolve) => socket.once('message', resolve)));
      for (const socket of sockets) {
        socket.send('[2,"boot","BootNotification",{"chargePointVendor":"Bench","chargePointModel":"One"}]');
      }
      await Promise.all(answered);
      return sockets;
    };
    for (const socket of await boot(server.url, 50)) socket.terminate();
    await new Promise((resolve) => setTimeout(resolve, 1000));
    await server.collectGarbage();
    await server.collectGarbage();
    const before = usageOf(server.pid).residentKb;
    const sockets = await boot(server.url, count);
    await server.collectGarbage();
    await server.collectGarbage();
    const after = usageOf(server.pid).residentKb;
    for (const socket of sockets) socket.terminate();
    return ((after - before) * 1024) / count;
  } finally {
    await server.stop();
  }
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

const runs: Run[] = [];
const durable: readonly RungName[] = wanted.filter((name) => 'cdef'.includes(name));
for (const rung of wanted.filter((name) => !durable.includes(name))) runs.push(await measure(rung));
for (let round = 0; round < Number(values.rounds); round++) {
  for (const rung of durable) {
    const run = await measure(rung);
    runs.push(run);
    console.error(`round ${round + 1}: ${rung} ${run.cpuMsPerThousand.toFixed(1)} CPU ms per 1,000 messages`);
  }
}
const idle = isFull ? Number(values.idle) : 0;
const idleBytes: Partial<Record<RungName, number>> = {};
for (const rung of wanted.filter((name) => idle > 0 && (name === 'b' || name === 'd'))) {
  idleBytes[rung] = await measureIdle(rung, idle);
}

const summary = wanted.map((rung) => {
  const own = runs.filter((run) => run.rung === rung);
  const of = (pick: (run: Run) => number): number => median(own.map(pick));
  return {
    rung,
    label: RUNGS[rung].label,
    messagesPerSecond: Math.round(of((run) => run.messagesPerSecond)),
    p50Ms: Number(of((run) => run.p50Ms).toFixed(2)),
    p99Ms: Number(of((run) => run.p99Ms).toFixed(2)),
    cpuMsPerThousand: Number(of((run) => run.cpuMsPerThousand).toFixed(1)),
    idleBytesPerStation: idleBytes[rung] === undefined ? null : Math.round(idleBytes[rung]),
    lostOrDoubled: own.some((run) => run.lost === null) ? null : own.reduce((sum, run) => sum + (run.lost ?? 0), 0),
  };
});
const cpuOf = (rung: RungName): number => summary.find((row) => row.rung === rung)?.cpuMsPerThousand ?? Number.NaN;
/** null when one of the two was not measured. */
const ratioOf = (rung: RungName, to: RungName): number | null => {
  const ratio = Number((cpuOf(rung) / cpuOf(to)).toFixed(2));
  return Number.isNaN(ratio) ? null : ratio;
};

console.log(`| | server | messages/s | p50 ms | p99 ms | CPU ms per 1,000 messages | bytes per idle station | lost or doubled |
|---|---|---:|---:|---:|---:|---:|---:|`);
for (const row of summary) {
  console.log(
    `| ${row.rung} | ${row.label} | ${row.messagesPerSecond} | ${row.p50Ms} | ${row.p99Ms} | ${row.cpuMsPerThousand} | ${row.idleBytesPerStation ?? '–'} | ${row.lostOrDoubled ?? '–'} |`,
  );
}
console.log(
  JSON.stringify({
    protocol,
    stations,
    seconds: Number(values.seconds),
    rounds: Number(values.rounds),
    cores: cpus().length,
    node: process.version,
    cpuRatioVoltpileToMinimal: ratioOf('d', 'c'),
    cpuRatioLoggingToNot: ratioOf('e', 'd'),
    cpuRatioClusterToOneProcess: ratioOf('f', 'd'),
    rungs: summary,
  }),
);
