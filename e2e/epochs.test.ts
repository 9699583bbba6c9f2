import assert from 'node:assert/strict';
import type { ApiClient } from './harness/api-client.ts';
import type { CommandDocument, StationDocument, TransactionDocument } from './harness/api-views.ts';
import { BareStation } from './harness/bare-station.ts';
import { eventually } from './harness/eventually.ts';
import { readMetric } from './harness/metrics.ts';
import { PORT_STYLES, type ServerInProcess, startInProcess } from './harness/server-in-process.ts';

for (const ports of PORT_STYLES) {
  describe(`two sockets of one station (ports: ${ports})`, () => {
    let server: ServerInProcess;
    let api: ApiClient;

    before(async () => {
      server = await startInProcess({ ports });
      api = await server.login();
    });
    after(() => server[Symbol.asyncDispose]());

    const connect = (id: string) => BareStation.connect(server.ocpp, id);
    const sockets = () => readMetric(server.http, 'voltpile_gateway_connections');
    const isOnline = async (id: string) => (await api.get<StationDocument>(`/stations/${id}`)).online;
    const give = (id: string, action: string, payload: object) =>
      api.post<CommandDocument>(`/stations/${id}/commands`, { action, payload, timeoutSeconds: 5 });
    const finished = (command: CommandDocument) =>
      eventually('an answer to the command', async () => {
        const now = await api.get<CommandDocument>(`/commands/${command.id}`);
        return now.status !== 'pending' && now;
      });

    it('the newer one wins: the older is closed, commands go to the newer', async () => {
      await using older = await connect('twins');
      await using newer = await connect('twins');
      assert.equal((await older.closed).code, 1008);
      assert.equal(newer.isOpen, true);
      const command = await give('twins', 'unlock-connector', { evseId: 1 });
      (await newer.nextCall('UnlockConnector')).reply({ status: 'Unlocked' });
      assert.equal((await finished(command)).status, 'accepted');
      assert.equal(await isOnline('twins'), true);
    });

    it('the late close of an older one changes nothing', async () => {
      const before = await sockets();
      await using live = await api.events({ query: 'stationId=late' });
      const older = await connect('late');
      // It does not see that it is closed, and does not answer.
      older.pause();
      await using newer = await connect('late');
      await eventually('both sockets are there', async () => (await sockets()) === before + 2);
      older.terminate();
      await eventually('the older one is gone', async () => (await sockets()) === before + 1);
      // What is told after the close proves that the close has told nothing.
      await newer.call('StatusNotification', { connectorId: 1, status: 'Available', errorCode: 'NoError' });
      await live.next('the status', ({ type }) => type === 'connector.status-changed');
      assert.deepEqual(
        live.events.filter(({ type }) => type === 'station.disconnected'),
        [],
      );
      assert.equal(await isOnline('late'), true);
      const command = await give('late', 'clear-cache', {});
      (await newer.nextCall('ClearCache')).reply({ status: 'Accepted' });
      assert.equal((await finished(command)).status, 'accepted');
      newer.terminate();
      await live.next('the newer one’s close', ({ type }) => type === 'station.disconnected');
      assert.equal(await isOnline('late'), false);
    });

    it('a stop that arrives on the older one counts, and counts once when it is repeated', async () => {
      await api.post('/id-tokens', { idToken: 'EPOCH-CARD', type: 'ISO14443', status: 'Accepted' });
      await using older = await connect('stopper');
      const start = await older.call<{ transactionId: number }>('StartTransaction', {
        connectorId: 1,
        idTag: 'EPOCH-CARD',
        meterStart: 100,
        timestamp: new Date(Date.now() - 20_000).toISOString(),
      });
      const { transactionId } = start;
      const sample = { timestamp: new Date().toISOString(), sampledValue: [{ value: '350' }] };
      const stop = { transactionId, meterStop: 400, timestamp: new Date().toISOString(), reason: 'Local' };
      older.pause();
      await using newer = await connect('stopper');
      // The server has asked it to go, but it does not know yet.
      older.sendText(
        `[2,"late-1","MeterValues",${JSON.stringify({ connectorId: 1, transactionId, meterValue: [sample] })}]`,
      );
      older.sendText(`[2,"late-2","StopTransaction",${JSON.stringify(stop)}]`);
      const ended = await eventually('the end is stored', async () => {
        const [one] = await api.all<TransactionDocument>('/transactions?stationId=stopper');
        return one?.status === 'ended' && one;
      });
      // It got no answer, so it says everything again.
      await newer.call('MeterValues', { connectorId: 1, transactionId, meterValue: [sample] });
      assert.deepEqual(await newer.call('StopTransaction', stop), {});
      const all = await api.all<TransactionDocument>('/transactions?stationId=stopper');
      assert.deepEqual(all, [ended]);
      assert.deepEqual([ended.energyWh, ended.flags], [300, []]);
      assert.equal((await api.all(`/transactions/${ended.id}/meter-values`)).length, 1);
    });

    it('a command during a reconnect is carried out at most once, and never stays open', async () => {
      const rounds = 30;
      const outcomes = new Set<string>();
      let current = await connect('hopper');
      for (let round = 0; round < rounds; round++) {
        let received = 0;
        const answerOn = (station: BareStation) =>
          station.onCall('Reset', (call) => {
            received += 1;
            if (station.isOpen) call.reply({ status: 'Accepted' });
          });
        answerOn(current);
        const [next, command] = await Promise.all([
          connect('hopper').then((station) => {
            answerOn(station);
            return station;
          }),
          give('hopper', 'reset-station', { type: 'OnIdle' }),
        ]);
        const { status } = await finished(command);
        outcomes.add(status);
        assert.ok(['accepted', 'unknown', 'offline'].includes(status), status);
        assert.ok(received <= 1, `${received} resets for one command`);
        if (status === 'accepted') assert.equal(received, 1);
        if (status === 'offline') assert.equal(received, 0);
        await current.closed;
        current = next;
      }
      assert.ok(outcomes.size > 0);
      const last = await give('hopper', 'reset-station', { type: 'OnIdle' });
      assert.equal((await finished(last)).status, 'accepted');
      await current[Symbol.asyncDispose]();
    });
  });
}
