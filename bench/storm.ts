import { parseArgs } from 'node:util';
import { RUNGS, type RungName, RungProcess } from './rung.ts';
import { runStorm } from './storm-load.ts';

const { values } = parseArgs({
  options: {
    stations: { type: 'string', default: '10000' },
    rungs: { type: 'string', default: 'ad' },
    rounds: { type: 'string', default: '3' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(`npm run bench:storm -- [options]

  --stations 10000   that connect and boot at once   --rungs ad   a: bare ws, d: Voltpile, f: its roles apart over NATS
  --rounds 3         in turns; the table shows medians

All on this machine over 127.0.0.1. A station that is turned away tries again after a moment, later each time.`);
  process.exit(0);
}

const stations = Number(values.stations);
const rungs = [...values.rungs].filter((name): name is RungName => name in RUNGS);
const seconds = new Map<RungName, number[]>(rungs.map((rung) => [rung, []]));
const turnedAway = new Map<RungName, number>();
for (let round = 0; round < Number(values.rounds); round++) {
  for (const rung of rungs) {
    const server = await RungProcess.start(rung, stations);
    try {
      const isEcho = rung === 'a';
      const result = await runStorm([server.url], stations, (frame) => isEcho || frame.includes('"Accepted"'));
      seconds.get(rung)?.push(result.seconds);
      turnedAway.set(rung, result.turnedAway);
      console.error(`round ${round + 1}: ${rung} ${result.seconds.toFixed(1)} s, turned away ${result.turnedAway}`);
    } finally {
      await server.stop();
    }
  }
}
const median = (numbers: readonly number[] = []): number =>
  [...numbers].sort((one, other) => one - other)[numbers.length >> 1] ?? Number.NaN;
const base = median(seconds.get('a'));
console.log(`| | server | s until all have booted | × bare ws | turned away on the way |
|---|---|---:|---:|---:|`);
for (const rung of rungs) {
  const own = median(seconds.get(rung));
  console.log(
    `| ${rung} | ${RUNGS[rung].label} | ${own.toFixed(1)} | ${(own / base).toFixed(2)} | ${turnedAway.get(rung) ?? 0} |`,
  );
}
console.log(JSON.stringify({ bench: 'storm', stations, seconds: Object.fromEntries(seconds) }));
