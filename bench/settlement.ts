import { parseArgs } from 'node:util';
import { tariffSchema } from '@voltpile/billing/contract/tariff';
import { EVERYTHING } from '@voltpile/csms/contract/access-scope';
import type { DomainEvent } from '@voltpile/csms/contract/events';
import { namedReport } from '@voltpile/csms/testing/named-reports';
import { systemClock } from '@voltpile/kernel/clock';
import { startBillingBench } from './billing-bench.ts';
import { usageOf } from './process-usage.ts';

const { values: options } = parseArgs({
  options: {
    charges: { type: 'string', default: '5000' },
    samples: { type: 'string', default: '24' },
    help: { type: 'boolean', default: false },
  },
});

if (options.help) {
  console.log(`npm run bench:settlement -- [options]

  --charges 5000   charges that have ended and wait to be settled
  --samples 24     register samples of each, ten minutes apart

Charges are stored through the port of the stations first, which is not measured. Then their ends are told to billing: it reads curves, finds tariffs, prices,
and stores records and ledger entries, on an embedded PostgreSQL that really writes (fsync). One process; charges of 500 accounts, one in five without.`);
  process.exit(0);
}

const charges = Number(options.charges);
const samples = Number(options.samples);
const STATIONS = 50;
const ACCOUNTS = 500;
const TARIFF = {
  currency: 'EUR' as const,
  elements: [
    {
      price_components: [{ type: 'ENERGY' as const, price: '0.35', vat: '19', step_size: 1 }],
      restrictions: { start_time: '22:00', end_time: '06:00' },
    },
    {
      price_components: [
        { type: 'ENERGY' as const, price: '0.45', vat: '19', step_size: 1 },
        { type: 'FLAT' as const, price: '0.50', vat: '19', step_size: 1 },
      ],
    },
  ],
};

await using bench = await startBillingBench();
const { database, csms, billing } = bench;
const { sites, stations, idTokens } = csms.operatorPorts;

const [site] = (await sites.listSites(EVERYTHING, {}, { limit: 1 })).items;
if (site === undefined) throw new Error('there is no site');
const begin = new Date(Date.now() - 6 * 3_600_000);
const { tariff } = await billing.storedTariffs.create(
  EVERYTHING,
  {
    name: 'Bench',
    currency: 'EUR',
    description: null,
    firstVersion: { tariff: tariffSchema.parse(TARIFF), effectiveFrom: begin.toISOString() },
  },
  'bench',
);
await billing.tariffAssignments.create(
  EVERYTHING,
  { tariffId: tariff.id, target: { kind: 'organization' }, validFrom: begin.toISOString() },
  'bench',
);
const accounts: string[] = [];
for (let index = 0; index < ACCOUNTS; index++) {
  const account = await billing.accounts.create(EVERYTHING, {
    kind: 'driver',
    name: `Driver ${index}`,
    currency: 'EUR',
    paymentMode: index % 2 === 0 ? 'prepaid' : 'postpaid',
  });
  if (index % 2 === 0) {
    const amount = { amount: '100000.00', currency: 'EUR' };
    await billing.wallets.topUp(EVERYTHING, account.id, { amount, reason: 'Bench', idempotencyKey: account.id });
  }
  accounts.push(account.id);
}
for (let index = 0; index < charges; index++) {
  const accountRef = index % 5 === 4 ? null : (accounts[index % ACCOUNTS] as string);
  await idTokens.create(EVERYTHING, { idToken: `T-${index}`, accountRef });
}
const keys: string[] = [];
for (let index = 0; index < STATIONS; index++) {
  await stations.register(EVERYTHING, { id: `S-${index}`, password: null, registrationStatus: 'Accepted' });
  keys.push(await stations.keyOf(EVERYTHING, `S-${index}`));
}

/** One station's charges, one after the other. */
async function charge(station: string, first: number): Promise<void> {
  for (let index = first; index < charges; index += STATIONS) {
    const start = begin.getTime() + (index % 3600) * 1000;
    const at = (sample: number) => new Date(start + sample * 600_000).toISOString();
    const common = { station, name: `tx-${index}` };
    const register = (sample: number, context: string) => [[sample * 1800, context]] as const;
    const { transactionStarted, transactionUpdated, transactionEnded } = csms.stationPort;
    await transactionStarted(
      namedReport({
        ...common,
        number: 0,
        at: at(0),
        evseId: 1 + (index % 1000),
        token: `T-${index}`,
        registers: register(0, 'Transaction.Begin'),
      }),
    );
    for (let sample = 1; sample < samples; sample++) {
      await transactionUpdated(
        namedReport({ ...common, number: sample, at: at(sample), registers: register(sample, 'Sample.Periodic') }),
      );
    }
    await transactionEnded(
      namedReport({ ...common, number: samples, at: at(samples), registers: register(samples, 'Transaction.End') }),
    );
  }
}

const storing = performance.now();
await Promise.all(keys.map((key, index) => charge(key, index)));
console.error(
  `stored ${charges} charges of ${samples} samples in ${((performance.now() - storing) / 1000).toFixed(1)} s`,
);
const { rows } = await database.pool.query(
  `select t.id, t.organization_id, t.site_id, s.identity from csms.transactions t join csms.stations s on s.id = t.station_id where t.status = 'ended'`,
);
const ends = rows.map(
  (row, index): DomainEvent => ({
    id: String(index + 1),
    type: 'transaction.ended',
    recordedAt: systemClock.now(),
    organizationId: row.organization_id,
    siteId: row.site_id,
    stationId: row.identity,
    data: { transactionId: row.id },
  }),
);
if (ends.length !== charges) throw new Error(`${ends.length} of ${charges} charges have ended`);

const settled = async (): Promise<number> =>
  Number((await database.pool.query(`select count(*) from billing.settlements where state = 'settled'`)).rows[0].count);
const before = usageOf(process.pid).cpuMs;
const from = performance.now();
for (let index = 0; index < ends.length; index += 200) await billing.follow(ends.slice(index, index + 200));
await billing.start();
while ((await settled()) < charges) await new Promise((resolve) => setTimeout(resolve, 50));
const seconds = (performance.now() - from) / 1000;
const cores = (usageOf(process.pid).cpuMs - before) / 1000 / seconds;
const proof = await billing.ledger.prove();
const figures = {
  bench: 'settlement',
  charges,
  samples,
  seconds: Number(seconds.toFixed(2)),
  perSecond: Math.round(charges / seconds),
  cores: Number(cores.toFixed(2)),
  isSound: proof.isSound,
};
console.log(
  '| charges | samples each | charges/s | cores (billing, csms and PostgreSQL) | books |\n|---:|---:|---:|---:|---|',
);
console.log(
  `| ${charges} | ${samples} | ${figures.perSecond} | ${figures.cores} | ${proof.isSound ? 'sound' : 'NOT sound'} |`,
);
console.log(JSON.stringify(figures));
