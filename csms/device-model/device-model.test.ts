import assert from 'node:assert/strict';
import { type Instant, instant } from '@voltpile/kernel/clock';
import { badCursor } from '@voltpile/platform/database/keyset-page';
import { createLogger } from '@voltpile/platform/telemetry/logger';
import fc from 'fast-check';
import { type AccessScope, EVERYTHING } from '../contract/access-scope.ts';
import type { CommandClass } from '../contract/commands.ts';
import type { DeviceModelPort, DeviceVariableFilter, DeviceVariableView } from '../contract/device-model-port.ts';
import type { CommandView } from '../contract/operator-ports.ts';
import type { CommandFacts, CommandOutcome, VariableSetResult } from '../contract/station-link.ts';
import {
  type BootReport,
  type DeviceEvent,
  type DeviceVariable,
  FLAT_COMPONENT,
  type MessageOrigin,
  type StationPort,
} from '../contract/station-port.ts';
import { stationUnknown } from '../stations/station-writer.ts';
import { type Admitted, type CsmsBench, createCsmsBench } from '../testing/csms-bench.ts';
import { askForReports } from './ask-for-reports.ts';
import { DEFAULT_ITEMS_PER_MESSAGE, MAX_ITEMS_PER_MESSAGE } from './items-per-message.ts';
import { MAX_VARIABLES } from './plan-change.ts';
import { endSilentReports } from './time-out-reports.ts';

const ALL: CommandClass[] = ['operate', 'configure', 'raw-call'];
const MINUTE = 60_000;

