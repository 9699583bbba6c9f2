import assert from 'node:assert/strict';
import type { LiveState, LiveStationView, SiteRollUpView } from '@voltpile/operations/contract/live';
import { type ApiClient, ApiRefused } from './harness/api-client.ts';
import type { CommandDocument, MeterValueDocument, StationDocument, TransactionDocument } from './harness/api-views.ts';
import { BarePile } from './harness/bare-pile.ts';
import { BareStation } from './harness/bare-station.ts';
import { eventually } from './harness/eventually.ts';
import { STARTED, STOPPED } from './harness/pile-bodies.ts';
import { bcd, number } from './harness/pile-bytes.ts';
import { PORT_STYLES, type ServerInProcess, startInProcess } from './harness/server-in-process.ts';

const PASSWORD = 'a-password-of-the-pile';
const OLD = 'mixed-16';
const NEW = 'mixed-201';
const PILE = '32010600019236';
const ALL = [OLD, NEW, PILE];

for (const ports of PORT_STYLES) {
  describe(`a site with stations of every protocol (ports: ${ports})`, () => {
    let server: ServerInProcess;
    let api: ApiClient;
    let siteId: string;
    let old: BareStation;
    let modern: BareStation;
    let pile: BarePile;
    let sockets: AsyncDisposableStack;

    before(async () => {
      sockets = new AsyncDisposableStack();
      server = await startInProcess({ ports, config: { onboarding: 'pending' } });
      api = await server.login();
      const { items } = await api.get<{ items: readonly { readonly id: string }[] }>('/organizations');
      const site = { organizationId: items[0]?.id, name: 'Mixed', timeZone: 'Asia/Shanghai' };
      ({ id: siteId } = await api.post<{ readonly id: string }>('/sites', site));
      for (const id of ALL) {
        const password = id === PILE ? null : PASSWORD;
        await api.post('/stations', { id, siteId, password, registrationStatus: 'Accepted' });
      }
      old = sockets.use(await BareStation.connect(server.ocpp, OLD, { password: PASSWORD }));
      await old.call('BootNotification', { chargePointVendor: 'Hand', chargePointModel: 'Built' });
      modern = sockets.use(
        await BareStation.connect(server.ocpp, NEW, { password: PASSWORD, protocols: ['ocpp2.0.1'] }),
      );
      await modern.call('BootNotification', {
        reason: 'PowerUp',
        chargingStation: { vendorName: 'Hand', model: 'Built' },
      });
      pile = sockets.use(await BarePile.enter(server.ykc, PILE));
      const timestamp = new Date().toISOString();
      await old.call('StatusNotification', { connectorId: 1, status: 'Preparing', errorCode: 'NoError', timestamp });
      await modern.call('StatusNotification', { evseId: 1, connectorId: 1, connectorStatus: 'Occupied', timestamp });
      pile.report(1, { status: 'idle', plugged: true });
    });
    after(async () => {
      await sockets.disposeAsync();
      await server[Symbol.asyncDispose]();
    });
    afterEach('nothing was logged that ought to be looked at', () => {
      assert.deepEqual(server.log, []);
    });

    const give = (id: string, action: string, payload: object) =>
      api.post<CommandDocument>(`/stations/${id}/commands`, { action, payload });

    /** The same command to all of them. @returns once each has answered, by what its station says to it */
    async function giveAll(
      action: string,
      payload: object | ((id: string) => object),
      answers: readonly [() => Promise<void>, () => Promise<void>, () => Promise<void>],
    ): Promise<void> {
      const given = await Promise.all(
        ALL.map((id) => give(id, action, typeof payload === 'function' ? payload(id) : payload)),
      );
      await Promise.all(answers.map((answer) => answer()));
      for (const { id, stationId } of given) {
        const done = await eventually(`${stationId} has answered ${action}`, async () => {
          const now = await api.get<CommandDocument>(`/commands/${id}`);
          return now.status !== 'pending' && now;
        });
        assert.equal(done.status, 'accepted', `${stationId}: ${JSON.stringify(done)}`);
      }
    }

    const reply = (station: BareStation, action: string, payload: object) => async () =>
      (await station.nextCall(action)).reply({ ...payload });

    function shapesOf(documents: readonly object[]): string[] {
      return [...new Set(documents.map((one) => Object.keys(one).sort().join(' ')))];
    }

    it('is one list of stations, all of the same shape', async () => {
      const stations = await eventually('all are there', async () => {
        const found = await api.all<StationDocument>(`/stations?siteId=${siteId}`);
        const isTold = found.every(({ online, connectors }) => online && connectors[0]?.status === 'Occupied');
        return found.length === ALL.length && isTold && found;
      });
      assert.deepEqual(stations.map(({ id, protocol }) => `${id} ${protocol}`).sort(), [
        `${PILE} ykc`,
        `${OLD} ocpp1.6`,
        `${NEW} ocpp2.0.1`,
      ]);
      assert.equal(shapesOf(stations).length, 1, shapesOf(stations).join('\n'));
      assert.equal(shapesOf(stations.flatMap(({ connectors }) => connectors)).length, 1);
    });

    it('is one live picture, in the same words', async () => {
      const seen = await live('occupied');
      assert.deepEqual(
        seen.map(({ id, link }) => [id, link.protocol]),
        [
          [PILE, 'ykc'],
          [OLD, 'ocpp1.6'],
          [NEW, 'ocpp2.0.1'],
        ],
      );
      assert.equal(shapesOf(seen).length, 1);
      for (const { evses, vendor } of seen.slice(1)) {
        assert.deepEqual([evses[0]?.evseId, evses[0]?.state, vendor], [1, 'occupied', 'Hand']);
      }
    });

    /** Once all of them are at that. */
    const live = (state: LiveState) =>
      eventually(`all are ${state}`, async () => {
        const found = await api.all<LiveStationView>(`/live/stations?siteId=${siteId}&state=${state}`);
        return found.length === ALL.length && found;
      });

    it('charges by the same commands, and tells of it in the same shape', async () => {
      const begun = new Date(Date.now() - 30_000);
      const timestamp = begun.toISOString();
      let serial = '';
      await giveAll('start-transaction', (id) => ({ evseId: 1, idToken: `APP-${id}` }), [
        async () => {
          const call = await old.nextCall('RemoteStartTransaction');
          assert.equal(call.payload.connectorId, 1);
          call.reply({ status: 'Accepted' });
          const { idTag } = call.payload;
          await old.call('StartTransaction', { connectorId: 1, idTag, meterStart: 1000, timestamp });
        },
        async () => {
          const call = await modern.nextCall('RequestStartTransaction');
          const { idToken, remoteStartId } = call.payload;
          call.reply({ status: 'Accepted' });
          await modern.call('TransactionEvent', {
            eventType: 'Started',
            timestamp,
            triggerReason: 'RemoteStart',
            seqNo: 0,
            transactionInfo: { transactionId: 'mixed-1', chargingState: 'Charging', remoteStartId },
            evse: { id: 1, connectorId: 1 },
            idToken,
            meterValue: [{ timestamp, sampledValue: [{ value: 1000, context: 'Transaction.Begin' }] }],
          });
        },
        async () => {
          const order = await pile.nextStart();
          pile.answerStart(order);
          serial = order.serial;
          pile.report(1, { serial, status: 'charging', plugged: true, energyDeciWh: 5000 });
        },
      ]);
      const transactions = () => api.all<TransactionDocument>(`/transactions?siteId=${siteId}`);
      const running = await eventually('three charges', async () => {
        const found = await transactions();
        return found.length === ALL.length && found;
      });
      assert.deepEqual(
        running.map(({ stationId, idToken, status, evseId }) => [stationId, idToken, status, evseId]).sort(),
        [
          [PILE, `APP-${PILE}`, 'active', 1],
          [OLD, `APP-${OLD}`, 'active', 1],
          [NEW, `APP-${NEW}`, 'active', 1],
        ],
      );

      function idOf(id: string): string | undefined {
        return running.find(({ stationId }) => stationId === id)?.id;
      }
      const charging = await live('charging');
      for (const { id, charges } of charging) assert.deepEqual(charges[0]?.transactionId, idOf(id), id);
      const during = await siteInFigures();
      assert.deepEqual([during.stations.online, during.evses.charging, during.charges], [3, 3, 3]);

      const numberOf = (id: string) => running.find(({ stationId }) => stationId === id)?.stationTransactionId;
      const ended = new Date();
      await giveAll('stop-transaction', (id) => ({ transactionId: idOf(id) }), [
        async () => {
          await reply(old, 'RemoteStopTransaction', { status: 'Accepted' })();
          await old.call('StopTransaction', {
            transactionId: Number(numberOf(OLD)),
            meterStop: 1500,
            timestamp: ended.toISOString(),
            reason: 'Remote',
          });
        },
        async () => {
          await reply(modern, 'RequestStopTransaction', { status: 'Accepted' })();
          await modern.call('TransactionEvent', {
            eventType: 'Ended',
            timestamp: ended.toISOString(),
            triggerReason: 'RemoteStop',
            seqNo: 1,
            transactionInfo: { transactionId: 'mixed-1', stoppedReason: 'Remote' },
            meterValue: [
              { timestamp: ended.toISOString(), sampledValue: [{ value: 1500, context: 'Transaction.End' }] },
            ],
          });
        },
        async () => {
          pile.answerStop(await pile.nextStop());
          const record = {
            serial,
            gun: 1,
            startedAt: begun.getTime(),
            endedAt: ended.getTime(),
            meterStartDeciWh: 10_000,
            meterStopDeciWh: 15_000,
            startedBy: STARTED.byApp,
            stopReason: STOPPED.byApp,
          };
          assert.equal(await pile.deliver(record), 0);
          pile.report(1, { status: 'idle', plugged: true });
        },
      ]);
      const over = await transactions();
      assert.equal(shapesOf(over).length, 1, shapesOf(over).join('\n'));
      for (const one of over) {
        assert.deepEqual(
          [one.status, one.energyWh, one.meterStartWh, one.meterStopWh, one.stopReason, one.flags, one.holds],
          ['ended', 500, 1000, 1500, 'Remote', [], []],
          one.stationId,
        );
        assert.deepEqual([one.startedAt, one.endedAt], [begun.toISOString(), ended.toISOString()], one.stationId);
      }
      const told = await Promise.all(
        ALL.map((id) => api.all<MeterValueDocument>(`/transactions/${idOf(id)}/meter-values`)),
      );
      assert.equal(shapesOf(told.flat()).length, 1);
      const { today } = await eventually('the day has three charges', async () => {
        const site = await siteInFigures();
        return site.today.sessions === ALL.length && site.charges === 0 && site;
      });
      assert.equal(today.energyWh, 1500);
    });

    async function siteInFigures(): Promise<SiteRollUpView> {
      const sites = await api.all<SiteRollUpView>('/live/sites');
      return sites.find((site) => site.siteId === siteId) as SiteRollUpView;
    }

    it('shows who is lost', async () => {
      old.terminate();
      const { online, link } = await eventually('it is offline', async () => {
        const found = await api.get<LiveStationView>(`/live/stations/${OLD}`);
        return found.state === 'offline' && found;
      });
      assert.equal(online, false);
      assert.ok(link.disconnectedAt !== null && link.disconnectReason !== null);
      old = sockets.use(await BareStation.connect(server.ocpp, OLD, { password: PASSWORD }));
      await eventually('it is back', async () => {
        const found = await api.get<LiveStationView>(`/live/stations/${OLD}`);
        return found.online && found.link.connectsLastHour === 2;
      });
    });

    it('takes the same commands: trigger, availability, reset', async () => {
      pile.onFrame(0x52, (frame) => {
        // Locked, at full power.
        assert.deepEqual([...frame.body.subarray(7)], [1, 100]);
        pile.answer(frame, 0x51, Buffer.concat([bcd(PILE, 7), number(1, 1)]));
      });
      pile.onFrame(0x92, (frame) => {
        // When it is idle.
        assert.equal(frame.body.readUInt8(7), 2);
        pile.answer(frame, 0x91, Buffer.concat([bcd(PILE, 7), number(1, 1)]));
      });
      const accepted = { status: 'Accepted' };
      const byItself = async () => {};
      await giveAll('trigger-message', { requestedMessage: 'StatusNotification', evseId: 1 }, [
        reply(old, 'TriggerMessage', accepted),
        reply(modern, 'TriggerMessage', accepted),
        byItself,
      ]);
      await giveAll('change-availability', { operationalStatus: 'Inoperative' }, [
        reply(old, 'ChangeAvailability', accepted),
        reply(modern, 'ChangeAvailability', accepted),
        byItself,
      ]);
      await giveAll('reset-station', { type: 'OnIdle' }, [
        reply(old, 'Reset', accepted),
        reply(modern, 'Reset', accepted),
        byItself,
      ]);
    });

    it('says clearly what a pile cannot do', async () => {
      const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
      const chargingProfile = {
        id: 1,
        stackLevel: 0,
        chargingProfilePurpose: 'TxDefaultProfile',
        chargingProfileKind: 'Relative',
        chargingSchedule: {
          chargingRateUnit: 'W',
          chargingSchedulePeriod: [{ startPeriod: 0, limit: 7000 }],
        },
      };
      const { capabilities } = await api.get<StationDocument & { capabilities: string[] }>(`/stations/${PILE}`);
      for (const [action, payload] of [
        ['reserve-now', { evseId: 1, idToken: 'D14B0A54', expiresAt }],
        ['set-charging-profile', { evseId: 1, chargingProfile }],
        ['get-variables', {}],
      ] as const) {
        assert.ok(!capabilities.includes(action));
        await assert.rejects(give(PILE, action, payload), (error) => {
          assert.ok(error instanceof ApiRefused, String(error));
          assert.deepEqual([error.status, error.problem.code], [409, 'command.not_supported'], action);
          assert.match(error.problem.detail, new RegExp(`${PILE}.*${action}`));
          return true;
        });
      }
      assert.deepEqual(pile.untaken, []);
    });
  });
}
