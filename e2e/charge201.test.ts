import assert from 'node:assert/strict';
import { type ApiClient, ApiRefused } from './harness/api-client.ts';
import type { CommandDocument, MeterValueDocument, StationDocument, TransactionDocument } from './harness/api-views.ts';
import { BareStation, CallRefused, HandshakeRefused } from './harness/bare-station.ts';
import { eventually } from './harness/eventually.ts';
import { PORT_STYLES, type ServerInProcess, startInProcess } from './harness/server-in-process.ts';

const PASSWORD = 'a-password-of-the-pile';
const BOOT = {
  reason: 'PowerUp',
  chargingStation: { vendorName: 'Hand', model: 'Built', serialNumber: 'HB-2', firmwareVersion: '2.0.7' },
};

interface EventDocument {
  readonly number: number;
  readonly type: string;
  readonly trigger: string | null;
}

for (const ports of PORT_STYLES) {
  describe(`a charge in OCPP 2.0.1 by hand-written frames (ports: ${ports})`, () => {
    let server: ServerInProcess;
    let api: ApiClient;

    before(async () => {
      server = await startInProcess({ ports, config: { onboarding: 'pending' } });
      api = await server.login();
      await api.post('/id-tokens', { idToken: 'CARD-1', type: 'ISO14443', status: 'Accepted', groupIdToken: 'FAMILY' });
    });
    after(() => server[Symbol.asyncDispose]());
    afterEach('nothing was logged that ought to be looked at', () => {
      assert.deepEqual(server.log, []);
    });

    const connect = (id: string, options = {}) =>
      BareStation.connect(server.ocpp, id, { password: PASSWORD, protocols: ['ocpp2.0.1'], ...options });

    async function chargingStation(id: string): Promise<BareStation> {
      await api.post('/stations', { id, password: PASSWORD, registrationStatus: 'Accepted' });
      const station = await connect(id);
      assert.equal((await station.call('BootNotification', BOOT)).status, 'Accepted');
      return station;
    }

    async function finished(command: CommandDocument): Promise<CommandDocument> {
      return eventually('an answer to the command', async () => {
        const now = await api.get<CommandDocument>(`/commands/${command.id}`);
        return now.status !== 'pending' && now;
      });
    }

    it('runs from the plug to the end: every energy, time and sample is exact', async () => {
      await using live = await api.events({ query: 'stationId=pile-1' });
      await using station = await chargingStation('pile-1');
      assert.equal(station.protocol, 'ocpp2.0.1');
      const online = await api.get<StationDocument>('/stations/pile-1');
      assert.deepEqual(
        [online.protocol, online.vendor, online.model, online.firmwareVersion],
        ['ocpp2.0.1', 'Hand', 'Built', '2.0.7'],
      );
      const begin = Date.now() - 60_000;
      const time = (seconds: number) => new Date(begin + seconds * 1000).toISOString();
      const status = (connectorStatus: string, seconds: number) =>
        station.call('StatusNotification', { timestamp: time(seconds), connectorStatus, evseId: 1, connectorId: 1 });
      let seqNo = 0;
      const event = (eventType: string, triggerReason: string, seconds: number, more: object, info: object = {}) =>
        station.call<{ idTokenInfo?: { status: string; groupIdToken?: object } }>('TransactionEvent', {
          eventType,
          timestamp: time(seconds),
          triggerReason,
          seqNo: seqNo++,
          transactionInfo: { transactionId: 'tx-4711', ...info },
          ...more,
        });
      const reading = (seconds: number, wh: number, context: string) => [
        { timestamp: time(seconds), sampledValue: [{ value: wh, context, unitOfMeasure: { unit: 'Wh' } }] },
      ];

      assert.deepEqual(await status('Available', 0), {});
      await status('Occupied', 1);
      // Plugged in, and nobody authorised yet.
      const plugged = await event(
        'Started',
        'CablePluggedIn',
        1,
        { evse: { id: 1, connectorId: 1 }, meterValue: reading(1, 1_000_000, 'Transaction.Begin') },
        { chargingState: 'EVConnected' },
      );
      assert.deepEqual(plugged, {});
      const unknown = await station.call<{ idTokenInfo: { status: string } }>('Authorize', {
        idToken: { idToken: 'STRANGER', type: 'ISO14443' },
      });
      assert.notEqual(unknown.idTokenInfo.status, 'Accepted');
      const idToken = { idToken: 'card-1', type: 'ISO14443' };
      const known = await station.call<{ idTokenInfo: object }>('Authorize', { idToken });
      const accepted = { status: 'Accepted', groupIdToken: { idToken: 'FAMILY', type: 'Central' } };
      assert.deepEqual(known.idTokenInfo, accepted);
      const authorized = await event('Updated', 'Authorized', 3, { idToken });
      assert.deepEqual(authorized.idTokenInfo, accepted);
      await event('Updated', 'ChargingStateChanged', 4, {}, { chargingState: 'Charging' });
      for (let index = 1; index <= 5; index++) {
        const answer = await event('Updated', 'MeterValuePeriodic', 4 + index * 5, {
          meterValue: reading(4 + index * 5, 1_000_000 + index * 100.125, 'Sample.Periodic'),
        });
        assert.deepEqual(answer, {});
      }

      const [running, ...others] = await api.all<TransactionDocument & { chargingState: string }>(
        '/transactions?stationId=pile-1',
      );
      assert.equal(others.length, 0);
      assert.ok(running !== undefined);
      assert.deepEqual(
        [running.status, running.energyWh, running.chargingState, running.evseId, running.stationTransactionId],
        ['active', 500.625, 'Charging', 1, 'tx-4711'],
      );

      const command = await api.post<CommandDocument>('/stations/pile-1/commands', {
        action: 'stop-transaction',
        payload: { transactionId: running.id },
      });
      const stop = await station.nextCall('RequestStopTransaction');
      assert.deepEqual(stop.payload, { transactionId: 'tx-4711' });
      stop.reply({ status: 'Accepted' });
      assert.equal((await finished(command)).status, 'accepted');
      await event(
        'Ended',
        'RemoteStop',
        40,
        { meterValue: reading(40, 1_000_600.5, 'Transaction.End') },
        { stoppedReason: 'Remote' },
      );
      await status('Available', 45);

      const ended = await api.get<TransactionDocument>(`/transactions/${running.id}`);
      assert.deepEqual(
        [ended.status, ended.energyWh, ended.meterStartWh, ended.meterStopWh, ended.startedAt, ended.endedAt],
        ['ended', 600.5, 1_000_000, 1_000_600.5, time(1), time(40)],
      );
      assert.deepEqual([ended.idToken, ended.stopReason, ended.flags], ['card-1', 'Remote', []]);
      const samples = await api.all<MeterValueDocument>(`/transactions/${running.id}/meter-values`, 3);
      assert.deepEqual(
        samples.map(({ value, context }) => [value, context]),
        [
          [1_000_000, 'Transaction.Begin'],
          [1_000_100.125, 'Sample.Periodic'],
          [1_000_200.25, 'Sample.Periodic'],
          [1_000_300.375, 'Sample.Periodic'],
          [1_000_400.5, 'Sample.Periodic'],
          [1_000_500.625, 'Sample.Periodic'],
          [1_000_600.5, 'Transaction.End'],
        ],
      );
      const events = await api.all<EventDocument>(`/transactions/${running.id}/events`, 4);
      assert.deepEqual(
        events.map(({ number, type }) => `${number} ${type}`),
        [
          '0 started',
          '1 updated',
          '2 updated',
          '3 updated',
          '4 updated',
          '5 updated',
          '6 updated',
          '7 updated',
          '8 ended',
        ],
      );
      await live.next('the end', ({ type }) => type === 'transaction.ended');
      const told = live.events.map(({ type }) => type);
      assert.equal(told.filter((type) => type === 'transaction.started').length, 1);
      assert.equal(told.filter((type) => type === 'transaction.metered').length, 5);
    });

    it('starts from afar: the station repeats the number of the command, and nobody else’s token is needed', async () => {
      await using station = await chargingStation('pile-2');
      const begun = await api.post<CommandDocument>('/stations/pile-2/commands', {
        action: 'start-transaction',
        payload: { evseId: 2, idToken: 'APP-USER-7' },
      });
      const start = await station.nextCall('RequestStartTransaction');
      const { remoteStartId, ...asked } = start.payload as { remoteStartId: number };
      assert.deepEqual(asked, { evseId: 2, idToken: { idToken: 'APP-USER-7', type: 'Central' } });
      assert.ok(Number.isInteger(remoteStartId) && remoteStartId > 0);
      // The transaction may begin before the command is answered.
      const answer = await station.call<{ idTokenInfo: { status: string } }>('TransactionEvent', {
        eventType: 'Started',
        timestamp: new Date().toISOString(),
        triggerReason: 'RemoteStart',
        seqNo: 0,
        transactionInfo: { transactionId: 'tx-1', remoteStartId },
        evse: { id: 2, connectorId: 1 },
        idToken: { idToken: 'APP-USER-7', type: 'Central' },
      });
      assert.equal(answer.idTokenInfo.status, 'Accepted');
      start.reply({ status: 'Accepted', transactionId: 'tx-1' });
      assert.equal((await finished(begun)).status, 'accepted');
      const own = await api.post<CommandDocument>('/stations/pile-2/commands', {
        action: 'GetTransactionStatus',
        payload: { transactionId: 'tx-1' },
      });
      const question = await station.nextCall('GetTransactionStatus');
      assert.deepEqual(question.payload, { transactionId: 'tx-1' });
      question.reply({ messagesInQueue: false, ongoingIndicator: true });
      assert.deepEqual((await finished(own)).response, { messagesInQueue: false, ongoingIndicator: true });
    });

    it('holds an unknown station as Pending: facts are refused with SecurityError until an operator approves it', async () => {
      await using station = await connect('newcomer', { password: undefined });
      const pending = await station.call('BootNotification', BOOT);
      assert.equal(pending.status, 'Pending');
      assert.ok(Number(pending.interval) > 0);
      const event = {
        eventType: 'Started',
        timestamp: new Date().toISOString(),
        triggerReason: 'CablePluggedIn',
        seqNo: 0,
        transactionInfo: { transactionId: 'early' },
      };
      const refused = (error: unknown) => error instanceof CallRefused && error.code === 'SecurityError';
      await assert.rejects(station.call('TransactionEvent', event), refused);
      await assert.rejects(station.call('Heartbeat', {}), refused);
      // What an operator asks for may come.
      const report = await api.post<CommandDocument>('/stations/newcomer/commands', {
        action: 'get-base-report',
        payload: { reportBase: 'SummaryInventory' },
      });
      const asked = await station.nextCall('GetBaseReport');
      asked.reply({ status: 'Accepted' });
      assert.equal((await finished(report)).status, 'accepted');
      const { requestId } = asked.payload;
      assert.deepEqual(
        await station.call('NotifyReport', { requestId, seqNo: 0, generatedAt: new Date().toISOString() }),
        {},
      );

      await api.patch('/stations/newcomer', { registrationStatus: 'Accepted' });
      await assert.rejects(station.call('TransactionEvent', event), refused);
      assert.equal((await station.call('BootNotification', BOOT)).status, 'Accepted');
      assert.deepEqual(await station.call('TransactionEvent', event), {});
      assert.equal((await api.all('/transactions?stationId=newcomer')).length, 1);
    });

    it('changes its key: the old one is good until the new one was used', async () => {
      await using station = await chargingStation('pile-3');
      const next = 'another-password-of-it';
      const set = (variables: object[]) =>
        api.post<CommandDocument>('/stations/pile-3/commands', { action: 'set-variables', payload: { variables } });
      const password = { component: { name: 'SecurityCtrlr' }, variable: 'BasicAuthPassword' };
      const answer = (call: Awaited<ReturnType<BareStation['nextCall']>>, attributeStatus: string) =>
        call.reply({
          setVariableResult: (call.payload.setVariableData as Record<string, unknown>[]).map((one) => ({
            attributeStatus:
              (one.variable as { name: string }).name === 'BasicAuthPassword' ? attributeStatus : 'Accepted',
            component: one.component,
            variable: one.variable,
          })),
        });
      // Refused beside another variable that is taken: only the old key is good.
      const refused = await set([
        { component: { name: 'OCPPCommCtrlr' }, variable: 'HeartbeatInterval', value: '60' },
        { ...password, value: 'a-password-it-refuses' },
      ]);
      answer(await station.nextCall('SetVariables'), 'Rejected');
      assert.equal((await finished(refused)).status, 'rejected');
      await eventually('the refused key is no good', () =>
        connect('pile-3', { password: 'a-password-it-refuses' }).then(
          async (one) => {
            await one[Symbol.asyncDispose]();
            return false;
          },
          (error: unknown) => error instanceof HandshakeRefused && error.status === 401,
        ),
      );
      const taken = await set([{ ...password, value: next }]);
      const call = await station.nextCall('SetVariables');
      assert.equal((call.payload.setVariableData as { attributeValue: string }[])[0]?.attributeValue, next);
      answer(call, 'Accepted');
      const command = await finished(taken);
      assert.equal(command.status, 'accepted');
      assert.ok(!JSON.stringify(command).includes(next), 'a key was stored in the clear');
      await using _old = await connect('pile-3');
      await using _new = await connect('pile-3', { password: next });
      await assert.rejects(
        connect('pile-3'),
        (error: unknown) => error instanceof HandshakeRefused && error.status === 401,
      );
    });

    it('stops a transaction by whatever name the station gave it, and not without one', async () => {
      await using station = await chargingStation('pile-5');
      const begin = async (evseId: number, transactionInfo: object): Promise<TransactionDocument> => {
        const event = {
          eventType: 'Started',
          timestamp: new Date().toISOString(),
          triggerReason: 'CablePluggedIn',
          seqNo: 0,
          transactionInfo,
          evse: { id: evseId, connectorId: 1 },
        };
        assert.deepEqual(await station.call('TransactionEvent', event), {});
        const all = await api.all<TransactionDocument>('/transactions?stationId=pile-5');
        const one = all.find((each) => each.evseId === evseId);
        assert.ok(one !== undefined);
        assert.ok(one.flags.includes('schema-violation'));
        return one;
      };
      const stop = (transactionId: string) =>
        api.post<CommandDocument>('/stations/pile-5/commands', {
          action: 'stop-transaction',
          payload: { transactionId },
        });
      for (const [evseId, name] of [[1, 'x'.repeat(38)] as const, [2, 'y'.repeat(300)] as const]) {
        const { id, stationTransactionId } = await begin(evseId, { transactionId: name });
        assert.equal(stationTransactionId, name);
        const command = await stop(id);
        const call = await station.nextCall('RequestStopTransaction');
        assert.deepEqual(call.payload, { transactionId: name });
        call.reply({ status: 'Accepted' });
        assert.equal((await finished(command)).status, 'accepted');
      }
      const { id, stationTransactionId } = await begin(3, {});
      assert.equal(stationTransactionId, null);
      await assert.rejects(
        stop(id),
        (error) => error instanceof ApiRefused && error.status === 409 && error.problem.code === 'transaction.unnamed',
      );
    });

    it('takes what breaks its schema from a station that is set to lenient', async () => {
      await api.post('/stations', { id: 'pile-6', password: PASSWORD, registrationStatus: 'Accepted' });
      const model = 'A model of more than 20 characters';
      const boot = { ...BOOT, chargingStation: { ...BOOT.chargingStation, model } };
      const status = {
        timestamp: new Date().toISOString(),
        connectorStatus: 'Available',
        evseId: 1,
        connectorId: 1,
        firmware: 'of its own mind',
      };
      const refused = (code: string) => (error: unknown) => error instanceof CallRefused && error.code === code;
      await using strict = await connect('pile-6');
      await assert.rejects(strict.call('BootNotification', boot), refused('PropertyConstraintViolation'));
      await assert.rejects(strict.call('StatusNotification', status), refused('FormatViolation'));

      await api.patch('/stations/pile-6', { lenient: true });
      await strict.closed;
      await using station = await connect('pile-6');
      assert.equal((await station.call('BootNotification', boot)).status, 'Accepted');
      assert.deepEqual(await station.call('StatusNotification', status), {});
      const { model: stored, connectors } = await api.get<StationDocument>('/stations/pile-6');
      assert.deepEqual([stored, connectors.length], [model, 1]);
    });

    it('takes the newest version that a station offers', async () => {
      await api.post('/stations', { id: 'pile-4', password: PASSWORD, registrationStatus: 'Accepted' });
      await using both = await connect('pile-4', { protocols: ['ocpp1.6', 'ocpp2.0.1'] });
      assert.equal(both.protocol, 'ocpp2.0.1');
      await using old = await connect('pile-4', { protocols: ['ocpp1.6'] });
      assert.equal(old.protocol, 'ocpp1.6');
    });
  });
}
