import assert from 'node:assert/strict';
import type { ApiClient } from './harness/api-client.ts';
import { ApiRefused } from './harness/api-client.ts';
import type { CommandDocument, MeterValueDocument, StationDocument, TransactionDocument } from './harness/api-views.ts';
import { BareStation, CallRefused, HandshakeRefused } from './harness/bare-station.ts';
import { eventually } from './harness/eventually.ts';
import { PORT_STYLES, type ServerInProcess, startInProcess } from './harness/server-in-process.ts';

const PASSWORD = 'a-password-of-the-pile';

for (const ports of PORT_STYLES) {
  describe(`a charge in OCPP 1.6 by hand-written frames (ports: ${ports})`, () => {
    let server: ServerInProcess;
    let api: ApiClient;

    before(async () => {
      server = await startInProcess({ ports, config: { onboarding: 'pending' } });
      api = await server.login();
      await api.post('/id-tokens', { idToken: 'CARD-1', type: 'ISO14443', status: 'Accepted' });
    });
    after(() => server[Symbol.asyncDispose]());
    afterEach('nothing was logged that ought to be looked at', () => {
      assert.deepEqual(server.log, []);
    });

    /** A registered, accepted station that has booted. */
    async function chargingStation(id: string): Promise<BareStation> {
      await api.post('/stations', { id, password: PASSWORD, registrationStatus: 'Accepted' });
      const station = await BareStation.connect(server.ocpp, id, { password: PASSWORD });
      const boot = await station.call('BootNotification', { chargePointVendor: 'Hand', chargePointModel: 'Built' });
      assert.equal(boot.status, 'Accepted');
      return station;
    }

    /** Gives a command and returns it once the station has answered. */
    async function finished(command: CommandDocument): Promise<CommandDocument> {
      return eventually('an answer to the command', async () => {
        const now = await api.get<CommandDocument>(`/commands/${command.id}`);
        return now.status !== 'pending' && now;
      });
    }

    it('runs from boot to stop: every energy, time and sample is exact, live and afterwards', async () => {
      await api.post('/stations', { id: 'pile-1', password: PASSWORD, registrationStatus: 'Accepted' });
      await using live = await api.events({ query: 'stationId=pile-1' });
      await using station = await BareStation.connect(server.ocpp, 'pile-1', { password: PASSWORD });
      assert.equal(station.protocol, 'ocpp1.6');

      const boot = await station.call<{ status: string; currentTime: string; interval: number }>('BootNotification', {
        chargePointVendor: 'Hand',
        chargePointModel: 'Built',
        chargePointSerialNumber: 'HB-0001',
        firmwareVersion: '1.0.7',
        meterType: 'Wheel',
      });
      assert.equal(boot.status, 'Accepted');
      assert.ok(boot.interval > 0);
      assert.match(boot.currentTime, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
      assert.ok(Math.abs(Date.parse(boot.currentTime) - Date.now()) < 5000);

      const status = (connectorId: number, word: string) =>
        station.call('StatusNotification', {
          connectorId,
          status: word,
          errorCode: 'NoError',
          timestamp: new Date().toISOString(),
        });
      assert.deepEqual(await status(0, 'Available'), {});
      assert.deepEqual(await status(1, 'Available'), {});
      const heartbeat = await station.call<{ currentTime: string }>('Heartbeat', {});
      assert.ok(Math.abs(Date.parse(heartbeat.currentTime) - Date.now()) < 5000);

      const online = await api.get<StationDocument>('/stations/pile-1');
      assert.deepEqual(
        [
          online.online,
          online.registrationStatus,
          online.protocol,
          online.vendor,
          online.model,
          online.firmwareVersion,
        ],
        [true, 'Accepted', 'ocpp1.6', 'Hand', 'Built', '1.0.7'],
      );

      const unknown = await station.call<{ idTagInfo: { status: string } }>('Authorize', { idTag: 'STRANGER' });
      assert.equal(unknown.idTagInfo.status, 'Invalid');
      // Tokens are compared without regard to case.
      const known = await station.call<{ idTagInfo: { status: string } }>('Authorize', { idTag: 'card-1' });
      assert.equal(known.idTagInfo.status, 'Accepted');
      await status(1, 'Preparing');

      const startedAt = new Date(Date.now() - 30_000).toISOString();
      const start = await station.call<{ transactionId: number; idTagInfo: { status: string } }>('StartTransaction', {
        connectorId: 1,
        idTag: 'CARD-1',
        meterStart: 1_234_567,
        timestamp: startedAt,
      });
      assert.equal(start.idTagInfo.status, 'Accepted');
      assert.ok(Number.isInteger(start.transactionId) && start.transactionId > 0);
      await status(1, 'Charging');

      const expected: MeterValueDocument[] = [];
      const location = 'Outlet';
      for (let index = 1; index <= 10; index++) {
        const timestamp = new Date(Date.parse(startedAt) + index * 2500).toISOString();
        const context = index % 2 === 0 ? 'Sample.Clock' : 'Sample.Periodic';
        const register = `${1_234_567 + index * 250}.${index % 10}25`;
        const answer = await station.call('MeterValues', {
          connectorId: 1,
          transactionId: start.transactionId,
          meterValue: [
            {
              timestamp,
              sampledValue: [
                { value: register, measurand: 'Energy.Active.Import.Register', unit: 'Wh', context },
                { value: `${index}.36`, measurand: 'Power.Active.Import', unit: 'kW', context, location },
                { value: '15.5', measurand: 'Current.Import', phase: 'L1', unit: 'A', context, location },
                { value: '15.75', measurand: 'Current.Import', phase: 'L2', unit: 'A', context, location },
                { value: '-0.25', measurand: 'Current.Import', phase: 'L3', unit: 'A', context, location },
                { value: `${40 + index}`, measurand: 'SoC', unit: 'Percent', context, location: 'EV' },
              ],
            },
          ],
        });
        assert.deepEqual(answer, {});
        const common = { timestamp, context, phase: null, location };
        const current = { ...common, measurand: 'Current.Import', unit: 'A' };
        expected.push(
          { ...common, measurand: 'Energy.Active.Import.Register', value: Number(register), unit: 'Wh' },
          { ...common, measurand: 'Power.Active.Import', value: index * 1000 + 360, unit: 'W' },
          { ...current, phase: 'L1', value: 15.5 },
          { ...current, phase: 'L2', value: 15.75 },
          { ...current, phase: 'L3', value: -0.25 },
          { ...common, measurand: 'SoC', location: 'EV', value: 40 + index, unit: 'Percent' },
        );
      }

      const [running, ...others] = await api.all<TransactionDocument>('/transactions?stationId=pile-1');
      assert.equal(others.length, 0);
      assert.ok(running !== undefined);
      assert.deepEqual([running.status, running.energyWh, running.endedAt], ['active', 2500.025, null]);
      const busy = await api.get<StationDocument>('/stations/pile-1');
      assert.deepEqual(
        busy.connectors.find(({ evseId }) => evseId === 1),
        { ...busy.connectors.find(({ evseId }) => evseId === 1), status: 'Occupied', statusDetail: 'Charging' },
      );

      const command = await api.post<CommandDocument>('/stations/pile-1/commands', {
        action: 'stop-transaction',
        payload: { transactionId: running.id },
      });
      assert.equal(command.status, 'pending');
      const remoteStop = await station.nextCall('RemoteStopTransaction');
      assert.deepEqual(remoteStop.payload, { transactionId: start.transactionId });
      remoteStop.reply({ status: 'Accepted' });
      const done = await finished(command);
      assert.deepEqual([done.status, done.response], ['accepted', { status: 'Accepted' }]);
      assert.ok(done.finishedAt !== null);

      // The register at the end has whole watt-hours only: less than the last sample.
      const endedAt = new Date().toISOString();
      const finalSample = {
        timestamp: endedAt,
        measurand: 'Energy.Active.Import.Register',
        phase: null,
        location,
        context: 'Transaction.End',
        value: 1_237_067,
        unit: 'Wh',
      };
      const stop = await station.call<{ idTagInfo?: { status: string } }>('StopTransaction', {
        transactionId: start.transactionId,
        idTag: 'CARD-1',
        meterStop: 1_237_067,
        timestamp: endedAt,
        reason: 'Remote',
        transactionData: [{ timestamp: endedAt, sampledValue: [{ value: '1237067', context: 'Transaction.End' }] }],
      });
      assert.equal(stop.idTagInfo?.status, 'Accepted');
      await status(1, 'Finishing');
      await status(1, 'Available');

      const ended = await api.get<TransactionDocument>(`/transactions/${running.id}`);
      assert.deepEqual(
        {
          stationId: ended.stationId,
          evseId: ended.evseId,
          stationTransactionId: ended.stationTransactionId,
          idToken: ended.idToken,
          status: ended.status,
          startedAt: ended.startedAt,
          endedAt: ended.endedAt,
          energyWh: ended.energyWh,
          meterStartWh: ended.meterStartWh,
          meterStopWh: ended.meterStopWh,
          stopReason: ended.stopReason,
          flags: ended.flags,
        },
        {
          stationId: 'pile-1',
          evseId: 1,
          stationTransactionId: String(start.transactionId),
          idToken: 'CARD-1',
          status: 'ended',
          startedAt,
          endedAt,
          energyWh: 2500,
          meterStartWh: 1_234_567,
          meterStopWh: 1_237_067,
          stopReason: 'Remote',
          flags: [],
        },
      );
      // Read in pages that do not fit, so that their seams are tested, too.
      const samples = await api.all<MeterValueDocument>(`/transactions/${running.id}/meter-values`, 7);
      const comparable = (values: readonly MeterValueDocument[]) =>
        values
          .map(({ timestamp, measurand, phase, location: where, context, value, unit }) =>
            JSON.stringify([timestamp, measurand, phase, where, context, value, unit]),
          )
          .sort();
      assert.deepEqual(comparable(samples), comparable([...expected, finalSample]));
      const times = samples.map(({ timestamp }) => timestamp);
      assert.deepEqual(times, times.toSorted());

      await live.next(
        'the connector is free again',
        ({ type, data }) => type === 'connector.status-changed' && data.statusDetail === 'Finishing',
      );
      const told = live.events.map(({ type }) => type);
      const count = (type: string) => told.filter((each) => each === type).length;
      // The registration was before we began to listen, but may be told after it.
      const aside = [
        'station.registered',
        'connector.status-changed',
        'transaction.metered',
        // Comes when the charge is settled, which nobody at the station waits for.
        'transaction.cost-changed',
      ];
      const story = told.filter((type) => !aside.includes(type));
      assert.deepEqual(story, [
        'station.connected',
        'station.booted',
        'id-token.authorized',
        'id-token.authorized',
        'transaction.started',
        'command.created',
        'command.finished',
        'transaction.ended',
      ]);
      assert.equal(count('transaction.metered'), 10);
      const end = live.events.find(({ type }) => type === 'transaction.ended');
      assert.deepEqual([end?.data.transactionId, end?.data.energyWh], [running.id, 2500]);

      // Whoever was away hears exactly what was missed.
      const from = live.events.findIndex(({ type }) => type === 'transaction.started');
      const last = live.events.at(-1)?.id;
      await using resumed = await api.events({ query: 'stationId=pile-1', lastEventId: live.events[from]?.id });
      await resumed.next('what was missed', ({ id }) => id === last);
      const upTo = resumed.events.findIndex(({ id }) => id === last) + 1;
      assert.deepEqual(resumed.events.slice(0, upTo), live.events.slice(from + 1, live.events.length));
    });

    it('tells live when a station comes and goes', async () => {
      await using live = await api.events({ query: 'stationId=pile-2' });
      const station = await chargingStation('pile-2');
      await live.next('connected', ({ type }) => type === 'station.connected');
      station.terminate();
      await live.next('disconnected', ({ type }) => type === 'station.disconnected');
      assert.equal((await api.get<StationDocument>('/stations/pile-2')).online, false);
    });

    it('starts and stops a charge from afar, by neutral and by OCPP names', async () => {
      await using station = await chargingStation('pile-3');
      const begun = await api.post<CommandDocument>('/stations/pile-3/commands', {
        action: 'RemoteStartTransaction',
        payload: { connectorId: 1, idTag: 'APP-USER-7' },
      });
      const remoteStart = await station.nextCall('RemoteStartTransaction');
      assert.deepEqual(remoteStart.payload, { connectorId: 1, idTag: 'APP-USER-7' });
      remoteStart.reply({ status: 'Accepted' });
      assert.equal((await finished(begun)).status, 'accepted');

      // Nobody registered this token: the start command vouches for it.
      const start = await station.call<{ transactionId: number; idTagInfo: { status: string } }>('StartTransaction', {
        connectorId: 1,
        idTag: 'APP-USER-7',
        meterStart: 0,
        timestamp: new Date().toISOString(),
      });
      assert.equal(start.idTagInfo.status, 'Accepted');

      const ended = await api.post<CommandDocument>('/stations/pile-3/commands', {
        action: 'RemoteStopTransaction',
        payload: { transactionId: start.transactionId },
      });
      const remoteStop = await station.nextCall('RemoteStopTransaction');
      assert.deepEqual(remoteStop.payload, { transactionId: start.transactionId });
      remoteStop.reply({ status: 'Rejected' });
      const refused = await finished(ended);
      assert.deepEqual([refused.status, refused.response], ['rejected', { status: 'Rejected' }]);
    });

    it('stores what became of every command: CALLERROR, offline, no answer in time', async () => {
      const station = await chargingStation('pile-4');
      const give = (action: string, payload: unknown, more = {}) =>
        api.post<CommandDocument>('/stations/pile-4/commands', { action, payload, ...more });

      const reset = await give('reset-station', { type: 'OnIdle' });
      const asked = await station.nextCall('Reset');
      assert.deepEqual(asked.payload, { type: 'Soft' });
      asked.refuse('InternalError', 'the relay is stuck');
      const failed = await finished(reset);
      assert.equal(failed.status, 'failed');
      assert.match(JSON.stringify(failed.response), /the relay is stuck/);

      const unanswered = await give('unlock-connector', { evseId: 1 }, { timeoutSeconds: 1 });
      await station.nextCall('UnlockConnector');
      assert.equal((await finished(unanswered)).status, 'timeout');

      const lost = await give('unlock-connector', { evseId: 1 });
      await station.nextCall('UnlockConnector');
      station.terminate();
      assert.equal((await finished(lost)).status, 'unknown');

      await eventually(
        'the station is offline',
        async () => !(await api.get<StationDocument>('/stations/pile-4')).online,
      );
      assert.equal((await finished(await give('clear-cache', {}))).status, 'offline');

      await assert.rejects(
        give('reset-station', { type: 'Sideways' }),
        (error: unknown) =>
          error instanceof ApiRefused && error.status === 400 && error.problem.code.startsWith('command.'),
      );
      await assert.rejects(
        give('MakeCoffee', {}),
        (error: unknown) => error instanceof ApiRefused && error.problem.code === 'command.unknown_action',
      );
    });

    it('holds an unknown station as Pending until an operator approves it', async () => {
      await using live = await api.events({ query: 'stationId=newcomer' });
      await using station = await BareStation.connect(server.ocpp, 'newcomer');
      const boot = { chargePointVendor: 'Hand', chargePointModel: 'Built' };
      const first = await station.call('BootNotification', boot);
      assert.equal(first.status, 'Pending');
      assert.ok(Number(first.interval) > 0);
      await live.next('registered', ({ type }) => type === 'station.registered');
      const pending = await api.all<StationDocument>('/stations?registrationStatus=Pending');
      assert.deepEqual(
        pending.map(({ id }) => id),
        ['newcomer'],
      );
      // Until then no card is good there.
      const early = await station.call<{ idTagInfo: { status: string } }>('Authorize', { idTag: 'CARD-1' });
      assert.equal(early.idTagInfo.status, 'Invalid');

      const approved = await api.patch<StationDocument>('/stations/newcomer', { registrationStatus: 'Accepted' });
      assert.equal(approved.registrationStatus, 'Accepted');
      assert.equal((await station.call('BootNotification', boot)).status, 'Accepted');
      const now = await station.call<{ idTagInfo: { status: string } }>('Authorize', { idTag: 'CARD-1' });
      assert.equal(now.idTagInfo.status, 'Accepted');
    });

    it('takes a percent-encoded identity in URL, password and API', async () => {
      const id = 'RDAM|123 ü/1';
      await using station = await chargingStation(id);
      assert.equal(station.isOpen, true);
      const found = await api.get<StationDocument>(`/stations/${encodeURIComponent(id)}`);
      assert.deepEqual([found.id, found.online], [id, true]);
    });

    it('lets a station in with its key as raw bytes and as hex text', async () => {
      const key = 'c0ffee00c0ffee00c0ffee00c0ffee0011223344';
      await api.post('/stations', { id: 'pile-5', password: key, registrationStatus: 'Accepted' });
      for (const password of [key, Buffer.from(key, 'hex')]) {
        await using station = await BareStation.connect(server.ocpp, 'pile-5', { password });
        assert.ok(station.isOpen);
      }
    });

    it('refuses a wrong, a missing and somebody else’s password with 401', async () => {
      await api.post('/stations', { id: 'pile-6', password: PASSWORD });
      const refused = (status: number) => (error: unknown) =>
        error instanceof HandshakeRefused && error.status === status;
      await assert.rejects(
        BareStation.connect(server.ocpp, 'pile-6', { password: 'not-the-password-of-it' }),
        (error: unknown) =>
          refused(401)(error) && /^Basic /.test((error as HandshakeRefused).headers['www-authenticate'] ?? ''),
      );
      await assert.rejects(BareStation.connect(server.ocpp, 'pile-6'), refused(401));
      await assert.rejects(
        BareStation.connect(server.ocpp, 'pile-6', { user: 'pile-1', password: PASSWORD }),
        refused(401),
      );
      assert.equal((await api.get<StationDocument>('/stations/pile-6')).online, false);
      await using station = await BareStation.connect(server.ocpp, 'pile-6', { password: PASSWORD });
      assert.ok(station.isOpen);
    });

    it('refuses what is not spoken here: subprotocols and unknown actions', async () => {
      await assert.rejects(
        BareStation.connect(server.ocpp, 'pile-7', { protocols: ['ocpp1.2', 'soap'] }),
        (error: unknown) => error instanceof HandshakeRefused && error.status === 400 && /ocpp1\.6/.test(error.body),
      );
      await using station = await chargingStation('pile-7');
      await assert.rejects(
        station.call('OrderPizza', { size: 'large' }),
        (error: unknown) => error instanceof CallRefused && error.code === 'NotImplemented',
      );
      await assert.rejects(
        station.call('RemoteStopTransaction', { transactionId: 1 }),
        (error: unknown) => error instanceof CallRefused && error.code === 'NotSupported',
      );
    });

    it('repeats the same answer to a repeated start, and takes a stop that nobody can place', async () => {
      await using station = await chargingStation('pile-8');
      await api.post('/id-tokens', { idToken: 'CARD-8', type: 'ISO14443', status: 'Accepted' });
      const start = { connectorId: 1, idTag: 'CARD-8', meterStart: 5, timestamp: new Date().toISOString() };
      const first = await station.call('StartTransaction', start);
      assert.deepEqual(await station.call('StartTransaction', start), first);
      for (const transactionId of [0, -1, 99_999]) {
        const stop = { transactionId, meterStop: 9, timestamp: new Date().toISOString() };
        assert.deepEqual(await station.call('StopTransaction', stop), {});
        assert.deepEqual(await station.call('StopTransaction', stop), {});
      }
      const stored = await api.all<TransactionDocument>('/transactions?stationId=pile-8');
      const missing = stored.filter(({ flags }) => flags.includes('start-missing'));
      assert.deepEqual([stored.length, missing.length], [4, 3]);
    });
  });
}
