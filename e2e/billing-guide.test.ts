import assert from 'node:assert/strict';
import { FakeClock } from '@voltpile/kernel/clock';
import { ApiClient } from './harness/api-client.ts';
import { BareStation } from './harness/bare-station.ts';
import { eventually } from './harness/eventually.ts';
import { blocksOf, LOG_IN, REGISTER, readGuide, sectionsOf, tableOf } from './harness/guide.ts';
import { GUIDE_ADMIN, GuideShell, needsGuideTools } from './harness/guide-shell.ts';
import { PORT_STYLES, startInProcess } from './harness/server-in-process.ts';

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

/** Charges as the table of the guide says, at its hours in Berlin, when the guide's commands start and stop it. */
class GuidedStation implements AsyncDisposable {
  readonly #station: BareStation;
  readonly #clock: FakeClock;
  readonly #readings: readonly { readonly timestamp: string; readonly wattHours: number }[];
  #transactionId: number | undefined;

  constructor(station: BareStation, clock: FakeClock, guide: string) {
    this.#station = station;
    this.#clock = clock;
    this.#readings = tableOf(guide, '| time | energy since the start |').map(([time = '', energy = '']) => ({
      timestamp: new Date(`${DAY}T${time}:00+01:00`).toISOString(),
      wattHours: Number.parseInt(energy, 10),
    }));
    assert.equal(this.#readings.length, 3);
  }

  async start(api: ApiClient): Promise<void> {
    await this.#station.call('StatusNotification', { connectorId: 1, errorCode: 'NoError', status: 'Preparing' });
    await this.#obey(api, 'RemoteStartTransaction');
    const { timestamp, wattHours } = this.#reach(0);
    const start = { connectorId: 1, idTag: 'ANN', meterStart: wattHours, timestamp };
    ({ transactionId: this.#transactionId } = await this.#station.call<{ transactionId: number }>(
      'StartTransaction',
      start,
    ));
  }

  async meter(): Promise<void> {
    const { timestamp, wattHours } = this.#reach(1);
    const meterValue = [{ timestamp, sampledValue: [{ value: String(wattHours) }] }];
    await this.#station.call('MeterValues', { connectorId: 1, transactionId: this.#transactionId, meterValue });
  }

  async stop(api: ApiClient): Promise<void> {
    await this.#obey(api, 'RemoteStopTransaction');
    const { timestamp, wattHours } = this.#reach(2);
    const stop = { transactionId: this.#transactionId, meterStop: wattHours, timestamp };
    await this.#station.call('StopTransaction', stop);
  }

  /** Says yes, and waits until that is stored: time is about to jump. */
  async #obey(api: ApiClient, action: string): Promise<void> {
    (await this.#station.nextCall(action)).reply({ status: 'Accepted' });
    await eventually(`${action} is accepted`, async () => {
      const [newest] = await api.all<{ status: string }>('/stations/CP-0001/commands');
      return newest?.status === 'accepted';
    });
  }

  #reach(at: number) {
    const reading = this.#readings[at];
    assert.ok(reading !== undefined);
    this.#clock.advance(Date.parse(reading.timestamp) - this.#clock.now());
    return reading;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#station[Symbol.asyncDispose]();
  }
}

/** The running cost is that of the guide. */
async function shown(api: ApiClient, guide: string): Promise<void> {
  const told = /shows `cost` ([\d.]+) and `remaining` ([\d.]+)/.exec(guide)?.slice(1, 3);
  await eventually(`cost and remaining are ${told?.join(' and ')}`, async () => {
    const page = await api.get<{ items: readonly { cost: Money | null; remaining: Money | null }[] }>(
      '/transactions?stationId=CP-0001',
    );
    const [{ cost, remaining } = { cost: null, remaining: null }] = page.items;
    return cost?.amount === told?.[0] && remaining?.amount === told?.[1];
  });
}

