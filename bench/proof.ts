import { parseArgs } from 'node:util';
import { EVERYTHING } from '@voltpile/csms/contract/access-scope';
import { startBillingBench } from './billing-bench.ts';
import { fillBooks, idOfAccount } from './filled-books.ts';
import { usageOf } from './process-usage.ts';

const { values: options } = parseArgs({
  options: {
    records: { type: 'string', default: '200000' },
    accounts: { type: 'string', default: '200' },
    help: { type: 'boolean', default: false },
  },
});

if (options.help) {
  console.log(`npm run bench:proof -- [options]

  --records 200000  charges that were settled, paid from wallets (four entries and nine postings each) and invoiced
  --accounts 200    whose charges they are

Fills the tables of billing, which is not measured, and proves the ledger, on an embedded PostgreSQL that really writes (fsync). Meanwhile wallets are topped up, one
after the other: how long that takes is told beside how long it took before the proof.`);
  process.exit(0);
}

const records = Number(options.records);
const accounts = Number(options.accounts);

await using bench = await startBillingBench();
const { database, billing } = bench;
const filling = performance.now();
await fillBooks(database.pool, { records, accounts });
console.error(`filled the books with ${records} charges in ${((performance.now() - filling) / 1000).toFixed(1)} s`);

let topUps = 0;
/** Milliseconds that each top-up took, until told to stop. */
async function topUpUntil(isOver: () => boolean): Promise<number[]> {
  const took: number[] = [];
  while (!isOver()) {
    const from = performance.now();
    const amount = { amount: '1.00', currency: 'EUR' };
    topUps += 1;
    await billing.wallets.topUp(EVERYTHING, idOfAccount(topUps % accounts), {
      amount,
      reason: 'Bench',
      idempotencyKey: String(topUps),
    });
    took.push(performance.now() - from);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return took.sort((one, other) => one - other);
}
const percentile = (sorted: readonly number[], share: number) =>
  Number((sorted[Math.floor((sorted.length - 1) * share)] ?? 0).toFixed(1));

const until = performance.now() + 5000;
const before = await topUpUntil(() => performance.now() > until);
const cpuBefore = usageOf(process.pid).cpuMs;
const from = performance.now();
let isOver = false;
const [proof, during] = await Promise.all([
  billing.ledger.prove().finally(() => {
    isOver = true;
  }),
  topUpUntil(() => isOver),
]);
const seconds = (performance.now() - from) / 1000;
const { rows } = await database.pool.query(`select pg_database_size(current_database()) as bytes`);
const figures = {
  bench: 'proof',
  records,
  seconds: Number(seconds.toFixed(1)),
  cores: Number(((usageOf(process.pid).cpuMs - cpuBefore) / 1000 / seconds).toFixed(2)),
  databaseMb: Math.round(Number(rows[0].bytes) / 1_048_576),
  topUpMs: {
    before: [percentile(before, 0.5), percentile(before, 0.99)],
    during: [percentile(during, 0.5), percentile(during, 0.99)],
  },
  isSound: proof.isSound,
};
const shown = ([half, most]: readonly number[]) => `${half} / ${most}`;
console.log(
  '| records | database | seconds | cores (top-ups included) | top-up p50 / p99 before, ms | during, ms | books |\n|---:|---:|---:|---:|---:|---:|---|',
);
console.log(
  `| ${records} | ${figures.databaseMb} MB | ${figures.seconds} | ${figures.cores} | ${shown(figures.topUpMs.before)} | ${shown(figures.topUpMs.during)} | ${
    proof.isSound ? 'sound' : `NOT sound: ${JSON.stringify(proof.findings.slice(0, 3))}`
  } |`,
);
console.log(JSON.stringify(figures));
