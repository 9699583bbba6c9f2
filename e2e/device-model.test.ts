import assert from 'node:assert/strict';
import type { ApiClient } from './harness/api-client.ts';
import type { CommandDocument } from './harness/api-views.ts';
import { BareStation } from './harness/bare-station.ts';
import { eventually } from './harness/eventually.ts';
import { PORT_STYLES, type ServerInProcess, startInProcess } from './harness/server-in-process.ts';

const PASSWORD = 'a-password-of-the-pile';

interface VariableDocument {
  readonly component: { readonly name: string };
  readonly variable: { readonly name: string; readonly instance: string | null };
  readonly attributes: readonly {
    readonly value: string | null;
    readonly rebootRequired: boolean;
    readonly wantedValue: string | null;
  }[];
}

for (const ports of PORT_STYLES) {
  describe(`the device model by hand-written frames (ports: ${ports})`, () => {
    let server: ServerInProcess;
    let api: ApiClient;

    before(async () => {
      server = await startInProcess({ ports });
      api = await server.login();
    });
    after(() => server[Symbol.asyncDispose]());
    afterEach('nothing was logged that ought to be looked at', () => {
      assert.deepEqual(server.log, []);
    });

    const finished = (command: CommandDocument): Promise<CommandDocument> =>
      eventually('an answer to the command', async () => {
        const now = await api.get<CommandDocument>(`/commands/${command.id}`);
        return now.status !== 'pending' && now;
      });
    const shown = async (path: string): Promise<string[]> =>
      (await api.all<VariableDocument>(path)).map(({ component, variable, attributes: [attribute] }) => {
        const name = variable.instance === null ? variable.name : `${variable.name}[${variable.instance}]`;
        const wanted = attribute?.rebootRequired === true ? ` → ${attribute.wantedValue}` : '';
        return `${component.name}.${name}=${attribute?.value}${wanted}`;
      });

    it('of 2.0.1 is asked for, told in parts, set as many at a time as the station takes, and settled by a restart', async () => {
      await api.post('/stations', { id: 'model-201', password: PASSWORD, registrationStatus: 'Accepted' });
      await using station = await BareStation.connect(server.ocpp, 'model-201', {
        password: PASSWORD,
        protocols: ['ocpp2.0.1'],
      });
      const boot = (reason: string) =>
        station.call('BootNotification', { reason, chargingStation: { vendorName: 'Hand', model: 'Built' } });
      await boot('PowerUp');

      const asked = await api.post<CommandDocument>('/stations/model-201/variables/refresh', {});
      const call = await station.nextCall('GetBaseReport');
      assert.equal(call.payload.reportBase, 'FullInventory');
      const { requestId } = call.payload;
      const tell = (seqNo: number, tbc: boolean | undefined, reportData: object[]) =>
        station.call('NotifyReport', { requestId, seqNo, tbc, generatedAt: new Date().toISOString(), reportData });
      const variable = (component: string, name: string, value: string, instance?: string) => ({
        component: { name: component },
        variable: { name, instance },
        variableAttribute: [{ value, mutability: 'ReadWrite' }],
        variableCharacteristics: { dataType: 'string', supportsMonitoring: false },
      });
      // The first part overtakes the answer, and comes twice.
      const first = [
        variable('DeviceDataCtrlr', 'ItemsPerMessage', '2', 'SetVariables'),
        variable('SecurityCtrlr', 'BasicAuthPassword', PASSWORD),
      ];
      assert.deepEqual(await tell(0, true, first), {});
      call.reply({ status: 'Accepted' });
      await tell(0, true, first);
      assert.equal((await finished(asked)).status, 'accepted');
      const [receiving] = await api.all<{ status: string; partsReceived: number }>(
        '/stations/model-201/device-reports',
      );
      assert.deepEqual([receiving?.status, receiving?.partsReceived], ['receiving', 1]);
      await tell(
        1,
        undefined,
        ['A', 'B', 'C'].map((name) => variable('Ctrlr', name, '1')),
      );
      const [complete] = await api.all<{ status: string; itemsReceived: number; commandId: string }>(
        '/stations/model-201/device-reports',
      );
      assert.deepEqual([complete?.status, complete?.itemsReceived, complete?.commandId], ['complete', 5, asked.id]);
      assert.deepEqual(await shown('/stations/model-201/variables'), [
        'Ctrlr.A=1',
        'Ctrlr.B=1',
        'Ctrlr.C=1',
        'DeviceDataCtrlr.ItemsPerMessage[SetVariables]=2',
        'SecurityCtrlr.BasicAuthPassword=***',
      ]);

      const set = await api.patch<CommandDocument>('/stations/model-201/variables', {
        variables: ['A', 'B', 'C'].map((name) => ({ component: { name: 'Ctrlr' }, variable: name, value: '2' })),
      });
      const statuses: Record<string, string> = { A: 'Accepted', B: 'RebootRequired', C: 'Rejected' };
      for (const size of [2, 1]) {
        const part = await station.nextCall('SetVariables');
        const data = part.payload.setVariableData as { component: object; variable: { name: string } }[];
        assert.equal(data.length, size);
        part.reply({
          setVariableResult: data.map(({ component, variable: named }) => ({
            attributeStatus: statuses[named.name],
            component,
            variable: named,
          })),
        });
      }
      const answered = await finished(set);
      assert.equal(answered.status, 'rejected');
      assert.deepEqual(
        (answered.response as { setVariableResult: { attributeStatus: string }[] }).setVariableResult.map(
          ({ attributeStatus }) => attributeStatus,
        ),
        ['Accepted', 'RebootRequired', 'Rejected'],
      );
      assert.deepEqual(await shown('/stations/model-201/variables?component=ctrlr'), [
        'Ctrlr.A=2',
        'Ctrlr.B=1 → 2',
        'Ctrlr.C=1',
      ]);
      assert.deepEqual(await shown('/stations/model-201/variables?rebootRequired=true'), ['Ctrlr.B=1 → 2']);
      await boot('RemoteReset');
      assert.deepEqual(await shown('/stations/model-201/variables?component=Ctrlr&search=b'), ['Ctrlr.B=2']);

      await station.call('NotifyEvent', {
        generatedAt: new Date().toISOString(),
        seqNo: 0,
        eventData: [
          {
            eventId: 1,
            timestamp: new Date().toISOString(),
            trigger: 'Delta',
            actualValue: '9',
            eventNotificationType: 'HardWiredNotification',
            component: { name: 'Ctrlr' },
            variable: { name: 'C' },
          },
        ],
      });
      assert.deepEqual(await shown('/stations/model-201/variables?variable=C'), ['Ctrlr.C=9']);
      const events = await api.all<{ actualValue: string; monitorId: null }>('/stations/model-201/device-events');
      assert.deepEqual(
        events.map(({ actualValue, monitorId }) => [actualValue, monitorId]),
        [['9', null]],
      );
    });

    it('of 1.6 is its configuration', async () => {
      await api.post('/stations', { id: 'model-16', password: PASSWORD, registrationStatus: 'Accepted' });
      await using station = await BareStation.connect(server.ocpp, 'model-16', { password: PASSWORD });
      await station.call('BootNotification', { chargePointVendor: 'Hand', chargePointModel: 'Built' });
      const asked = await api.post<CommandDocument>('/stations/model-16/variables/refresh', {});
      const call = await station.nextCall('GetConfiguration');
      call.reply({
        configurationKey: [
          { key: 'HeartbeatInterval', readonly: false, value: '300' },
          { key: 'NumberOfConnectors', readonly: true, value: '1' },
          { key: 'AuthorizationKey', readonly: false },
        ],
      });
      assert.equal((await finished(asked)).status, 'accepted');
      const set = await api.patch<CommandDocument>('/stations/model-16/variables', {
        variables: [{ variable: 'HeartbeatInterval', value: '60' }],
      });
      (await station.nextCall('ChangeConfiguration')).reply({ status: 'RebootRequired' });
      assert.equal((await finished(set)).status, 'accepted');
      assert.deepEqual(await shown('/stations/model-16/variables'), [
        'Configuration.AuthorizationKey=null',
        'Configuration.HeartbeatInterval=300 → 60',
        'Configuration.NumberOfConnectors=1',
      ]);
      await station.call('BootNotification', { chargePointVendor: 'Hand', chargePointModel: 'Built' });
      assert.deepEqual(await shown('/stations/model-16/variables?search=heartbeat'), [
        'Configuration.HeartbeatInterval=60',
      ]);
    });
  });
}