const bodyOf = <T>(answers: readonly unknown[], fits: (body: Record<string, unknown>) => boolean): T => {
  const found = answers.findLast((body) => fits(body as Record<string, unknown>));
  assert.ok(found !== undefined);
  return found as T;
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

describe('how a bill comes about', function () {
  this.timeout(60_000);
  before(function () {
    needsGuideTools(this);
  });
  for (const ports of PORT_STYLES) {
    it(`is as the guide says, to the cent (ports: ${ports})`, async () => {
      // A start order is good for five minutes.
      const clock = new FakeClock(`${DAY}T21:29:50+01:00`);
      const config = { adminEmail: GUIDE_ADMIN.email, adminPassword: GUIDE_ADMIN.password };
      await using server = await startInProcess({ ports, clock, config });
      const login = () => ApiClient.login(server.http, GUIDE_ADMIN.email, GUIDE_ADMIN.password);
      let api = await login();
      await using shell = await GuideShell.open(server);
      await shell.follow(blocksOf(sectionsOf(await readGuide('getting-started.md'), LOG_IN, REGISTER)));
      const password = await shell.valueOf('KEY');
      const guide = await readGuide('billing.md');
      const bare = await BareStation.connect(server.ocpp, 'CP-0001', { password });
      await using station = new GuidedStation(bare, clock, guide);
      const loginAgain = async () => {
        api = await login();
        await shell.run('login');
      };

      await shell.follow(blocksOf(sectionsOf(guide, 'Before the first charge')));
      const [start, stop, ...none] = blocksOf(sectionsOf(guide, 'The charge'));
      assert.ok(start !== undefined && stop !== undefined && none.length === 0);
      await Promise.all([shell.follow([start]), station.start(api)]);
      await loginAgain();
      await station.meter();
      await loginAgain();
      await shown(api, guide);
      await shell.follow([stop]);
      await station.stop(api);
      await loginAgain();
      await eventually('the charge is settled and paid', async () => (await api.all('/cdrs')).length === 1);

      const first = await shell.follow(
        blocksOf(sectionsOf(guide, 'What it has cost', 'In the books and the wallet', 'The invoice')),
      );
      const settlement = bodyOf<{ readonly state: string }>(first, (body) => body.decisions !== undefined);
      assert.equal(settlement.state, 'settled');
      const account = await shell.valueOf('ACCOUNT');
      const cdr = await api.get<Cdr>(`/cdrs/${await shell.valueOf('CDR')}`);
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
      const entries = await api.all<Entry>(`/ledger/entries?accountId=${account}`);
      assert.deepEqual(entries.map(rowOf).reverse(), tableOf(guide, '| entry | debit | credit | amount |'));
      const wallet = bodyOf<{ readonly available: Money; readonly held: Money; readonly owed: Money }>(
        first,
        (body) => body.available !== undefined,
      );
      const [, available] = /([\d.]+) are available, nothing is held, nothing is owed/.exec(guide) ?? [];
      assert.deepEqual([wallet.available.amount, wallet.held.amount, wallet.owed.amount], [available, '0.00', '0.00']);

      const second = await shell.follow(
        blocksOf(
          sectionsOf(
            guide,
            'What is paid by hand',
            'When somebody has to look',
            'What if',
            'Whether it all fits together',
          ),
        ),
      );
      const [, ...amounts] = /three records now: ([\d.]+), (-[\d.]+), and ([\d.]+)\. ([\d.]+) are/.exec(guide) ?? [];
      const records = await api.all<Cdr>(`/cdrs?transactionId=${await shell.valueOf('TRANSACTION')}`);
      const left = await api.get<{ readonly available: Money }>(`/accounts/${account}/wallet`);
      assert.deepEqual([...records.map(({ inclVat }) => inclVat.amount).reverse(), left.available.amount], amounts);
      const [reversed] = second.flatMap((body) => {
        const { payment } = body as { payment?: { readonly state: string } };
        return payment === undefined ? [] : [payment.state];
      });
      assert.equal(reversed, 'reversed');
      const [, whatIfNet, whatIf] = /at 0\.40 are ([\d.]+) net, and ([\d.]+) with VAT/.exec(guide) ?? [];
      const other = bodyOf<Cdr>(second, (body) => body.lines !== undefined);
      assert.deepEqual([other.exclVat.amount, other.inclVat.amount], [whatIfNet, whatIf]);
      const proof = bodyOf<{ readonly isSound: boolean }>(second, (body) => body.isSound !== undefined);
      assert.equal(proof.isSound, true);
      assert.deepEqual(server.log, []);
    });
  }
});
