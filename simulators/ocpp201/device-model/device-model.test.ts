import assert from 'node:assert/strict';
import { Stage } from '../../testing/stage.ts';
import { fits, integer, members, option, text } from './variable-definition.ts';

const ID = 'CP-1';

interface Reported {
  component: { name: string; evse?: { id: number } };
  variable: { name: string; instance?: string };
  variableAttribute: { value?: string; mutability: string }[];
  variableCharacteristics: { dataType: string };
}

const named = (component: object, variable: object) => ({ component, variable });
const attribute = (component: string, variable: string, more: object = {}) => ({
  component: { name: component },
  variable: { name: variable },
  ...more,
});

async function get(stage: Stage, ...data: object[]): Promise<Record<string, unknown>[]> {
  const { getVariableResult } = await stage.central.ask(ID, 'GetVariables', { getVariableData: data });
  return getVariableResult as Record<string, unknown>[];
}

async function set(stage: Stage, ...data: object[]): Promise<string[]> {
  const { setVariableResult } = await stage.central.ask(ID, 'SetVariables', { setVariableData: data });
  return (setVariableResult as { attributeStatus: string }[]).map(({ attributeStatus }) => attributeStatus);
}

async function report(stage: Stage, action: string, request: object): Promise<Record<string, unknown>[]> {
  const from = stage.central.of('NotifyReport').length;
  const done = stage.central.next('NotifyReport', ({ tbc }) => tbc === false);
  assert.equal((await stage.central.ask(ID, action, request)).status, 'Accepted');
  await done;
  return stage.central.of('NotifyReport').slice(from);
}

const dataOf = (pages: Record<string, unknown>[]) =>
  pages.flatMap(({ reportData }) => (reportData ?? []) as Reported[]);

