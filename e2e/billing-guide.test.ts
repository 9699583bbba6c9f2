import assert from 'node:assert/strict';
import { FakeClock } from '@voltpile/kernel/clock';
import type { ApiAnswer } from './harness/api-client.ts';
import { BareStation } from './harness/bare-station.ts';
import { eventually } from './harness/eventually.ts';
import { readGuide, runExamples, tableOf } from './harness/guide-examples.ts';
import { PORT_STYLES, type ServerInProcess, startInProcess } from './harness/server-in-process.ts';

interface Money {
  readonly amount: string;
}

interface Line {
  readonly dimension: string;
  readonly quantity: string;
  readonly price: string;
  readonly exact: string;
  readonly amount: Money;
}

interface Cdr {
  readonly lines: readonly Line[];
  readonly vat: readonly { readonly vat: Money }[];
  readonly exclVat: Money;
  readonly inclVat: Money;
}

interface Entry {
  readonly kind: string;
  readonly postings: readonly {
    readonly account: { readonly kind: string };
    readonly side: 'debit' | 'credit';
    readonly amount: Money;
  }[];
}

const DAY = '2026-12-01';
/** Where the commands stand that need a charge. */
const AFTER_THE_CHARGE = '## What it has cost';
const AFTER_THE_RECORD = '## When somebody has to look';

/** Charges as the table of the guide says, at its hours in Berlin. */
async function charge(server: ServerInProcess, clock: FakeClock, guide: string): Promise<void> {
  await using station = await BareStation.connect(server.ocpp, 'CP-0001');
  const readings = tableOf(guide, '| time | energy since the start |').map(([time = '', energy = '']) => ({
    timestamp: new Date(`${DAY}T${time}:00+01:00`).toISOString(),
    wattHours: Number.parseInt(energy, 10),
  }));
  const [first, , last] = readings;
  assert.ok(first !== undefined && last !== undefined && readings.length === 3);
  let transactionId: number | undefined;
  for (const { timestamp, wattHours } of readings) {
    clock.advance(Date.parse(timestamp) - clock.now());
    if (wattHours === 0) {
      const start = { connectorId: 1, idTag: 'ANN', meterStart: 0, timestamp };
      ({ transactionId } = await station.call<{ transactionId: number }>('StartTransaction', start));
    } else if (timestamp !== last.timestamp) {
      const meterValue = [{ timestamp, sampledValue: [{ value: String(wattHours) }] }];
      await station.call('MeterValues', { connectorId: 1, transactionId, meterValue });
      await shown(server, guide);
    } else {
      await station.call('StopTransaction', { transactionId, idTag: 'ANN', meterStop: wattHours, timestamp });
    }
  }
}

/** The running cost is that of the guide. */
async function shown(server: ServerInProcess, guide: string): Promise<void> {
  const told = /shows `cost` ([\d.]+) and `remaining` ([\d.]+)/.exec(guide)?.slice(1, 3);
  const api = await server.login();
  await eventually(`cost and remaining are ${told?.join(' and ')}`, async () => {
    const page = await api.get<{ items: readonly { cost: Money | null; remaining: Money | null }[] }>(
      '/transactions?stationId=CP-0001',
    );
    const [{ cost, remaining } = { cost: null, remaining: null }] = page.items;
    return cost?.amount === told?.[0] && remaining?.amount === told?.[1];
  });
}

const bodyOf = <T>(answers: readonly ApiAnswer[], fits: (body: Record<string, unknown>) => boolean): T => {
  const found = answers.findLast(({ body }) => body !== undefined && fits(body as Record<string, unknown>));
  assert.ok(found !== undefined);
  return found.body as T;
};

