import assert from 'node:assert/strict';
import type { ApiClient } from './harness/api-client.ts';
import type {
  BillDocument,
  CommandDocument,
  MeterValueDocument,
  StationDocument,
  TransactionDocument,
} from './harness/api-views.ts';
import { BarePile, type BarePileOptions } from './harness/bare-pile.ts';
import { within } from './harness/deadline.ts';
import { eventually } from './harness/eventually.ts';
import { type ChargeRecord, recordBody, recordEndingNow, STARTED, STOPPED, serialOf } from './harness/pile-bodies.ts';
import { PORT_STYLES, type ServerInProcess, startInProcess } from './harness/server-in-process.ts';

const CARD = 'D14B0A54';
const SHANGHAI = 480;
const KOLKATA = 330;
const ENERGY = 'Energy.Active.Import.Register';

for (const ports of PORT_STYLES) {
  describe(`a YKC pile by hand-made frames (ports: ${ports})`, () => {
    let server: ServerInProcess;
    let api: ApiClient;
    let piles = 0;

    before(async () => {
      server = await startInProcess({ ports, config: { onboarding: 'pending' } });
      api = await server.login();
      const [site] = await api.all<{ readonly id: string }>('/sites');
      await api.patch(`/sites/${site?.id}`, { timeZone: 'Asia/Shanghai' });
      await api.post('/id-tokens', { idToken: CARD, type: 'ISO14443', status: 'Accepted' });
    });
    after(() => server[Symbol.asyncDispose]());
    afterEach('nothing was logged that ought to be looked at', () => {
      assert.deepEqual(server.log, []);
    });

    /** Registers a pile of its own. @returns its number */
    async function registered(more: object = {}): Promise<string> {
      const id = `3201060001${String(++piles).padStart(4, '0')}`;
      await api.post('/stations', { id, password: null, registrationStatus: 'Accepted', ...more });
      return id;
    }

    const enter = async (options: BarePileOptions = {}) =>
      BarePile.enter(server.ykc, await registered(), { offsetMinutes: SHANGHAI, ...options });

    async function transactionsOf({ pileNo }: { pileNo: string }): Promise<TransactionDocument[]> {
      return api.all<TransactionDocument>(`/transactions?stationId=${pileNo}`);
    }

    async function onlyOneOf(pile: { pileNo: string }): Promise<TransactionDocument> {
      const found = await transactionsOf(pile);
      assert.equal(found.length, 1, JSON.stringify(found, null, 2));
      return found[0] as TransactionDocument;
    }

    const give = ({ pileNo }: BarePile, action: string, payload: object) =>
      api.post<CommandDocument>(`/stations/${pileNo}/commands`, { action, payload });

    const finished = (command: CommandDocument) =>
      eventually('an answer to the command', async () => {
        const now = await api.get<CommandDocument>(`/commands/${command.id}`);
        return now.status !== 'pending' && now;
      });

    const active = (pile: BarePile, serial: string) =>
      eventually('the charge is told', async () => {
        const found = (await transactionsOf(pile)).find(({ stationTransactionId }) => stationTransactionId === serial);
        return found?.status === 'active' && found;
      });

    /** A record of a charge of a minute that ends now. */
    const recordOf = (serial: string, more: Partial<ChargeRecord> = {}): ChargeRecord =>
      recordEndingNow(serial, CARD, more);

    const near = (text: string | null, at: number) => text !== null && Math.abs(Date.parse(text) - at) <= 1000;

    it('charges by card: every energy, time and sample is exact, live and afterwards', async () => {
      await using pile = await enter();
      const set = await within(pile.clockSet, 'the clock is set');
      assert.ok(Math.abs(set - Date.now()) < 3000, new Date(set).toISOString());
      await pile.heartbeat();
      const online = await api.get<StationDocument>(`/stations/${pile.pileNo}`);
      assert.deepEqual(
        [online.online, online.protocol, online.firmwareVersion, online.hasPassword],
        [true, 'ykc', 'V4.1.50', false],
      );
      // An unknown number of a tariff is answered with the tariff, whose number is known from then on.
      assert.equal(await pile.checkTariff(Buffer.from([0xff, 0xff])), false);
      const tariff = await pile.askForTariff();
      assert.equal(tariff.length, 90);
      assert.equal(await pile.checkTariff(tariff.subarray(7, 9)), true);

      pile.report(1, { status: 'idle', plugged: true });
      const shown = await pile.showCard(CARD);
      assert.deepEqual([shown.accepted, shown.reason, shown.gun], [true, 0, 1]);
      assert.match(shown.serial, /^\d{32}$/);
      assert.ok(shown.serial.startsWith(`${pile.pileNo}01`), shown.serial);
      assert.ok(shown.balance > 0);

      const pictures = [0, 4321, 12_000].map((energyDeciWh, index) => ({
        serial: shown.serial,
        status: 'charging' as const,
        plugged: true,
        voltageDeciVolt: 4001 + index,
        currentDeciAmpere: 1230 + index,
        soc: 40 + index,
        chargedMinutes: index,
        energyDeciWh,
      }));
      let running: TransactionDocument | undefined;
      for (const picture of pictures) {
        pile.report(1, picture);
        running = await eventually('the charge is told', async () => {
          const [one] = await transactionsOf(pile);
          return one?.energyWh === picture.energyDeciWh / 10 && one;
        });
      }
      assert.ok(running !== undefined);
      assert.deepEqual(
        [running.status, running.idToken?.toUpperCase(), running.evseId, running.stationTransactionId],
        ['active', CARD, 1, shown.serial],
      );
      assert.ok(near(running.startedAt, Date.now() - 1000), running.startedAt);

      // More than fits into four bytes.
      const meterStartDeciWh = 43_000_000_005;
      const record = recordOf(shown.serial, { meterStartDeciWh, meterStopDeciWh: meterStartDeciWh + 12_345 });
      assert.equal(await pile.deliver(record), 0);
      pile.report(1, { status: 'idle', plugged: false });
      const ended = await onlyOneOf(pile);
      assert.deepEqual(
        {
          id: ended.id,
          status: ended.status,
          serial: ended.stationTransactionId,
          energyWh: ended.energyWh,
          meterStartWh: ended.meterStartWh,
          meterStopWh: ended.meterStopWh,
          startedThen: near(ended.startedAt, record.startedAt),
          endedThen: near(ended.endedAt, record.endedAt),
          stopReason: ended.stopReason,
          flags: ended.flags,
          holds: ended.holds,
        },
        {
          id: running.id,
          status: 'ended',
          serial: shown.serial,
          energyWh: 1234.5,
          meterStartWh: 4_300_000_000.5,
          meterStopWh: 4_300_001_235,
          startedThen: true,
          endedThen: true,
          stopReason: 'Local',
          flags: [],
          holds: [],
        },
      );

      const values = await api.all<MeterValueDocument>(`/transactions/${ended.id}/meter-values`);
      const told = (context: string) =>
        values
          .filter((value) => value.context === context)
          .map(({ measurand, value, unit }) => `${measurand} ${value} ${unit}`);
      assert.deepEqual(told('Transaction.Begin'), [`${ENERGY} 4300000000.5 Wh`]);
      assert.deepEqual(told('Transaction.End'), [`${ENERGY} 4300001235 Wh`]);
      assert.deepEqual(
        told('Sample.Periodic').sort(),
        pictures
          .flatMap(({ energyDeciWh, voltageDeciVolt, currentDeciAmpere, soc }) => [
            `${ENERGY} ${energyDeciWh / 10} Wh`,
            `Voltage ${voltageDeciVolt / 10} V`,
            `Current.Import ${currentDeciAmpere / 10} A`,
            `SoC ${soc} Percent`,
            'Temperature 25 Celsius',
            'Temperature 30 Celsius',
          ])
          .sort(),
      );
      const bills = await api.all<BillDocument>(`/transactions/${ended.id}/bills`);
      assert.deepEqual(
        bills.map(({ energyWh, amount, periods }) => ({
          energyWh,
          amount: Number(amount.amount),
          currency: amount.currency,
          flat: periods.find(({ name }) => name === 'flat')?.energyWh,
        })),
        [{ energyWh: 1234.5, amount: 1.5234, currency: 'CNY', flat: 1234.5 }],
      );
      const atRest = await eventually('the gun is free', async () => {
        const station = await api.get<StationDocument>(`/stations/${pile.pileNo}`);
        return station.connectors.find(({ status }) => status === 'Available');
      });
      assert.equal(atRest.evseId, 1);
    });

    it('charges by app, and is stopped by app', async () => {
      await using pile = await enter({ guns: 2 });
      pile.report(2, { status: 'idle', plugged: true });
      const start = await give(pile, 'start-transaction', { evseId: 2, idToken: 'APP-USER-1' });
      const order = await pile.nextStart();
      assert.equal(order.gun, 2);
      assert.match(order.serial, new RegExp(`^${pile.pileNo}02\\d{16}$`));
      assert.ok(order.balance > 0);
      pile.answerStart(order);
      assert.equal((await finished(start)).status, 'accepted');
      pile.report(2, { serial: order.serial, status: 'charging', plugged: true, energyDeciWh: 10 });
      const running = await active(pile, order.serial);
      assert.deepEqual([running.idToken, running.evseId], ['APP-USER-1', 2]);

      const stop = await give(pile, 'stop-transaction', { transactionId: running.id });
      const stopOrder = await pile.nextStop();
      assert.equal(stopOrder.gun, 2);
      pile.answerStop(stopOrder);
      assert.equal((await finished(stop)).status, 'accepted');
      const record = recordOf(order.serial, {
        gun: 2,
        card: undefined,
        startedBy: STARTED.byApp,
        stopReason: STOPPED.byApp,
      });
      assert.equal(await pile.deliver(record), 0);
      const ended = await onlyOneOf(pile);
      assert.deepEqual(
        [ended.status, ended.energyWh, ended.stopReason, ended.idToken, ended.evseId, ended.flags, ended.holds],
        ['ended', 1234.5, 'Remote', 'APP-USER-1', 2, [], []],
      );
      assert.ok(near(ended.startedAt, record.startedAt) && near(ended.endedAt, record.endedAt));
    });

    it('starts by app when the plug comes late', async () => {
      await using pile = await enter();
      const start = await give(pile, 'start-transaction', { evseId: 1, idToken: 'APP-USER-2' });
      const order = await pile.nextStart();
      pile.answerStart(order, 5);
      await pile.heartbeat();
      // The driver plugs in.
      pile.report(1, { status: 'idle', plugged: true });
      pile.answerStart(order);
      pile.report(1, { serial: order.serial, status: 'charging', plugged: true });
      const running = await active(pile, order.serial);
      assert.equal(running.idToken, 'APP-USER-2');
      assert.equal((await finished(start)).status, 'accepted');
      await pile.heartbeat();
      assert.deepEqual(
        pile.untaken.filter((type) => type === '0x36'),
        [],
      );
      assert.equal(await pile.deliver(recordOf(order.serial, { card: undefined, startedBy: STARTED.byApp })), 0);
      const { status, idToken, flags, holds } = await onlyOneOf(pile);
      assert.deepEqual([status, idToken, flags, holds], ['ended', 'APP-USER-2', [], []]);
    });

    it('starts by app when the plug comes after the command was given up', async () => {
      await using pile = await enter();
      const start = await api.post<CommandDocument>(`/stations/${pile.pileNo}/commands`, {
        action: 'start-transaction',
        payload: { evseId: 1, idToken: 'APP-USER-4' },
        timeoutSeconds: 1,
      });
      const order = await pile.nextStart();
      pile.answerStart(order, 5);
      assert.equal((await finished(start)).status, 'timeout');
      pile.answerStart(order);
      pile.report(1, { serial: order.serial, status: 'charging', plugged: true });
      const { idToken } = await active(pile, order.serial);
      assert.equal(idToken, 'APP-USER-4');
      assert.equal(await pile.deliver(recordOf(order.serial, { card: undefined, startedBy: STARTED.byApp })), 0);
      assert.deepEqual(pile.untaken, []);
      const { status, flags, holds } = await onlyOneOf(pile);
      assert.deepEqual([status, flags, holds], ['ended', [], []]);
    });

    it('is told to stop a charge whose start it has refused', async () => {
      await using pile = await enter();
      const start = await give(pile, 'start-transaction', { evseId: 1, idToken: 'APP-USER-3' });
      const order = await pile.nextStart();
      // A fault.
      pile.answerStart(order, 3);
      assert.equal((await finished(start)).status, 'rejected');
      pile.report(1, { serial: order.serial, status: 'charging', plugged: true });
      const stopOrder = await pile.nextStop();
      assert.equal(stopOrder.gun, 1);
      pile.answerStop(stopOrder);
      const record = recordOf(order.serial, {
        card: undefined,
        startedBy: STARTED.byApp,
        stopReason: STOPPED.byApp,
        meterStopDeciWh: 20_000_007,
      });
      assert.equal(await pile.deliver(record), 0);
      const { status, energyWh, evseId } = await onlyOneOf(pile);
      assert.deepEqual([status, energyWh, evseId], ['ended', 0.7, 1]);
    });

    it('charges on over a new connection, and is stopped there', async () => {
      await using pile = await enter();
      const start = await give(pile, 'start-transaction', { evseId: 1, idToken: 'APP-USER-5' });
      const order = await pile.nextStart();
      pile.answerStart(order);
      assert.equal((await finished(start)).status, 'accepted');
      pile.report(1, { serial: order.serial, status: 'charging', plugged: true });
      const running = await active(pile, order.serial);
      pile.terminate();

      // It is asked how its guns are, and tells.
      const pictures = new Map([
        [1, { serial: order.serial, status: 'charging', plugged: true, energyDeciWh: 70 } as const],
      ]);
      await using again = await BarePile.enter(server.ykc, pile.pileNo, { pictures });
      await eventually('the charge is told again', async () => (await onlyOneOf(pile)).energyWh === 7);
      await again.heartbeat();
      assert.deepEqual(again.untaken, []);
      const stop = await give(again, 'stop-transaction', { transactionId: running.id });
      again.answerStop(await again.nextStop());
      assert.equal((await finished(stop)).status, 'accepted');
      const ending = { card: undefined, startedBy: STARTED.byApp, stopReason: STOPPED.byApp };
      assert.equal(await again.deliver(recordOf(order.serial, ending)), 0);
      const { id, status, energyWh, flags, holds } = await onlyOneOf(pile);
      assert.deepEqual([id, status, energyWh, flags, holds], [running.id, 'ended', 1234.5, [], []]);
    });

    it('is told to stop a charge whose start it has refused, on its next connection, too', async () => {
      await using pile = await enter();
      const start = await give(pile, 'start-transaction', { evseId: 1, idToken: 'APP-USER-6' });
      const order = await pile.nextStart();
      pile.answerStart(order, 2);
      assert.equal((await finished(start)).status, 'rejected');
      pile.terminate();
      const pictures = new Map([[1, { serial: order.serial, status: 'charging', plugged: true } as const]]);
      await using again = await BarePile.enter(server.ykc, pile.pileNo, { pictures });
      assert.equal((await again.nextStop()).gun, 1);
      // Not paid by whoever was refused.
      assert.notEqual((await active(again, order.serial)).idToken, 'APP-USER-6');
    });

    it('is told to stop a charge under a serial that nobody has given', async () => {
      await using pile = await enter();
      pile.report(1, { status: 'idle', plugged: true });
      const serial = `${pile.pileNo}01${'9'.repeat(16)}`;
      pile.report(1, { serial, status: 'charging', plugged: true });
      assert.equal((await pile.nextStop()).gun, 1);
    });

    it('may not speak for another pile', async () => {
      await using pile = await enter();
      await using other = await enter();
      await using live = await api.events({ query: `stationId=${pile.pileNo}` });
      const serial = serialOf(other.pileNo, 1, Date.now(), 1, SHANGHAI);
      pile.send(0x3b, recordBody(other.pileNo, recordOf(serial), SHANGHAI));
      const event = await live.next('a security event', ({ type }) => type === 'security-event.reported');
      assert.equal(event.stationId, pile.pileNo);
      // It may go on under its own number, and what it said of the other was not believed, nor answered.
      await pile.heartbeat();
      await other.heartbeat();
      assert.deepEqual([pile.untaken, other.untaken], [[], []]);
      assert.deepEqual([await transactionsOf(pile), await transactionsOf(other)], [[], []]);
    });

    it('delivers what it did while it had no connection', async () => {
      await using pile = await enter();
      const startedAt = Date.now() - 3 * 3_600_000;
      const serial = serialOf(pile.pileNo, 1, startedAt, 7, SHANGHAI);
      const endedAt = startedAt + 3_600_000;
      const record = recordOf(serial, { startedAt, endedAt, startedBy: STARTED.byCardOffline });
      assert.equal(await pile.deliver(record), 0);
      const one = await onlyOneOf(pile);
      assert.deepEqual(
        [one.status, one.idToken?.toUpperCase(), one.evseId, one.energyWh, one.stationTransactionId],
        ['ended', CARD, 1, 1234.5, serial],
      );
      assert.ok(near(one.startedAt, startedAt) && near(one.endedAt, endedAt), `${one.startedAt} ${one.endedAt}`);
      assert.deepEqual([one.flags, one.holds], [['offline-start'], []]);
      assert.deepEqual(pile.untaken, []);
    });

    it('delivers the record of a charge that was under way when its connection was lost', async () => {
      await using pile = await enter();
      const { serial } = await pile.showCard(CARD);
      pile.report(1, { serial, status: 'charging', plugged: true });
      await active(pile, serial);
      pile.terminate();
      await using again = await BarePile.enter(server.ykc, pile.pileNo);
      const record = recordOf(serial);
      assert.equal(await again.deliver(record), 0);
      const one = await onlyOneOf(pile);
      assert.deepEqual(
        [one.status, one.idToken?.toUpperCase(), one.energyWh, one.flags, one.holds],
        ['ended', CARD, 1234.5, [], []],
      );
    });

    it('whose clock is wrong gets every copy of a record confirmed, and it is stored once', async () => {
      const hour = 3_600_000;
      for (const startedAt of [
        Date.UTC(2000, 0, 1),
        Date.UTC(2020, 0, 1) - 8 * hour,
        Date.now() + hour,
        Date.now() + 72 * hour,
      ]) {
        await using pile = await enter();
        const serial = serialOf(pile.pileNo, 1, Date.now(), 1, SHANGHAI);
        const record = recordOf(serial, { startedAt, endedAt: startedAt + 50_000, startedBy: STARTED.byCardOffline });
        for (let copy = 0; copy < 3; copy++) assert.equal(await pile.deliver(record), 0);
        pile.terminate();
        await using again = await BarePile.enter(server.ykc, pile.pileNo);
        assert.equal(await again.deliver(record), 0);
        const one = await onlyOneOf(again);
        assert.deepEqual([one.status, one.flags.includes('name-repeated')], ['ended', false]);
        assert.ok(one.holds.includes('clock-unreliable'), new Date(startedAt).toISOString());
        assert.equal((await api.all(`/transactions/${one.id}/bills`)).length, 1);
      }
    });

    it('gets every copy of a record confirmed, and it is stored once', async () => {
      await using live = await api.events({ query: 'types=transaction.started,transaction.ended' });
      await using pile = await enter();
      const { serial } = await pile.showCard(CARD);
      pile.report(1, { serial, status: 'charging', plugged: true });
      const record = recordOf(serial);
      for (let copy = 0; copy < 3; copy++) assert.equal(await pile.deliver(record), 0);
      // Also at once, and on another connection.
      assert.deepEqual(await Promise.all([pile.deliver(record), pile.deliver(record)]), [0, 0]);
      pile.terminate();
      await using again = await BarePile.enter(server.ykc, pile.pileNo);
      assert.equal(await again.deliver(record), 0);
      const one = await onlyOneOf(pile);
      assert.deepEqual([one.status, one.energyWh, one.flags, one.holds], ['ended', 1234.5, [], []]);
      assert.equal((await api.all(`/transactions/${one.id}/bills`)).length, 1);
      // What another charge tells comes after whatever this one has told.
      await using last = await enter();
      const [next] = [serialOf(last.pileNo, 1, Date.now(), 1, SHANGHAI)];
      await last.deliver(recordOf(next, { startedBy: STARTED.byCardOffline }));
      await live.next(
        'the last end',
        ({ type, stationId }) => type === 'transaction.ended' && stationId === last.pileNo,
      );
      const told = live.events.filter(({ stationId }) => stationId === pile.pileNo).map(({ type }) => type);
      assert.deepEqual(told, ['transaction.started', 'transaction.ended']);
    });

    it('is confirmed a record that contradicts the first one, which counts, and is held', async () => {
      await using pile = await enter();
      const { serial } = await pile.showCard(CARD);
      pile.report(1, { serial, status: 'charging', plugged: true });
      const record = recordOf(serial);
      assert.equal(await pile.deliver(record), 0);
      assert.equal(await pile.deliver({ ...record, meterStopDeciWh: record.meterStopDeciWh + 50_000 }), 0);
      const one = await onlyOneOf(pile);
      assert.equal(one.energyWh, 1234.5);
      assert.ok(one.holds.length > 0, JSON.stringify(one));
      const bills = await api.all<BillDocument>(`/transactions/${one.id}/bills`);
      assert.deepEqual(
        bills.map(({ energyWh, conflicting }) => [energyWh, conflicting === true]),
        [
          [1234.5, false],
          [6234.5, true],
        ],
      );
    });

    it('knows the card of a charge without connection also when its bytes come the other way round', async () => {
      await using pile = await enter();
      const startedAt = Date.now() - 3_600_000;
      const serial = serialOf(pile.pileNo, 1, startedAt, 7, SHANGHAI);
      const card = (CARD.match(/../g) ?? []).reverse().join('');
      const facts = { startedAt, endedAt: startedAt + 60_000, startedBy: STARTED.byCardOffline };
      const record = { ...recordOf(serial, facts), card };
      for (let told = 0; told < 2; told++) assert.equal(await pile.deliver(record), 0);
      const one = await onlyOneOf(pile);
      assert.deepEqual([one.idToken?.toUpperCase(), one.flags], [CARD, ['offline-start']]);
    });

    it('charges again with the same card a moment later, under another serial', async () => {
      await using pile = await enter();
      const { serial } = await pile.showCard(CARD);
      // The pile has not seen the answer.
      assert.equal((await pile.showCard(CARD)).serial, serial);
      pile.report(1, { serial, status: 'charging', plugged: true });
      assert.equal(await pile.deliver(recordOf(serial)), 0);
      pile.report(1, { status: 'idle', plugged: true });
      const again = await pile.showCard(CARD);
      assert.ok(again.accepted);
      assert.notEqual(again.serial, serial);
      // This time its record is the first that is heard of it.
      assert.equal(await pile.deliver(recordOf(again.serial, { meterStopDeciWh: 20_000_010 })), 0);
      assert.notEqual((await pile.showCard(CARD)).serial, again.serial);
      const told = (await transactionsOf(pile)).map(({ energyWh, idToken, flags }) => [energyWh, idToken, flags]);
      assert.deepEqual(
        told.sort((a, b) => Number(a[0]) - Number(b[0])),
        [
          [1, CARD, []],
          [1234.5, CARD, []],
        ],
      );
    });

    it('charges at two guns at once, each for itself', async () => {
      await api.post('/id-tokens', { idToken: 'C0FFEE01', type: 'ISO14443', status: 'Accepted' });
      await using pile = await enter({ guns: 2 });
      const [first, second] = await Promise.all([pile.showCard(CARD, 1), pile.showCard('C0FFEE01', 2)]);
      assert.ok(first.accepted && second.accepted && first.serial !== second.serial);
      pile.report(1, { serial: first.serial, status: 'charging', plugged: true });
      pile.report(2, { serial: second.serial, status: 'charging', plugged: true });
      const records = [
        recordOf(first.serial),
        recordOf(second.serial, { gun: 2, card: 'C0FFEE01', meterStopDeciWh: 20_000_010 }),
      ];
      assert.deepEqual(await Promise.all(records.map((record) => pile.deliver(record))), [0, 0]);
      const told = (await transactionsOf(pile)).map(({ idToken, evseId, energyWh, flags }) => [
        idToken?.toUpperCase(),
        evseId,
        energyWh,
        flags,
      ]);
      assert.deepEqual(
        told.sort((a, b) => Number(a[1]) - Number(b[1])),
        [
          [CARD, 1, 1234.5, []],
          ['C0FFEE01', 2, 1, []],
        ],
      );
    });

    it('tells wall time of its site, whatever the zone', async () => {
      const { items } = await api.get<{ items: readonly { readonly id: string }[] }>('/organizations');
      const site = await api.post<{ readonly id: string }>('/sites', {
        organizationId: items[0]?.id,
        name: 'Half past',
        timeZone: 'Asia/Kolkata',
      });
      const pileNo = await registered({ siteId: site.id });
      await using pile = await BarePile.enter(server.ykc, pileNo, { offsetMinutes: KOLKATA });
      assert.ok(Math.abs((await within(pile.clockSet, 'the clock is set')) - Date.now()) < 3000);
      const { serial } = await pile.showCard(CARD);
      const record = recordOf(serial);
      assert.equal(await pile.deliver(record), 0);
      const one = await onlyOneOf(pile);
      assert.ok(near(one.startedAt, record.startedAt) && near(one.endedAt, record.endedAt), JSON.stringify(one));
      assert.deepEqual(one.flags, []);
    });

    it('is refused when it is unknown, or blocked', async () => {
      const pileNo = await registered({ registrationStatus: 'Rejected' });
      await using rejected = await BarePile.connect(server.ykc, pileNo);
      assert.equal(await rejected.login(), 'refused');
      await within(rejected.closed, 'a refused pile is left');
    });
  });
}
