import { cpus } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { PileLoad } from './pile-load.ts';
import { usageOf } from './process-usage.ts';
import { RungProcess } from './rung.ts';

const { values } = parseArgs({
  options: {
    piles: { type: 'string', default: '5000' },
    seconds: { type: 'string', default: '60' },
    heartbeat: { type: 'string', default: '10' },
    realtime: { type: 'string', default: '15' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  console.log(`npm run bench:piles -- [options]

  --piles 5000     云快充 piles, each of them charging
  --heartbeat 10   seconds from one heartbeat of a pile to the next
  --realtime 15    the same for its realtime data (0x13)
  --seconds 60     measured part; before it every pile has told its charge once

Everything runs on this machine, over 127.0.0.1. Linux only (CPU time is read from /proc).`);
  process.exit(0);
}

const count = Number(values.piles);
const seconds = Number(values.seconds);
const realtimeSeconds = Number(values.realtime);
/** What the first connections load and compile is not a pile's. */
const FIRST = Math.min(50, count);

const server = await RungProcess.start('piles', count);
const load = new PileLoad({ heartbeatSeconds: Number(values.heartbeat), realtimeSeconds });
try {
  await load.connect(server.url, 0, FIRST);
  await delay(1000);
  await server.collectGarbage();
  await server.collectGarbage();
  const before = usageOf(server.pid).residentKb;
  await load.connect(server.url, FIRST, count);
  await delay(1000);
  await server.collectGarbage();
  await server.collectGarbage();
  const idleBytes = ((usageOf(server.pid).residentKb - before) * 1024) / Math.max(1, count - FIRST);

  load.start();
  // The first of each makes a transaction.
  await delay((realtimeSeconds + 2) * 1000);
  const begin = { ...load.sent, cpuMs: usageOf(server.pid).cpuMs, at: performance.now() };
  await delay(seconds * 1000);
  const cpuMs = usageOf(server.pid).cpuMs - begin.cpuMs;
  const elapsedMs = performance.now() - begin.at;
  const sent = {
    heartbeats: load.sent.heartbeats - begin.heartbeats,
    realtime: load.sent.realtime - begin.realtime,
  };
  await server.collectGarbage();
  await server.collectGarbage();
  const chargingBytes = ((usageOf(server.pid).residentKb - before) * 1024) / Math.max(1, count - FIRST);
  load.stop();
  await delay(1000);
  const stored = await server.count();
  const frames = sent.heartbeats + sent.realtime;
  const row = {
    piles: count,
    framesPerSecond: Math.round((frames * 1000) / elapsedMs),
    cores: Number((cpuMs / elapsedMs).toFixed(3)),
    cpuMsPerThousandFrames: Number(((cpuMs / frames) * 1000).toFixed(1)),
    bytesPerIdlePile: Math.round(idleBytes),
    bytesPerChargingPile: Math.round(chargingBytes),
    realtimeSent: load.sent.realtime,
    realtimeStored: stored === null ? null : stored.meterValues + stored.starts,
  };
  console.log(`| piles | frames/s | cores (server and PostgreSQL) | CPU ms per 1,000 frames | bytes per idle pile | per charging pile | 0x13 sent | stored |
|---:|---:|---:|---:|---:|---:|---:|---:|
| ${row.piles} | ${row.framesPerSecond} | ${row.cores} | ${row.cpuMsPerThousandFrames} | ${row.bytesPerIdlePile} | ${row.bytesPerChargingPile} | ${row.realtimeSent} | ${row.realtimeStored} |`);
  console.log(
    JSON.stringify({ ...row, seconds, cores: row.cores, machineCores: cpus().length, node: process.version }),
  );
} finally {
  load.stop();
  await server.stop();
}