describe('device model', () => {
  let bench: CsmsBench;
  let port: StationPort;
  let model: DeviceModelPort;

  before(async () => {
    bench = await createCsmsBench();
    port = bench.csms.stationPort;
    model = bench.csms.operatorPorts.deviceModel;
  });
  after(() => bench[Symbol.asyncDispose]());
  afterEach(() => {
    bench.link.executed.length = 0;
    bench.link.answer = async () => ({ status: 'accepted', response: { status: 'Accepted' } });
  });

  const variable = (component: string, name: string, value?: string, more: Partial<DeviceVariable> = {}) => ({
    component: { name: component },
    variable: { name },
    attributes: [{ type: 'Actual' as const, value, mutability: 'ReadWrite' as const }],
    ...more,
  });
  const report = async (
    admitted: Admitted,
    requestId: number,
    sequenceNumber: number,
    variables: DeviceVariable[],
    { toBeContinued = false, ...more }: Partial<MessageOrigin> & { toBeContinued?: boolean } = {},
  ): Promise<void> => {
    const at = instant(bench.clock.now());
    await port.deviceReported({
      origin: bench.origin(admitted, more),
      part: { requestId, sequenceNumber, generatedAt: { text: new Date(at).toISOString(), at }, toBeContinued },
      variables,
    });
  };
  const list = async (station: string, filter: DeviceVariableFilter = {}): Promise<DeviceVariableView[]> =>
    (await model.variables(EVERYTHING, station, filter, { limit: 500 })).items;
  /** `Component.variable=value` of all, in the order of the list. */
  const values = async (station: string, filter: DeviceVariableFilter = {}): Promise<string[]> =>
    (await list(station, filter)).map(
      ({ component, variable: { name }, attributes }) => `${component.name}.${name}=${attributes[0]?.value ?? ''}`,
    );
  const reports = async (station: string) => (await model.reports(EVERYTHING, station, {}, { limit: 500 })).items;
  const told = async (station: string, type: string) =>
    (await bench.events())
      .filter((event) => event.type === type && event.stationId === station)
      .map(({ data }) => data);
  const command = async (station: string, action: string, payload: unknown = {}): Promise<CommandView> => {
    const { commands } = bench.csms.operatorPorts;
    const { id } = await commands.submit(EVERYTHING, station, { action, payload, requestedBy: null }, ALL);
    return finished(id);
  };
  const finished = async (id: string): Promise<CommandView> => {
    const { commands, events } = bench.csms.operatorPorts;
    for (;;) {
      const last = String(await bench.csms.outboxTail.safeId());
      const view = await commands.get(EVERYTHING, id);
      if (view.status !== 'pending') return view;
      await events.wait(last, 5000);
    }
  };
  const answer = (facts: CommandFacts | undefined, status: CommandOutcome['status'] = 'accepted'): void => {
    bench.link.answer = async () => ({ status, response: {}, facts });
  };
  const set = async (
    station: string,
    results: readonly (Pick<VariableSetResult, 'value' | 'status'> & { component?: string; name: string })[],
    status: CommandOutcome['status'] = 'accepted',
  ): Promise<CommandView> => {
    answer(
      {
        kind: 'variables-set',
        results: results.map(({ component = 'Ctrlr', name, ...more }) => ({
          component: { name: component },
          variable: { name },
          attributeType: 'Actual',
          ...more,
        })),
      },
      status,
    );
    return command(station, 'set-variables', {
      variables: results.map(({ component = 'Ctrlr', name, value }) => ({
        component: { name: component },
        variable: name,
        value,
      })),
    });
  };
  const boot = (admitted: Admitted, more: Partial<BootReport> = {}) =>
    port.booted({
      origin: bench.origin(admitted),
      vendor: 'V',
      model: 'M',
      serialNumber: null,
      firmwareVersion: '1.0',
      iccid: null,
      imsi: null,
      meterType: null,
      meterSerialNumber: null,
      ...more,
    });

  describe('reports', () => {
    it('are kept as components, variables, attributes and characteristics', async () => {
      const admitted = await bench.connect('KEPT');
      const at = new Date(bench.clock.now()).toISOString();
      await report(admitted, 1, 0, [
        {
          component: { name: 'Connector', instance: 'left', evseId: 1, connectorId: 2 },
          variable: { name: 'ChargeProtocol', instance: 'x' },
          attributes: [
            { type: 'Actual', value: 'CHAdeMO', mutability: 'ReadOnly', persistent: true, constant: false },
            { type: 'Target', mutability: 'WriteOnly' },
          ],
          characteristics: {
            dataType: 'OptionList',
            supportsMonitoring: true,
            unit: 'V',
            minLimit: '0.5',
            maxLimit: '10',
            valuesList: 'CHAdeMO,ISO15118',
          },
        },
      ]);
      assert.deepEqual(await list('KEPT'), [
        {
          component: { name: 'Connector', instance: 'left', evseId: 1, connectorId: 2 },
          variable: { name: 'ChargeProtocol', instance: 'x' },
          attributes: [
            {
              type: 'Actual',
              value: 'CHAdeMO',
              valueCut: false,
              mutability: 'ReadOnly',
              persistent: true,
              constant: false,
              rebootRequired: false,
              wantedValue: null,
              valueAt: at,
              reportedAt: at,
            },
            {
              type: 'Target',
              value: null,
              valueCut: false,
              mutability: 'WriteOnly',
              persistent: null,
              constant: null,
              rebootRequired: false,
              wantedValue: null,
              valueAt: null,
              reportedAt: at,
            },
          ],
          characteristics: {
            dataType: 'OptionList',
            supportsMonitoring: true,
            unit: 'V',
            minLimit: '0.5',
            maxLimit: '10',
            valuesList: 'CHAdeMO,ISO15118',
          },
          monitors: [],
          reportedAt: at,
          goneAt: null,
          flags: [],
        },
      ]);
      const [event] = await told('KEPT', 'device.reported');
      const [stored] = await reports('KEPT');
      assert.deepEqual(event, {
        reportId: stored?.id,
        requestId: 1,
        sequenceNumber: 0,
        variables: 1,
        status: 'complete',
        complete: true,
        partsReceived: 1,
        itemsReceived: 1,
        receivedAt: at,
        flags: [],
      });
      assert.deepEqual(stored, {
        id: stored?.id,
        kind: 'device',
        requestId: 1,
        status: 'complete',
        base: null,
        commandId: null,
        partsReceived: 1,
        partsExpected: 1,
        itemsReceived: 1,
        generatedAt: at,
        requestedAt: null,
        firstPartAt: at,
        lastPartAt: at,
        finishedAt: at,
        flags: [],
      });
    });

    it('give the same model whatever the order and number of their parts', async () => {
      const admitted = await bench.connect('ORDER');
      const parts = [0, 1, 2, 3].map((part) =>
        [0, 1, 2].map((index) => variable(`C${part}`, `v${index}`, `${part}.${index}`)),
      );
      const expected = parts
        .flat()
        .map(({ component, variable: { name }, attributes }) => `${component.name}.${name}=${attributes[0]?.value}`);
      let requestId = 100;
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(0, 1),
          fc
            .array(fc.constantFrom(0, 1, 2, 3), { maxLength: 4 })
            .chain((more) => fc.shuffledSubarray([0, 1, 2, 3, ...more], { minLength: 4 + more.length })),
          async (first, order) => {
            requestId += 1;
            const before = (await told('ORDER', 'device.reported')).length;
            for (const part of order) {
              await report(admitted, requestId, part + first, parts[part] ?? [], { toBeContinued: part !== 3 });
            }
            assert.deepEqual(await values('ORDER'), expected);
            const [newest] = await reports('ORDER');
            assert.deepEqual(
              [newest?.requestId, newest?.status, newest?.partsReceived, newest?.partsExpected, newest?.itemsReceived],
              [requestId, 'complete', 4, 4, 12],
            );
            // A repeated part is no news.
            assert.equal((await told('ORDER', 'device.reported')).length, before + 4);
          },
        ),
        { numRuns: 15 },
      );
      assert.equal(
        (
          await bench.rows(`select variable_count from csms.device_models m join csms.stations s
        on s.id = m.station_id where s.identity = 'ORDER'`)
        )[0]?.variable_count,
        12,
      );
    });

    it('that are a full inventory show what is gone', async () => {
      const admitted = await bench.connect('GONE');
      await report(admitted, 1, 0, [variable('A', 'stays', '1'), variable('A', 'goes', '2')]);
      const inventory = async (requestId: number, reportBase: string, ...parts: DeviceVariable[][]): Promise<void> => {
        bench.clock.advance(MINUTE);
        await command('GONE', 'get-base-report', { requestId, reportBase });
        for (const [index, part] of parts.entries()) {
          await report(admitted, requestId, index, part, { toBeContinued: index < parts.length - 1 });
          bench.clock.advance(1000);
        }
      };
      await inventory(2, 'ConfigurationInventory', [variable('A', 'stays', '1')]);
      assert.deepEqual(await values('GONE'), ['A.goes=2', 'A.stays=1']);
      await inventory(3, 'FullInventory', [variable('A', 'stays', '1')], [variable('B', 'new', '3')]);
      assert.deepEqual(await values('GONE'), ['A.stays=1', 'B.new=3']);
      // Kept, with its last value, and there again as soon as the station tells it.
      assert.deepEqual(await values('GONE', { gone: true }), ['A.goes=2']);
      assert.ok((await list('GONE', { gone: true }))[0]?.goneAt);
      await report(admitted, 4, 0, [variable('A', 'goes', '4')]);
      assert.deepEqual(await values('GONE', { gone: true }), []);
      const states = (await reports('GONE')).map(({ requestId, base, status, commandId }) => [
        requestId,
        base,
        status,
        commandId !== null,
      ]);
      assert.deepEqual(states, [
        [4, null, 'complete', false],
        [3, 'FullInventory', 'complete', true],
        [2, 'ConfigurationInventory', 'complete', true],
        [1, null, 'complete', false],
      ]);
    });

    it('are expected before they come, and over when the station refuses', async () => {
      const admitted = await bench.connect('EXPECTED');
      const waiting = Promise.withResolvers<CommandOutcome>();
      bench.link.answer = () => waiting.promise;
      const { commands } = bench.csms.operatorPorts;
      const given = await commands.submit(
        EVERYTHING,
        'EXPECTED',
        { action: 'get-base-report', payload: { reportBase: 'FullInventory' }, requestedBy: null },
        ALL,
      );
      const [asked] = await reports('EXPECTED');
      assert.deepEqual(
        [asked?.status, asked?.commandId, asked?.base, asked?.partsExpected],
        ['requested', given.id, 'FullInventory', null],
      );
      // The first part overtakes the answer.
      await report(admitted, asked?.requestId ?? 0, 0, [variable('A', 'a', '1')], { toBeContinued: true });
      waiting.resolve({ status: 'accepted', response: {} });
      await finished(given.id);
      assert.deepEqual(
        (await reports('EXPECTED')).map(({ status, id }) => [status, id]),
        [['receiving', asked?.id]],
      );
      answer(undefined, 'rejected');
      await command('EXPECTED', 'get-monitoring-report');
      answer(undefined, 'timeout');
      await command('EXPECTED', 'get-report');
      assert.deepEqual(
        (await reports('EXPECTED')).map(({ kind, status }) => `${kind} ${status}`),
        ['device requested', 'monitoring refused', 'device receiving'],
      );
    });

    it('time out, and are completed all the same when the rest comes', async () => {
      const admitted = await bench.connect('LATE');
      const dependencies = {
        knex: bench.test.knex,
        clock: bench.clock,
        logger: createLogger({ level: 'silent', format: 'json' }),
        onEvents: () => {},
      };
      await endSilentReports({ ...dependencies, clock: { now: () => instant(bench.clock.now() + 3600_000) } });
      await report(admitted, 1, 0, [variable('A', 'a', '1')], { toBeContinued: true });
      await command('LATE', 'get-base-report', { requestId: 2, reportBase: 'FullInventory' });
      bench.clock.advance(9 * MINUTE);
      assert.equal(await endSilentReports(dependencies), 0);
      bench.clock.advance(2 * MINUTE);
      assert.equal(await endSilentReports(dependencies), 2);
      assert.deepEqual(
        (await reports('LATE')).map(({ requestId, status }) => [requestId, status]),
        [
          [2, 'timed-out'],
          [1, 'timed-out'],
        ],
      );
      assert.equal(await endSilentReports(dependencies), 0);
      const events = await told('LATE', 'device.reported');
      assert.deepEqual(events.map(({ requestId, status }) => `${requestId} ${status}`).sort(), [
        '1 receiving',
        '1 timed-out',
        '2 timed-out',
      ]);
      await report(admitted, 1, 1, [variable('A', 'b', '2')]);
      const [, first] = await reports('LATE');
      assert.deepEqual([first?.status, first?.partsReceived], ['complete', 2]);
      assert.deepEqual(await values('LATE'), ['A.a=1', 'A.b=2']);
    });

    it('are odd, cut and flagged, but kept', async () => {
      const admitted = await bench.connect('ODD');
      const long = 'n'.repeat(150);
      await report(
        admitted,
        -5,
        1.5,
        [
          variable(`${long}x`, 'A\u0000\ud800', 'v'.repeat(3000)),
          // The same name when cut: one row, the later value.
          variable(`${long}y`, 'a\u0000\ud800', 'w'),
          { component: { name: 'E', evseId: -1 }, variable: { name: 'v', instance: '' }, attributes: [] },
          {
            ...variable('T', 'v', '1'),
            attributes: [...Array(20).keys()].map((index) => ({ type: `Type${index}` as 'Actual', value: '1' })),
            characteristics: { dataType: 'd'.repeat(90), supportsMonitoring: false },
          },
        ],
        { oddities: ['schema:/seqNo must be integer'] },
      );
      const rows = await list('ODD');
      assert.deepEqual(
        rows.map(({ variable: { name, instance }, component, flags }) => [component.evseId, name, instance, flags]),
        [
          [null, 'v', null, ['number-odd:name']],
          [null, 'A\ufffd\ufffd', null, ['text-cut:name', 'text-cut:value']],
          [null, 'v', null, ['too-many-attributes', 'text-cut:dataType']],
        ],
      );
      assert.equal(rows[1]?.attributes[0]?.value, 'w');
      assert.equal(rows[2]?.attributes.length, 8);
      const [stored] = await reports('ODD');
      assert.deepEqual(
        [stored?.requestId, stored?.status, stored?.flags],
        [null, 'complete', ['schema:/seqNo must be integer', 'number-odd:requestId', 'number-odd:sequenceNumber']],
      );
      await report(admitted, 1, 0, [variable('L', 'v', 'v'.repeat(3000))]);
      const [cut] = await list('ODD', { component: 'l' });
      assert.deepEqual([cut?.attributes[0]?.value?.length, cut?.attributes[0]?.valueCut], [2500, true]);
      await report(admitted, 1, 1, [variable('L', 'v', 'short')]);
      const [whole] = await list('ODD', { component: 'L' });
      assert.deepEqual([whole?.attributes[0]?.valueCut, whole?.flags], [false, []]);
    });

    it('of too many variables are flagged and not stored further', async () => {
      const admitted = await bench.connect('MANY');
      await report(admitted, 1, 0, [variable('A', 'a', '1')]);
      await bench.rows(`update csms.device_models m set variable_count = ${MAX_VARIABLES - 1} from csms.stations s
        where s.id = m.station_id and s.identity = 'MANY'`);
      await report(admitted, 2, 0, [variable('A', 'b', '1'), variable('A', 'c', '1'), variable('A', 'a', '2')]);
      assert.deepEqual(await values('MANY'), ['A.a=2', 'A.b=1']);
      const [stored] = await reports('MANY');
      assert.deepEqual([stored?.status, stored?.itemsReceived, stored?.flags], ['complete', 3, ['too-many-variables']]);
      assert.deepEqual(
        await bench.rows(`select variable_count, flags from csms.device_models m join csms.stations s on s.id = m.station_id
          where s.identity = 'MANY'`),
        [{ variable_count: MAX_VARIABLES, flags: ['too-many-variables'] }],
      );
    });

    it('of many stations at once are stored together, and an unknown station fails alone', async () => {
      const stations = await Promise.all([...Array(20).keys()].map((index) => bench.connect(`FLEET${index}`)));
      const nobody = { ...(stations[0] as Admitted), station: '01890000-0000-7000-8000-000000000000' };
      const outcomes = await Promise.allSettled(
        [...stations, nobody].flatMap((admitted) => [
          report(admitted, 1, 0, [variable('A', 'a', '1')], { toBeContinued: true }),
          report(admitted, 1, 1, [variable('A', 'b', '2')]),
        ]),
      );
      assert.deepEqual(
        outcomes.map((outcome) => (outcome.status === 'rejected' ? stationUnknown.is(outcome.reason) : 'stored')),
        [...Array(40).fill('stored'), true, true],
      );
      for (const index of stations.keys()) {
        assert.deepEqual(await values(`FLEET${index}`), ['A.a=1', 'A.b=2']);
        assert.equal((await reports(`FLEET${index}`))[0]?.status, 'complete');
      }
    });
  });

  describe('secrets', () => {
    it('are never stored', async () => {
      const admitted = await bench.connect('SECRETS');
      const secret = 'sesame-open-0001';
      await report(admitted, 1, 0, [
        variable('SecurityCtrlr', 'BasicAuthPassword', secret),
        variable(FLAT_COMPONENT, 'AuthorizationKey', secret),
        variable('Wifi', 'Setting', secret, { variable: { name: 'Setting', instance: 'passphrase' } }),
        variable('Ctrlr', 'Url', `wss://me:${secret}@example.com/x`),
        variable('Ctrlr', 'Empty', '', { variable: { name: 'SimPin' } }),
      ]);
      await port.deviceEventReported({
        origin: bench.origin(admitted),
        part: { sequenceNumber: 0, toBeContinued: false, generatedAt: { text: '', at: null } },
        events: [event(1, 'SecurityCtrlr', 'BasicAuthPassword', secret)],
      });
      for (const status of ['Accepted', 'RebootRequired'] as const) {
        await set('SECRETS', [{ component: 'SecurityCtrlr', name: 'BasicAuthPassword', value: secret, status }]);
      }
      assert.deepEqual(await values('SECRETS'), [
        'Configuration.AuthorizationKey=***',
        'Ctrlr.SimPin=',
        'Ctrlr.Url=wss://***@example.com/x',
        'SecurityCtrlr.BasicAuthPassword=***',
        'Wifi.Setting=***',
      ]);
      const everything = JSON.stringify([
        await bench.rows('select * from csms.device_attributes'),
        await bench.rows('select * from csms.device_events'),
        await bench.rows('select * from csms.commands'),
        await bench.events(),
      ]);
      assert.ok(!everything.includes(secret));
      // A change of a secret is told, though one cannot see that it is one.
      assert.deepEqual(
        (await told('SECRETS', 'variable.changed')).map(({ oldValue, newValue, rebootRequired }) => [
          oldValue,
          newValue,
          rebootRequired,
        ]),
        [
          ['***', '***', false],
          ['***', '***', true],
        ],
      );
    });
  });

  describe('settings', () => {
    it('are stored for each variable as the station answered', async () => {
      const admitted = await bench.connect('SET');
      await report(
        admitted,
        1,
        0,
        ['A', 'B', 'C', 'D'].map((name) => variable('Ctrlr', name, '1')),
      );
      bench.clock.advance(1000);
      const done = await set(
        'SET',
        [
          { name: 'a', value: '2', status: 'Accepted' },
          { name: 'B', value: '2', status: 'RebootRequired' },
          { name: 'C', value: '2', status: 'Rejected' },
          { name: 'D', value: '2', status: 'UnknownVariable' },
          { name: 'E', value: '2', status: 'Accepted' },
          { name: 'F', value: '2', status: 'NotSupportedAttributeType' },
        ],
        'rejected',
      );
      assert.equal(done.status, 'rejected');
      const shown = (await list('SET')).map(({ variable: { name }, attributes: [attribute] }) => [
        name,
        attribute?.value,
        attribute?.rebootRequired,
        attribute?.wantedValue,
        attribute?.mutability,
      ]);
      assert.deepEqual(shown, [
        ['a', '2', false, null, 'ReadWrite'],
        ['B', '1', true, '2', 'ReadWrite'],
        ['C', '1', false, null, 'ReadWrite'],
        ['E', '2', false, null, null],
      ]);
      assert.deepEqual(await values('SET', { gone: true }), ['Ctrlr.D=1']);
      assert.deepEqual(
        (await told('SET', 'variable.changed')).map(
          ({ variable: changed, oldValue, newValue, rebootRequired, cause }) => [
            (changed as { name: string }).name,
            oldValue,
            newValue,
            rebootRequired,
            cause,
          ],
        ),
        [
          ['a', '1', '2', false, 'set'],
          ['B', '1', '2', true, 'set'],
          ['E', null, '2', false, 'set'],
        ],
      );
      // What it is already is no change.
      await set('SET', [{ name: 'A', value: '2', status: 'Accepted' }]);
      assert.equal((await told('SET', 'variable.changed')).length, 3);
    });

    it('that need a restart wait for one', async () => {
      const admitted = await bench.connect('REBOOT');
      await report(admitted, 1, 0, [variable('Ctrlr', 'A', '1')]);
      const attribute = async () => (await list('REBOOT'))[0]?.attributes[0];
      const wait = async (value: string): Promise<void> => {
        bench.clock.advance(1000);
        await set('REBOOT', [{ name: 'A', value, status: 'RebootRequired' }]);
      };
      await wait('2');
      // The station still tells the old value; it was asked to tell of itself, and did not restart.
      bench.clock.advance(1000);
      await report(admitted, 2, 0, [variable('Ctrlr', 'A', '1')]);
      await boot(admitted, { reason: 'Triggered' });
      assert.deepEqual(await values('REBOOT', { rebootRequired: true }), ['Ctrlr.A=1']);
      assert.equal((await attribute())?.wantedValue, '2');

      bench.clock.advance(1000);
      await boot(admitted, { reason: 'RemoteReset' });
      const settled = await attribute();
      assert.deepEqual([settled?.value, settled?.rebootRequired, settled?.wantedValue], ['2', false, null]);
      assert.equal(settled?.valueAt, new Date(bench.clock.now()).toISOString());
      assert.deepEqual(await values('REBOOT', { rebootRequired: true }), []);
      assert.deepEqual((await told('REBOOT', 'variable.changed')).at(-1), {
        component: { name: 'Ctrlr', instance: null, evseId: null, connectorId: null },
        variable: { name: 'A', instance: null },
        attributeType: 'Actual',
        oldValue: '1',
        newValue: '2',
        rebootRequired: false,
        cause: 'restart',
        changedAt: settled?.valueAt,
      });
      await boot(admitted);
      assert.equal((await told('REBOOT', 'variable.changed')).length, 2);

      // Seen in effect, or set to something that needs no restart: nothing waits any more.
      await wait('3');
      bench.clock.advance(1000);
      await report(admitted, 3, 0, [variable('Ctrlr', 'A', '3')]);
      assert.deepEqual([(await attribute())?.value, (await attribute())?.rebootRequired], ['3', false]);
      await wait('4');
      bench.clock.advance(1000);
      await set('REBOOT', [{ name: 'A', value: '5', status: 'Accepted' }]);
      assert.deepEqual([(await attribute())?.value, (await attribute())?.rebootRequired], ['5', false]);
    });

    it('go to the station in parts of the size that it takes', async () => {
      const admitted = await bench.connect('PARTS');
      const items = (count: number) =>
        [...Array(count).keys()].map((index) => ({ component: { name: 'C' }, variable: `v${index}` }));
      const monitors = items(2).map((item) => ({ ...item, type: 'Delta', value: 1, severity: 1 }));
      const sizes = async (): Promise<(number | undefined)[]> => {
        bench.link.executed.length = 0;
        answer(undefined);
        await command('PARTS', 'get-variables', { variables: items(2) });
        await command('PARTS', 'set-variables', { variables: items(2).map((item) => ({ ...item, value: '1' })) });
        await command('PARTS', 'set-variable-monitoring', { monitors });
        await command('PARTS', 'clear-variable-monitoring', { ids: [1, 2] });
        return bench.link.executed.map(({ command: sent }) =>
          'itemsPerMessage' in sent ? sent.itemsPerMessage : undefined,
        );
      };
      assert.deepEqual(await sizes(), Array(4).fill(DEFAULT_ITEMS_PER_MESSAGE));
      const limit = (component: string, instance: string, value: string) =>
        variable(component, 'ItemsPerMessage', value, { variable: { name: 'ItemsPerMessage', instance } });
      await report(admitted, 1, 0, [
        limit('DeviceDataCtrlr', 'GetVariables', '2'),
        limit('DeviceDataCtrlr', 'SetVariables', '9999'),
        limit('MonitoringCtrlr', 'SetVariableMonitoring', '0'),
        variable('monitoringctrlr', 'itemsPerMessageClearVariableMonitoring', ' 7'),
      ]);
      assert.deepEqual(await sizes(), [2, MAX_ITEMS_PER_MESSAGE, DEFAULT_ITEMS_PER_MESSAGE, 7]);
      // Keys of OCPP 1.6.
      const flat = await bench.connect('PARTS16');
      await report(flat, 1, 0, [variable(FLAT_COMPONENT, 'GetConfigurationMaxKeys', '20')]);
      await command('PARTS16', 'get-variables', { variables: items(3) });
      await command('PARTS16', 'get-variables');
      assert.deepEqual(
        bench.link.executed.slice(-2).map(({ command: sent }) => sent),
        [
          { action: 'get-variables', payload: { variables: items(3) }, itemsPerMessage: 20 },
          { action: 'get-variables', payload: {} },
        ],
      );
    });
  });

  describe('answers to reading', () => {
    const flat = (name: string, value: string | undefined, mutability: 'ReadOnly' | 'ReadWrite'): DeviceVariable => ({
      component: { name: FLAT_COMPONENT },
      variable: { name },
      attributes: [{ type: 'Actual', value, mutability }],
    });

    it('of stations that have keys only are their model', async () => {
      await bench.connect('FLAT');
      const { deviceModel } = bench.csms.operatorPorts;
      await bench.rows(`update csms.stations set capabilities = array['get-variables'] where identity = 'FLAT'`);
      const read = async (...variables: DeviceVariable[]): Promise<void> => {
        bench.clock.advance(1000);
        answer({ kind: 'variables', variables, unknown: [] });
        const { id } = await deviceModel.refresh(EVERYTHING, 'FLAT', { requestedBy: 'ann' }, ALL);
        await finished(id);
      };
      await read(
        flat('HeartbeatInterval', '300', 'ReadWrite'),
        flat('NumberOfConnectors', '2', 'ReadOnly'),
        flat('AuthorizationKey', undefined, 'ReadWrite'),
      );
      assert.deepEqual(bench.link.executed.at(-1)?.command, { action: 'get-variables', payload: {} });
      assert.deepEqual(
        (await list('FLAT')).map(({ variable: { name }, attributes: [attribute] }) => [
          name,
          attribute?.value,
          attribute?.mutability,
        ]),
        [
          ['AuthorizationKey', null, 'ReadWrite'],
          ['HeartbeatInterval', '300', 'ReadWrite'],
          ['NumberOfConnectors', '2', 'ReadOnly'],
        ],
      );
      assert.deepEqual(
        (await list('FLAT', { mutability: 'ReadOnly' })).map(({ variable: { name } }) => name),
        ['NumberOfConnectors'],
      );
      // An answer with nothing in it does not empty the model.
      await read();
      assert.equal((await list('FLAT')).length, 3);
      await read(flat('HeartbeatInterval', '60', 'ReadWrite'));
      assert.deepEqual(await values('FLAT'), ['Configuration.HeartbeatInterval=60']);
      assert.deepEqual(await values('FLAT', { gone: true }), [
        'Configuration.AuthorizationKey=',
        'Configuration.NumberOfConnectors=2',
      ]);
    });

    it('about some variables change those, and mark what the station does not know', async () => {
      const admitted = await bench.connect('SOME');
      await report(admitted, 1, 0, [variable('C', 'a', '1'), variable('C', 'b', '1'), variable('C', 'c', '1')]);
      bench.clock.advance(1000);
      answer({
        kind: 'variables',
        variables: [
          { component: { name: 'c' }, variable: { name: 'A' }, attributes: [{ type: 'Actual', value: '2' }] },
        ],
        unknown: [
          { component: { name: 'C' }, variable: { name: 'b' } },
          { component: { name: 'C' }, variable: { name: 'never-heard-of' } },
        ],
      });
      await command('SOME', 'get-variables', {
        variables: ['A', 'b', 'never-heard-of'].map((name) => ({ component: { name: 'C' }, variable: name })),
      });
      assert.deepEqual(await values('SOME'), ['c.A=2', 'C.c=1']);
      assert.equal((await list('SOME'))[0]?.attributes[0]?.mutability, 'ReadWrite');
      assert.deepEqual(await values('SOME', { gone: true }), ['C.b=1']);
    });

    it('never put an older value in the place of a newer one', async () => {
      const admitted = await bench.connect('NEWEST');
      const start = bench.clock.now();
      await fc.assert(
        fc.asyncProperty(fc.shuffledSubarray([1, 2, 3, 4, 5], { minLength: 5 }), async (order) => {
          const name = `v${order.join('')}`;
          for (const second of order) {
            const at = instant(start + second * 1000);
            const origin = bench.origin(admitted, { receivedAt: instant(start + 10_000) });
            const timestamp = { text: '', at };
            if (second % 2 === 0) {
              await port.deviceReported({
                origin,
                part: { requestId: 5, sequenceNumber: 0, generatedAt: timestamp, toBeContinued: false },
                variables: [variable('C', name, String(second))],
              });
            } else {
              await port.deviceEventReported({
                origin,
                part: { sequenceNumber: 0, generatedAt: timestamp, toBeContinued: false },
                events: [event(second, 'C', name, String(second), at)],
              });
            }
          }
          const [found] = await list('NEWEST', { variable: name });
          assert.equal(found?.attributes[0]?.value, '5');
        }),
        { numRuns: 12 },
      );
    });
  });

  describe('events', () => {
    const report1 = async (admitted: Admitted, ...events: DeviceEvent[]): Promise<void> => {
      const generatedAt = { text: '', at: instant(bench.clock.now()) };
      await port.deviceEventReported({
        origin: bench.origin(admitted),
        part: { sequenceNumber: 3, generatedAt, toBeContinued: true },
        events,
      });
    };
    const stored = async (station: string, filter: { component?: string; variable?: string } = {}) =>
      (await model.events(EVERYTHING, station, filter, { limit: 500 })).items;

    it('are kept once, told, and change the value', async () => {
      const admitted = await bench.connect('EVENT');
      await report(admitted, 1, 0, [variable('Fan', 'Problem', 'false'), variable('Fan', 'Speed', '10')]);
      bench.clock.advance(5000);
      const at = instant(bench.clock.now() - 1000);
      const problem = {
        ...event(1, 'Fan', 'Problem', 'true', at),
        trigger: 'Alerting',
        // Wired into the station: without a monitor.
        notificationType: 'HardWiredNotification',
        monitorId: undefined,
        cause: 7,
        techCode: 'E1',
        techInfo: 'stuck',
        cleared: false,
        stationTransactionId: 'tx',
      };
      await report1(admitted, problem, event(2, 'Fan', 'Speed', '10', at));
      await report1(admitted, problem, event(3, 'fan', 'speed', '11', at));
      const items = await stored('EVENT');
      assert.deepEqual(
        items.map(({ eventId, actualValue, monitorId }) => [eventId, actualValue, monitorId]),
        [
          [3, '11', 9],
          [2, '10', 9],
          [1, 'true', null],
        ],
      );
      const time = new Date(at).toISOString();
      assert.deepEqual(items[2], {
        id: items[2]?.id,
        eventId: 1,
        component: { name: 'Fan', instance: null, evseId: null, connectorId: null },
        variable: { name: 'Problem', instance: null },
        trigger: 'Alerting',
        notificationType: 'HardWiredNotification',
        actualValue: 'true',
        monitorId: null,
        cause: 7,
        techCode: 'E1',
        techInfo: 'stuck',
        cleared: false,
        stationTransactionId: 'tx',
        occurredAt: time,
        effectiveAt: time,
        receivedAt: new Date(bench.clock.now()).toISOString(),
        flags: [],
      });
      assert.deepEqual(
        (await stored('EVENT', { component: 'FAN', variable: 'problem' })).map(({ eventId }) => eventId),
        [1],
      );
      assert.equal((await told('EVENT', 'device-event.reported')).length, 3);
      assert.deepEqual(
        (await told('EVENT', 'variable.changed')).map(({ variable: changed, oldValue, newValue, cause }) => [
          (changed as { name: string }).name.toLowerCase(),
          oldValue,
          newValue,
          cause,
        ]),
        [
          ['problem', 'false', 'true', 'event'],
          ['speed', '10', '11', 'event'],
        ],
      );
      assert.deepEqual(await values('EVENT', { problem: true }), ['Fan.Problem=true', 'fan.speed=11']);
      assert.deepEqual(await values('EVENT', { problem: false }), []);
    });

    it('that come late are kept, and leave the newer value', async () => {
      const admitted = await bench.connect('EVENT-LATE');
      const now = instant(bench.clock.now());
      await report1(admitted, event(1, 'C', 'v', 'new', now));
      await report1(admitted, event(2, 'C', 'v', 'old', instant(now - 5000)));
      assert.deepEqual(await values('EVENT-LATE'), ['C.v=new']);
      assert.equal((await stored('EVENT-LATE')).length, 2);
      // The first says what it is, not that it was something else before; the second is over.
      assert.deepEqual(await told('EVENT-LATE', 'variable.changed'), []);
      // In one message the later counts, whatever their order.
      bench.clock.advance(10_000);
      await report1(
        admitted,
        event(3, 'C', 'v', 'c', instant(now + 3000)),
        event(4, 'C', 'v', 'b', instant(now + 2000)),
      );
      assert.deepEqual(await values('EVENT-LATE'), ['C.v=c']);
    });

    it('are numbered anew after a restart', async () => {
      const admitted = await bench.connect('EVENT-AGAIN');
      const now = instant(bench.clock.now());
      await report1(admitted, event(1, 'C', 'v', '1', now));
      await report1(admitted, event(1, 'C', 'v', '1', instant(now - 1000)), event(1, 'C', 'w', '1', now));
      assert.equal((await stored('EVENT-AGAIN')).length, 3);
    });

    it('without a time, or with an absurd one, are kept and flagged', async () => {
      const admitted = await bench.connect('EVENT-ODD');
      await report1(
        admitted,
        { ...event(1, 'C', 'v', 'x'.repeat(3000)), timestamp: { text: '?', at: null } },
        { ...event(-2, 'C', 'w', '1'), timestamp: { text: '', at: instant(8e15) }, monitorId: 2 ** 40 },
        { ...event(3, 'C', 'x', '1', instant(0)), techInfo: 't'.repeat(900) },
      );
      const items = await stored('EVENT-ODD');
      assert.deepEqual(
        items.map(({ eventId, monitorId, flags }) => [eventId, monitorId, flags]),
        [
          [3, 9, ['clock-unreliable', 'text-cut:techInfo']],
          [null, null, ['clock-unreliable', 'number-odd:eventId', 'number-odd:monitorId']],
          [1, 9, ['time-missing', 'text-cut:actualValue']],
        ],
      );
      const [, , long] = await told('EVENT-ODD', 'device-event.reported').then((events) => events.reverse());
      assert.equal(String(long?.actualValue).length, 500);
    });
  });

  describe('monitors', () => {
    const monitorsOf = async (station: string, gone = false) =>
      (await model.monitors(EVERYTHING, station, { gone }, { limit: 500 })).items.map(
        ({ id, component, variable: { name }, type, value, severity, transaction }) =>
          `${id} ${component.name}.${name} ${type} ${value} ${severity} ${transaction}`,
      );
    const tell = async (admitted: Admitted, requestId: number, sequenceNumber: number, ids: number[], last = true) => {
      await port.monitoringReported({
        origin: bench.origin(admitted),
        part: {
          requestId,
          sequenceNumber,
          generatedAt: { text: '', at: instant(bench.clock.now()) },
          toBeContinued: !last,
        },
        monitors: [
          {
            component: { name: 'C' },
            variable: { name: 'v' },
            monitors: ids.map((id) => ({ id, type: 'Delta', value: '1.5', severity: 4, transaction: true })),
          },
        ],
      });
    };

    it('come in parts, and a report of all shows what is gone', async () => {
      const admitted = await bench.connect('MONITORS');
      await tell(admitted, 1, 0, [1, 2], false);
      await tell(admitted, 1, 0, [1, 2], false);
      await tell(admitted, 1, 1, [3]);
      assert.deepEqual(
        await monitorsOf('MONITORS'),
        [1, 2, 3].map((id) => `${id} C.v Delta 1.5 4 true`),
      );
      assert.deepEqual(
        (await list('MONITORS'))[0]?.monitors.map(({ id }) => id),
        [1, 2, 3],
      );
      assert.deepEqual(
        (await told('MONITORS', 'monitoring.reported')).map(({ monitors, complete }) => [monitors, complete]),
        [
          [2, false],
          [1, true],
        ],
      );
      bench.clock.advance(MINUTE);
      await command('MONITORS', 'get-monitoring-report', { requestId: 2, monitoringCriteria: ['DeltaMonitoring'] });
      await tell(admitted, 2, 0, [1]);
      assert.equal((await monitorsOf('MONITORS')).length, 3);
      bench.clock.advance(MINUTE);
      await command('MONITORS', 'get-monitoring-report', { requestId: 3 });
      await tell(admitted, 3, 0, [2]);
      assert.deepEqual(await monitorsOf('MONITORS'), ['2 C.v Delta 1.5 4 true']);
      assert.deepEqual((await monitorsOf('MONITORS', true)).length, 2);
      // The variable is still there: a report of monitors says nothing about variables.
      assert.equal((await list('MONITORS')).length, 1);
    });

    it('are all gone when the station has none to report', async () => {
      const admitted = await bench.connect('MONITORS-NONE');
      await tell(admitted, 1, 0, [1, 2]);
      bench.clock.advance(MINUTE);
      answer({ kind: 'report-empty' });
      await command('MONITORS-NONE', 'get-monitoring-report', { monitoringCriteria: ['DeltaMonitoring'] });
      assert.equal((await monitorsOf('MONITORS-NONE')).length, 2);
      await command('MONITORS-NONE', 'get-monitoring-report');
      assert.equal((await monitorsOf('MONITORS-NONE')).length, 0);
      // Of variables a station always has some.
      await command('MONITORS-NONE', 'get-base-report', { reportBase: 'FullInventory' });
      assert.equal((await list('MONITORS-NONE')).length, 1);
      assert.deepEqual(
        (await reports('MONITORS-NONE')).map(({ status, partsReceived }) => [status, partsReceived]),
        [
          ['complete', 0],
          ['complete', 0],
          ['complete', 0],
          ['complete', 1],
        ],
      );
    });

    it('are set and cleared as the station answers', async () => {
      await bench.connect('MONITORS-SET');
      const asked = (variableName: string, value: number, severity: number) => ({
        component: { name: 'C', evseId: 1 },
        variable: variableName,
        type: 'UpperThreshold',
        value,
        severity,
      });
      const result = (name: string, severity: number, status: string, id?: number) => ({
        component: { name: 'C', evse: { id: 1 } },
        variable: { name },
        type: 'UpperThreshold',
        severity,
        status,
        ...(id === undefined ? {} : { id }),
      });
      answer({
        kind: 'monitors-set',
        results: [
          result('v', 2, 'Accepted', 12),
          result('v', 1, 'Accepted', 11),
          result('w', 1, 'Rejected'),
          { status: 'Accepted', id: 99 },
        ],
      });
      await command('MONITORS-SET', 'set-variable-monitoring', {
        monitors: [asked('v', 10.5, 1), asked('v', 20, 2), asked('w', 1, 1)],
      });
      assert.deepEqual(await monitorsOf('MONITORS-SET'), [
        '11 C.v UpperThreshold 10.5 1 false',
        '12 C.v UpperThreshold 20 2 false',
      ]);
      answer({
        kind: 'monitors-cleared',
        results: [
          { id: 11, status: 'Rejected' },
          { id: 12, status: 'NotFound' },
        ],
      });
      await command('MONITORS-SET', 'clear-variable-monitoring', { ids: [11, 12] });
      assert.deepEqual(await monitorsOf('MONITORS-SET'), ['11 C.v UpperThreshold 10.5 1 false']);
      answer({ kind: 'monitors-cleared', results: [{ id: 11, status: 'Accepted' }] });
      await command('MONITORS-SET', 'clear-variable-monitoring', { ids: [11] });
      assert.deepEqual(await monitorsOf('MONITORS-SET'), []);
    });
  });

  describe('lists', () => {
    it('are searched by every filter, and come in pages', async () => {
      const admitted = await bench.connect('SEARCH');
      await report(admitted, 1, 0, [
        { ...variable('EVSE', 'Power', '11000'), component: { name: 'EVSE', evseId: 1 } },
        { ...variable('EVSE', 'Power', '22000'), component: { name: 'EVSE', evseId: 2 } },
        { ...variable('EVSE', 'Power', '3'), component: { name: 'EVSE', evseId: 10 } },
        { ...variable('Connector', 'Type', 'cCCS2'), component: { name: 'Connector', evseId: 1, connectorId: 1 } },
        {
          ...variable('AlignedDataCtrlr', 'Measurands', '50%_'),
          component: { name: 'AlignedDataCtrlr', instance: 'main' },
          variable: { name: 'Measurands', instance: 'tx' },
        },
      ]);
      const everything = ['Measurands=50%_', 'Type=cCCS2', 'Power=11000', 'Power=22000', 'Power=3'];
      const search = async (filter: DeviceVariableFilter) =>
        (await list('SEARCH', filter)).map(({ variable: { name }, attributes }) => `${name}=${attributes[0]?.value}`);
      const cases: [DeviceVariableFilter, string[]][] = [
        [{}, everything],
        [{ component: 'evse' }, everything.slice(2)],
        [{ component: 'EVSE', evseId: 2 }, ['Power=22000']],
        [{ connectorId: 1 }, ['Type=cCCS2']],
        [{ componentInstance: 'Main' }, ['Measurands=50%_']],
        [{ variable: 'TYPE' }, ['Type=cCCS2']],
        [{ variableInstance: 'tx' }, ['Measurands=50%_']],
        [{ search: 'ccs' }, ['Type=cCCS2']],
        [{ search: 'aligned' }, ['Measurands=50%_']],
        [{ search: '%_' }, ['Measurands=50%_']],
        [{ search: 'nowhere' }, []],
        [{ mutability: 'ReadOnly' }, []],
        [{ rebootRequired: false }, everything],
        [{ problem: true }, []],
      ];
      for (const [filter, expected] of cases) assert.deepEqual(await search(filter), expected, JSON.stringify(filter));

      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await model.variables(EVERYTHING, 'SEARCH', {}, { limit: 2, cursor });
        seen.push(...page.items.map(({ attributes }) => attributes[0]?.value ?? ''));
        cursor = page.nextCursor ?? undefined;
      } while (cursor !== undefined);
      assert.deepEqual(seen, ['50%_', 'cCCS2', '11000', '22000', '3']);
      await assert.rejects(model.variables(EVERYTHING, 'SEARCH', {}, { limit: 2, cursor: 'x' }), badCursor.is);
    });

    it('are there for those who may see the station only', async () => {
      const admitted = await bench.connect('SCOPE');
      await report(admitted, 1, 0, [variable('A', 'a', '1')]);
      const { siteId, organizationId } = await bench.csms.operatorPorts.stations.get(EVERYTHING, 'SCOPE');
      const scopes: [AccessScope, boolean][] = [
        [{ kind: 'sites', siteIds: [siteId] }, true],
        [{ kind: 'organizations', organizationIds: [organizationId] }, true],
        [{ kind: 'sites', siteIds: [organizationId] }, false],
        [{ kind: 'organizations', organizationIds: [] }, false],
      ];
      const page = { limit: 10 };
      for (const [scope, mayRead] of scopes) {
        for (const ask of [
          () => model.variables(scope, 'SCOPE', {}, page),
          () => model.reports(scope, 'SCOPE', {}, page),
          () => model.monitors(scope, 'SCOPE', {}, page),
          () => model.events(scope, 'SCOPE', {}, page),
        ]) {
          if (mayRead) assert.equal((await ask()).nextCursor, null);
          else await assert.rejects(ask(), stationUnknown.is);
        }
        if (!mayRead) {
          await assert.rejects(model.refresh(scope, 'SCOPE', { requestedBy: null }, ALL), stationUnknown.is);
        }
      }
      for (const nobody of ['NOBODY', 'NUL\u0000']) {
        await assert.rejects(model.variables(EVERYTHING, nobody, {}, page), stationUnknown.is);
      }
    });
  });

  describe('refreshing', () => {
    it('asks in the way that the station has', async () => {
      await bench.connect('REFRESH');
      const variables = [{ component: { name: 'A' }, variable: 'a' }];
      for (const request of [{}, { reportBase: 'SummaryInventory' as const }, { variables }]) {
        await finished((await model.refresh(EVERYTHING, 'REFRESH', { ...request, requestedBy: 'ann' }, ALL)).id);
      }
      assert.deepEqual(
        bench.link.executed.map(({ command: { action, payload } }) => [action, { ...payload, requestId: undefined }]),
        [
          ['get-base-report', { reportBase: 'FullInventory', requestId: undefined }],
          ['get-base-report', { reportBase: 'SummaryInventory', requestId: undefined }],
          ['get-variables', { variables, requestId: undefined }],
        ],
      );
    });

    it('is done by itself when the model is not known, or the firmware is another one', async () => {
      await using own = await createCsmsBench();
      const { stationPort, operatorPorts } = own.csms;
      const dependencies = {
        knex: own.test.knex,
        clock: own.clock,
        logger: createLogger({ level: 'silent', format: 'json' }),
        commands: operatorPorts.commands,
      };
      const start = (admitted: Admitted, firmwareVersion: string | null) =>
        stationPort.booted({
          origin: own.origin(admitted),
          vendor: 'V',
          model: 'M',
          serialNumber: null,
          firmwareVersion,
          iccid: null,
          imsi: null,
          meterType: null,
          meterSerialNumber: null,
        });
      const asked = async (): Promise<string[]> => {
        const before = own.link.executed.length;
        await askForReports(dependencies);
        return own.link.executed.slice(before).map(({ station, command: { action } }) => `${station} ${action}`);
      };
      const station = await own.connect('NEW');
      const keysOnly = await own.connect('KEYS', { capabilities: ['get-variables'] });
      const waiting = await own.connect('WAITING');
      await operatorPorts.stations.update(EVERYTHING, 'WAITING', { registrationStatus: 'Pending' });
      const away = await own.connect('AWAY');
      for (const admitted of [station, keysOnly, waiting, away]) {
        await start(admitted, '1');
      }
      await stationPort.disconnected(away.station, away.epoch, 'gone');
      // A station has other things to tell when it has just started.
      assert.deepEqual(await asked(), []);
      own.clock.advance(2 * MINUTE);
      assert.deepEqual(await asked(), [`${station.station} get-base-report`]);
      own.clock.advance(2 * MINUTE);
      assert.deepEqual(await asked(), []);

      const { items } = await operatorPorts.deviceModel.reports(EVERYTHING, 'NEW', {}, { limit: 1 });
      const at = instant(own.clock.now());
      await stationPort.deviceReported({
        origin: own.origin(station),
        part: {
          requestId: items[0]?.requestId ?? 0,
          sequenceNumber: 0,
          generatedAt: { text: '', at },
          toBeContinued: false,
        },
        variables: [variable('A', 'a', '1')],
      });
      // The same firmware has reported: neither time nor a restart makes it be asked again.
      own.clock.advance(48 * 60 * MINUTE);
      await start(station, '1');
      own.clock.advance(2 * MINUTE);
      assert.deepEqual(await asked(), []);
      await start(station, '2');
      own.clock.advance(2 * MINUTE);
      assert.deepEqual(await asked(), [`${station.station} get-base-report`]);
      // It did not report: once a day.
      own.clock.advance(60 * MINUTE);
      assert.deepEqual(await asked(), []);
      own.clock.advance(24 * 60 * MINUTE);
      assert.deepEqual(await asked(), [`${station.station} get-base-report`]);
      assert.ok(own.csms.jobs.some(({ name }) => name === 'csms.ask-for-device-reports'));
    });

    for (const askForDeviceReports of [true, false]) {
      it(`is ${askForDeviceReports ? '' : 'not '}done by itself when that is switched ${askForDeviceReports ? 'on' : 'off'}`, async () => {
        await using own = await createCsmsBench({ settings: { askForDeviceReports } });
        const station = await own.connect('NEW');
        await own.csms.stationPort.booted({
          origin: own.origin(station),
          vendor: 'V',
          model: 'M',
          serialNumber: null,
          firmwareVersion: '1',
          iccid: null,
          imsi: null,
          meterType: null,
          meterSerialNumber: null,
        });
        own.clock.advance(2 * MINUTE);
        const job = own.csms.jobs.find(({ name }) => name === 'csms.ask-for-device-reports');
        await job?.run(new AbortController().signal);
        assert.deepEqual(
          own.link.executed.map(({ command }) => command.action),
          askForDeviceReports ? ['get-base-report'] : [],
        );
      });
    }
  });

  function event(eventId: number, component: string, name: string, actualValue: string, at?: Instant): DeviceEvent {
    return {
      eventId,
      timestamp: { text: '', at: at ?? instant(bench.clock.now()) },
      trigger: 'Delta',
      actualValue,
      notificationType: 'CustomMonitor',
      component: { name: component },
      variable: { name },
      monitorId: 9,
    };
  }
});