describe('simulated station 2.0.1: device model', () => {
  it('answers for each variable by itself, without regard to case', async () => {
    await using stage = await Stage.open();
    await stage.started201();
    const results = await get(
      stage,
      attribute('ocppcommctrlr', 'heartbeatinterval'),
      attribute('OCPPCommCtrlr', 'Nonsense'),
      attribute('Nonsense', 'HeartbeatInterval'),
      attribute('OCPPCommCtrlr', 'HeartbeatInterval', { attributeType: 'Target' }),
      named({ name: 'EVSE', evse: { id: 1 } }, { name: 'AvailabilityState' }),
      named({ name: 'OCPPCommCtrlr' }, { name: 'MessageAttempts', instance: 'TransactionEvent' }),
      attribute('OCPPCommCtrlr', 'MessageAttempts'),
    );
    assert.deepEqual(
      results.map(({ attributeStatus, attributeValue }) => [attributeStatus, attributeValue]),
      [
        ['Accepted', '300'],
        ['UnknownVariable', undefined],
        ['UnknownComponent', undefined],
        ['NotSupportedAttributeType', undefined],
        ['Accepted', 'Available'],
        ['Accepted', '3'],
        ['UnknownVariable', undefined],
      ],
    );
  });

  it('sets what may be set, and what needs a reboot after the reboot', async () => {
    await using stage = await Stage.open();
    const station = await stage.started201();
    const profile = {
      configurationSlot: 2,
      connectionData: {
        ocppVersion: 'OCPP20',
        ocppTransport: 'JSON',
        ocppCsmsUrl: stage.central.url,
        messageTimeout: 30,
        securityProfile: 0,
        ocppInterface: 'Wired0',
      },
    };
    await stage.central.ask(ID, 'SetNetworkProfile', profile);
    assert.deepEqual(
      await set(
        stage,
        attribute('TxCtrlr', 'EVConnectionTimeOut', { attributeValue: '45' }),
        attribute('TxCtrlr', 'EVConnectionTimeOut', { attributeValue: 'soon' }),
        attribute('TxCtrlr', 'TxStartPoint', { attributeValue: 'EVConnected,Whenever' }),
        attribute('ChargingStation', 'Model', { attributeValue: 'Better' }),
        attribute('OCPPCommCtrlr', 'NetworkConfigurationPriority', { attributeValue: '2' }),
        { ...named({ name: 'EVSE', evse: { id: 1 } }, { name: 'Power' }), attributeValue: '5' },
      ),
      ['Accepted', 'Rejected', 'Rejected', 'Rejected', 'RebootRequired', 'Rejected'],
    );
    const priority = attribute('OCPPCommCtrlr', 'NetworkConfigurationPriority');
    assert.equal((await get(stage, priority))[0]?.attributeValue, '1');
    await stage.central.ask(ID, 'Reset', { type: 'OnIdle' });
    await stage.time.advance(60_000);
    assert.equal((await get(stage, priority))[0]?.attributeValue, '2');
    assert.equal(station.device.integer('TxCtrlr.EVConnectionTimeOut'), 45, 'kept over the reboot');
  });

  it('refuses more than ItemsPerMessage', async () => {
    await using stage = await Stage.open();
    await stage.started201();
    const many = Array(51).fill(attribute('OCPPCommCtrlr', 'HeartbeatInterval'));
    const result = await stage.central.command(ID, 'GetVariables', { getVariableData: many });
    assert.equal(result.kind === 'error' && result.code, 'OccurrenceConstraintViolation');
  });

  it('reports everything in pages of ItemsPerMessage and BytesPerMessage', async () => {
    await using stage = await Stage.open();
    const station = await stage.started201({ connectors: 2 });
    const pages = await report(stage, 'GetBaseReport', { requestId: 7, reportBase: 'FullInventory' });
    const total = station.device.all().length;
    assert.equal(pages.length, Math.ceil(total / 25));
    assert.deepEqual(
      pages.map(({ seqNo }) => seqNo),
      pages.map((_, index) => index),
    );
    assert.deepEqual(
      pages.map(({ tbc }) => tbc),
      pages.map((_, index) => index < pages.length - 1),
    );
    assert.ok(pages.every(({ requestId }) => requestId === 7));
    const all = dataOf(pages);
    assert.equal(all.length, total);
    const find = (component: string, variable: string) =>
      all.find((data) => data.component.name === component && data.variable.name === variable);
    assert.equal(find('SecurityCtrlr', 'BasicAuthPassword')?.variableAttribute[0]?.value, undefined);
    assert.equal(find('TxCtrlr', 'TxStartPoint')?.variableCharacteristics.dataType, 'MemberList');
    assert.equal(find('ChargingStation', 'VendorName')?.variableAttribute[0]?.value, 'Voltpile');
    assert.equal(all.filter(({ component }) => component.name === 'EVSE' && component.evse?.id === 2).length, 5);
    station.device.set('DeviceDataCtrlr.BytesPerMessage[GetReport]', '1000');
    const small = await report(stage, 'GetBaseReport', { requestId: 8, reportBase: 'FullInventory' });
    assert.ok(small.length > pages.length);
    assert.equal(dataOf(small).length, total);
    assert.deepEqual(stage.central.violations, []);
  });

  it('reports what can be set, what is out of order, and what is asked for by name', async () => {
    await using stage = await Stage.open();
    const station = await stage.started201();
    const configuration = dataOf(
      await report(stage, 'GetBaseReport', { requestId: 1, reportBase: 'ConfigurationInventory' }),
    );
    assert.ok(configuration.every(({ variableAttribute }) => variableAttribute[0]?.mutability !== 'ReadOnly'));
    const byName = dataOf(
      await report(stage, 'GetReport', {
        requestId: 2,
        componentVariable: [{ component: { name: 'TxCtrlr' }, variable: { name: 'TxStopPoint' } }],
      }),
    );
    assert.deepEqual(
      byName.map(({ variable }) => variable.name),
      ['TxStopPoint'],
    );
    const problems = { requestId: 3, componentCriteria: ['Problem'] };
    assert.equal((await stage.central.ask(ID, 'GetReport', problems)).status, 'EmptyResultSet');
    station.fault(1, 'OtherError');
    const broken = dataOf(await report(stage, 'GetReport', problems));
    assert.deepEqual([...new Set(broken.map(({ component }) => component.name))], ['Connector', 'EVSE']);
  });

  it('tells values that fit from those that do not', () => {
    assert.deepEqual(
      [
        fits(integer(1, { min: 1, max: 5 }), '5'),
        fits(integer(1, { min: 1, max: 5 }), '6'),
        fits(integer(1), '1.5'),
        fits(members('', ['A', 'B']), 'A, B'),
        fits(members('', ['A', 'B']), 'A,A'),
        fits(members('', ['A', 'B'], { min: 1 }), ''),
        fits(option('A', ['A', 'B']), 'C'),
        fits(text('', { min: 2, max: 3 }), 'abc'),
        fits({ value: '', dataType: 'boolean' }, 'TRUE'),
        fits({ value: '', dataType: 'decimal', max: 2 }, '1.5'),
        fits({ value: '', dataType: 'dateTime' }, 'yesterday'),
      ],
      [true, false, false, true, false, false, false, true, true, true, false],
    );
  });
});
