import assert from 'node:assert/strict';
import { halfHourTariffSchema } from '@voltpile/billing/contract/half-hour-tariff';
import type { TariffDeliveryView } from '@voltpile/billing/contract/tariff-deliveries';
import type { TransactionView } from '@voltpile/csms/contract/operator-ports';
import type { ApiClient } from './harness/api-client.ts';
import { BarePile } from './harness/bare-pile.ts';
import { eventually } from './harness/eventually.ts';
import { recordEndingNow } from './harness/pile-bodies.ts';
import { bcd, number } from './harness/pile-bytes.ts';
import { PORT_STYLES, type ServerInProcess, startInProcess } from './harness/server-in-process.ts';

const PILE = '32010600010002';
const CARD = 'D14B0A54';

/** A pile that is told its prices. */
class PricedPile {
  readonly server: ServerInProcess;
  readonly api: ApiClient;
  /** Prices of flat hours that it was told unasked, in 0.00001 yuan. */
  readonly told: number[] = [];
  /** What it answers to them. */
  takesPrices = true;
  pile: BarePile;
  #assignmentId: string | undefined;

  constructor(server: ServerInProcess, api: ApiClient, pile: BarePile) {
    this.server = server;
    this.api = api;
    this.pile = pile;
    this.#answer();
  }

  static async enter(server: ServerInProcess): Promise<PricedPile> {
    const api = await server.login();
    await api.post('/stations', { id: PILE, password: null });
    const [site] = await api.all<{ readonly id: string }>('/sites');
    await api.patch(`/sites/${site?.id}`, { currency: 'CNY' });
    await api.post('/id-tokens', { idToken: CARD });
    return new PricedPile(server, api, await BarePile.enter(server.ykc, PILE));
  }

  /** Logs in once more. */
  async enter(): Promise<void> {
    this.pile = await BarePile.enter(this.server.ykc, PILE);
    this.#answer();
  }

  /** Assigns a tariff at one price in place of the one before, and has it noted, as it is each minute. */
  async assign(electricity: string): Promise<void> {
    const rates = { flat: { electricity, service: '0' } };
    const tariff = halfHourTariffSchema.parse({ currency: 'CNY', rates, slots: '2'.repeat(48) });
    const { id: tariffId } = await this.api.post<{ id: string }>('/tariffs', { name: electricity, tariff });
    if (this.#assignmentId !== undefined) {
      await this.api.request('DELETE', `/tariff-assignments/${this.#assignmentId}`);
    }
    const target = { kind: 'station', stationId: PILE };
    const made = await this.api.post<{ id: string }>('/tariff-assignments', { tariffId, target });
    this.#assignmentId = made.id;
    await eventually('the change is noted', async () => {
      await this.server.voltpile.rooms.jobs.runNow('billing.tariff-deliveries');
      const { wantedVersionId } = await this.delivery();
      const { items } = await this.api.get<{ items: { id: string }[] }>(`/tariffs/${tariffId}/versions`);
      return wantedVersionId === items[0]?.id;
    });
  }

  delivery(): Promise<TariffDeliveryView> {
    return this.api.get(`/stations/${PILE}/tariff-delivery`);
  }

  /** Waits until it is so. */
  reaches(what: string, isSo: (delivery: TariffDeliveryView) => boolean): Promise<TariffDeliveryView> {
    return eventually(what, async () => {
      const delivery = await this.delivery();
      return isSo(delivery) && delivery;
    });
  }

  async transactions(status: 'active' | 'ended'): Promise<TransactionView[]> {
    return (await this.api.get<{ items: TransactionView[] }>(`/transactions?stationId=${PILE}&status=${status}`)).items;
  }

  #answer(): void {
    this.pile.onFrame(0x58, (set) => {
      // Pile, number of the model, sharp and peak, then the electricity of flat hours.
      this.told.push(set.body.readUInt32LE(25));
      this.pile.answer(set, 0x57, Buffer.concat([bcd(PILE, 7), number(this.takesPrices ? 1 : 0, 1)]));
    });
  }
}

describe('prices that a pile is told', () => {
  for (const ports of PORT_STYLES) {
    it(`come when it is idle, refused ones again, and after the login (ports: ${ports})`, async () => {
      await using server = await startInProcess({ ports });
      const priced = await PricedPile.enter(server);
      const { api, told } = priced;

      // Changed while it is idle.
      await priced.assign('1');
      const first = await priced.reaches('the pile has taken its prices', ({ state }) => state === 'confirmed');
      assert.deepEqual([told, first.confirmedBy, first.problem], [[100_000], 'command', null]);

      // Changed while somebody charges.
      const { serial } = await priced.pile.showCard(CARD);
      priced.pile.report(1, { serial, status: 'charging', plugged: true });
      await eventually('the charge is told', async () => (await priced.transactions('active')).length === 1);
      await priced.assign('2');
      await priced.reaches('the charge is seen', ({ problem }) => problem === 'somebody charges at the station');
      assert.deepEqual(told, [100_000]);
      assert.equal(await priced.pile.deliver(recordEndingNow(serial, CARD)), 0);
      priced.pile.report(1, { status: 'idle', plugged: false });
      await priced.reaches('they came after the charge', ({ state }) => state === 'confirmed');
      assert.deepEqual(told, [100_000, 200_000]);

      // Refused, and sent again.
      priced.takesPrices = false;
      await priced.assign('3');
      const refused = await priced.reaches('they are refused', ({ state }) => state === 'refused');
      assert.ok(Date.parse(refused.nextTryAt ?? '') > Date.now(), String(refused.nextTryAt));
      const { items } = await api.get<{ items: TariffDeliveryView[] }>('/tariff-deliveries?state=refused');
      assert.deepEqual(
        items.map(({ stationId }) => stationId),
        [PILE],
      );
      priced.takesPrices = true;
      await api.post(`/stations/${PILE}/tariff-delivery`, {});
      await priced.reaches('they are taken', ({ state }) => state === 'confirmed');
      assert.deepEqual(told.slice(2), [300_000, 300_000]);

      // Changed while it is away.
      priced.pile.terminate();
      await eventually('it is away', async () => !(await api.get<{ online: boolean }>(`/stations/${PILE}`)).online);
      await priced.assign('4');
      await priced.reaches('it waits', ({ problem }) => problem === 'the station is not connected');
      assert.equal(told.length, 4);
      await priced.enter();
      await priced.reaches('they came with the login', ({ state }) => state === 'confirmed');
      assert.deepEqual(told.slice(4), [400_000]);
      priced.pile.terminate();
      await priced.pile.closed;
      assert.deepEqual(server.log, []);
    });

    it(`are known when it has asked for them (ports: ${ports})`, async () => {
      await using server = await startInProcess({ ports });
      const priced = await PricedPile.enter(server);
      await priced.assign('1');
      await priced.reaches('they are confirmed', ({ state }) => state === 'confirmed');
      const before = await priced.delivery();
      const model = (await priced.pile.askForTariff()).subarray(7, 9);
      const asked = await priced.reaches('they are known', ({ confirmedBy }) => confirmedBy === 'asking');
      assert.deepEqual([asked.state, asked.confirmedDigest], ['confirmed', before.confirmedDigest]);
      assert.equal(await priced.pile.checkTariff(model), true);
      const again = await priced.reaches(
        'its question is noted',
        ({ confirmedAt }) => confirmedAt !== asked.confirmedAt,
      );
      assert.deepEqual([again.state, priced.told.length], ['confirmed', 1]);
      priced.pile.terminate();
      await priced.pile.closed;
      assert.deepEqual(server.log, []);
    });
  }
});
