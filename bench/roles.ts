import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { readPostmasterPid } from '@voltpile/platform/database/postgres-leftovers';
import { findNatsServer } from '@voltpile/platform/nats/server-program';
import { freePort } from '@voltpile/platform/net/free-port';
import { spawnServer } from '@voltpile/server/testing/server-process';
import { runLoad } from './load.ts';
import { usageOf } from './process-usage.ts';
import { RungProcess } from './rung.ts';
import { startBenchDatabase } from './servers/bench-database.ts';

const { values } = parseArgs({
  options: {
    stations: { type: 'string', default: '200' },
    seconds: { type: 'string', default: '10' },
    rounds: { type: 'string', default: '3' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(`npm run bench:roles -- [options]

  --stations 200   simulated stations of OCPP 1.6, each with one message under way
  --seconds 10     measured part of a run
  --rounds 3       runs of one process with all roles, and of the roles apart over NATS, in turns; the table shows medians

What a message costs in each process of a cluster, and what goes over NATS for it. Everything runs on this machine. Linux only, and it needs nats-server.`);
  process.exit(0);
}

const stations = Number(values.stations);
const seconds = Number(values.seconds);
const WARM_UP_SECONDS = 5;
const LOAD = { stations, protocol: 'ocpp1.6', warmUpSeconds: WARM_UP_SECONDS, seconds } as const;
const PARTS = ['station-gateway', 'csms', 'the other roles', 'nats-server', 'PostgreSQL'] as const;
type Part = (typeof PARTS)[number];

interface Traffic {
  readonly in_msgs: number;
  readonly in_bytes: number;
}

/** CPU ms per 1,000 messages of each part, and what the broker was given for one message. */
interface Run {
  readonly cpu: Readonly<Record<Part, number>>;
  readonly natsMessages: number;
  readonly natsBytes: number;
  /** Resident memory of the three processes before the first station comes. */
  readonly residentMb: readonly number[];
}

async function measureWhole(): Promise<number> {
  const server = await RungProcess.start('d', stations);
  try {
    const marks: number[] = [];
    const { messages } = await runLoad({
      url: server.url,
      ...LOAD,
      onMark: () => void marks.push(usageOf(server.pid).cpuMs),
    });
    return (((marks[1] ?? 0) - (marks[0] ?? 0)) / messages) * 1000;
  } finally {
    await server.stop();
  }
}

async function measureApart(program: string): Promise<Run> {
  await using resources = new AsyncDisposableStack();
  const bench = await startBenchDatabase(stations);
  resources.defer(() => bench.stop());
  const [port, monitor] = [await freePort(), await freePort()];
  const broker = spawn(program, ['-a', '127.0.0.1', '-p', String(port), '-m', String(monitor)], { stdio: 'ignore' });
  resources.defer(async () => {
    broker.kill();
    await once(broker, 'exit');
  });
  const traffic = async (): Promise<Traffic> => {
    const answer = await fetch(`http://127.0.0.1:${monitor}/varz`);
    return (await answer.json()) as Traffic;
  };
  for (let tries = 0; !(await traffic().then(Boolean, () => false)); tries++) {
    if (tries === 100) throw new Error('nats-server does not answer');
    await delay(50);
  }
  const settings = {
    NATS_URL: `nats://127.0.0.1:${port}`,
    DATABASE_URL: bench.url,
    VOLTPILE_SECRET: 'a secret of this measurement, no more',
    VOLTPILE_MESSAGE_LOG: 'off',
    VOLTPILE_LOG_LEVEL: 'warn',
  };
  const start = (roles: string) =>
    resources.use(
      spawnServer({
        ...settings,
        VOLTPILE_ROLES: roles,
        VOLTPILE_DATA_DIR: join(bench.folder, roles.replaceAll(',', '-')),
      }),
    );
  const processes = [start('station-gateway'), start('csms'), start('billing,operations,admin-api')];
  const [gateway] = await Promise.all(processes.map(({ ready }) => ready));
  const postgres = await readPostmasterPid(join(bench.folder, 'postgres', 'data'));
  const pids = [...processes.map(({ process }) => process.pid), broker.pid, postgres].map((pid) => pid ?? 0);
  const residentMb = processes.map(({ process }) => Math.round(usageOf(process.pid ?? 0).residentKb / 1000));
  const marks: { cpu: number[]; nats: Traffic }[] = [];
  const { messages } = await runLoad({
    url: gateway?.ocpp ?? '',
    ...LOAD,
    onMark: async () => void marks.push({ cpu: pids.map((pid) => usageOf(pid).cpuMs), nats: await traffic() }),
  });
  const [begin, end] = marks;
  if (begin === undefined || end === undefined) throw new Error('nothing was measured');
  const cpu = Object.fromEntries(
    PARTS.map((part, index) => [part, (((end.cpu[index] ?? 0) - (begin.cpu[index] ?? 0)) / messages) * 1000]),
  ) as Record<Part, number>;
  return {
    cpu,
    natsMessages: (end.nats.in_msgs - begin.nats.in_msgs) / messages,
    natsBytes: (end.nats.in_bytes - begin.nats.in_bytes) / messages,
    residentMb,
  };
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((one, other) => one - other)[numbers.length >> 1] ?? Number.NaN;
}

const program = findNatsServer();
if (program === undefined) throw new Error('there is no nats-server on the PATH (Debian: apt install nats-server)');
const whole: number[] = [];
const apart: Run[] = [];
for (let round = 0; round < Number(values.rounds); round++) {
  whole.push(await measureWhole());
  apart.push(await measureApart(program));
  console.error(`round ${round + 1}: ${whole.at(-1)?.toFixed(1)} ms in one process, ${JSON.stringify(apart.at(-1))}`);
}
const one = median(whole);
const cpuOf = (part: Part): number => median(apart.map(({ cpu }) => cpu[part]));
const sum = PARTS.reduce((total, part) => total + cpuOf(part), 0);
const row = (name: string, ms: number): string => `| ${name} | ${ms.toFixed(1)} | ${(ms / one).toFixed(2)} |`;
console.log(`| | CPU ms per 1,000 messages | × one process |
|---|---:|---:|
${row('one process with all roles, and PostgreSQL', one)}
${PARTS.map((part) => row(part, cpuOf(part))).join('\n')}
${row('all of the cluster', sum)}`);
const natsMessages = median(apart.map((run) => run.natsMessages));
const natsBytes = median(apart.map((run) => run.natsBytes));
console.log(
  `NATS: ${natsMessages.toFixed(2)} messages and ${Math.round(natsBytes)} bytes for each message of a station`,
);
console.log(`before the first station comes: ${apart.at(-1)?.residentMb.join(', ')} MB`);
const shares = Object.fromEntries(PARTS.map((part) => [part, Number((cpuOf(part) / one).toFixed(2))]));
console.log(JSON.stringify({ bench: 'roles', stations, seconds, one, sharesOfOne: shares, natsMessages, natsBytes }));