/** An entry as the guide's table has it. */
function rowOf({ kind, postings }: Entry): string[] {
  const of = (side: 'debit' | 'credit') => postings.filter((posting) => posting.side === side);
  const named = (side: 'debit' | 'credit') => {
    const [first, ...others] = of(side);
    if (others.length === 0) return first?.account.kind ?? '';
    return of(side)
      .map(({ account, amount }) => `${account.kind} ${amount.amount}`)
      .sort()
      .join(', ');
  };
  return [kind, named('debit'), named('credit'), of('debit')[0]?.amount.amount ?? ''];
}

describe('how a bill comes about', () => {
  for (const ports of PORT_STYLES) {
    it(`is as the guide says, to the cent (ports: ${ports})`, async () => {
      const clock = new FakeClock(`${DAY}T21:00:00+01:00`);
      await using server = await startInProcess({ ports, clock });
      let api = await server.login();
      const [site] = await api.all<{ readonly id: string }>('/sites');
      await api.patch(`/sites/${site?.id}`, { timeZone: 'Europe/Berlin' });
      const guide = await readGuide('billing.md');
      const [before = '', after = ''] = guide.split(AFTER_THE_CHARGE);
      const [record = '', correction = ''] = after.split(AFTER_THE_RECORD);
      const variables = new Map<string, string>();
      await runExamples(api, before, variables);
      await charge(server, clock, guide);
      api = await server.login();
      await eventually('the charge is settled and paid', async () => {
        return (await api.all('/cdrs')).length === 1;
      });

      const first = await runExamples(api, record, variables);
      const settlement = bodyOf<{ readonly state: string }>(first, (body) => body.decisions !== undefined);
      assert.equal(settlement.state, 'settled');
      const cdr = await api.get<Cdr>(`/cdrs/${variables.get('CDR')}`);
      assert.deepEqual(
        cdr.lines.map(({ dimension, quantity, price, exact, amount }) => [
          dimension,
          quantity,
          price,
          exact,
          amount.amount,
        ]),
        tableOf(guide, '| dimension | quantity | price | exact | amount |'),
      );
      const [, net, vat, total] = /Net ([\d.]+), 19 % VAT ([\d.]+) .*together \*\*([\d.]+)\*\*/.exec(guide) ?? [];
      assert.deepEqual([cdr.exclVat.amount, cdr.vat[0]?.vat.amount, cdr.inclVat.amount], [net, vat, total]);
      const entries = await api.all<Entry>(`/ledger/entries?accountId=${variables.get('ACCOUNT')}`);
      assert.deepEqual(entries.map(rowOf).reverse(), tableOf(guide, '| entry | debit | credit | amount |'));
      const wallet = bodyOf<{ readonly available: Money; readonly held: Money; readonly owed: Money }>(
        first,
        (body) => body.available !== undefined,
      );
      const [, available] = /([\d.]+) are available, nothing is held, nothing is owed/.exec(guide) ?? [];
      assert.deepEqual([wallet.available.amount, wallet.held.amount, wallet.owed.amount], [available, '0.00', '0.00']);

      const second = await runExamples(api, correction, variables);
      const [, ...amounts] = /three records now: ([\d.]+), (-[\d.]+), and ([\d.]+)\. ([\d.]+) are/.exec(guide) ?? [];
      const records = await api.all<Cdr>(`/cdrs?transactionId=${variables.get('TRANSACTION')}`);
      const left = await api.get<{ readonly available: Money }>(`/accounts/${variables.get('ACCOUNT')}/wallet`);
      assert.deepEqual([...records.map(({ inclVat }) => inclVat.amount).reverse(), left.available.amount], amounts);
      const [, whatIfNet, whatIf] = /at 0\.40 are ([\d.]+) net, and ([\d.]+) with VAT/.exec(guide) ?? [];
      const other = bodyOf<Cdr>(second, (body) => body.lines !== undefined);
      assert.deepEqual([other.exclVat.amount, other.inclVat.amount], [whatIfNet, whatIf]);
      const proof = bodyOf<{ readonly isSound: boolean }>(second, (body) => body.isSound !== undefined);
      assert.equal(proof.isSound, true);
      assert.deepEqual(server.log, []);
    });
  }
});
