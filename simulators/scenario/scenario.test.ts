import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SimulatedStation } from '../station/simulated-station.ts';
import { Stage } from '../testing/stage.ts';
import { runScenario } from './run-scenario.ts';
import { readScenario, type Scenario } from './scenario.ts';
import { loadScenario, SCENARIOS } from './scenarios.ts';

const WEEK_MS = 7 * 86_400_000;

/** Plays a scenario to its end in stepped time. */
async function play(stage: Stage, scenario: Scenario, connectors = 1) {
  const station = stage.station({ connectors, configuration: { MeterValueSampleInterval: '60' } });
  await perform(stage, station, scenario);
  return station;
}

async function play201(stage: Stage, scenario: Scenario, connectors = 1) {
  const station = stage.station201({ connectors, configuration: { 'SampledDataCtrlr.TxUpdatedInterval': '60' } });
  await perform(stage, station, scenario);
  return station;
}

async function perform(stage: Stage, station: SimulatedStation, scenario: Scenario): Promise<void> {
  let isOver = false;
  const run = runScenario(station, scenario, { idTags: ['TAG-1', 'TAG-2'], once: true }).finally(() => {
    isOver = true;
  });
  run.catch(() => undefined);
  await stage.time.advanceTo(stage.time.now() + WEEK_MS, () => isOver);
  assert.equal(isOver, true, `${scenario.name} ended`);
  await run;
  await stage.time.settle();
}

describe('scenarios: built in', () => {
  for (const scenario of SCENARIOS) {
    it(`${scenario.name} plays through once, and its messages agree with each other`, async () => {
      await using stage = await Stage.open();
      const station = await play(stage, scenario, 2);
      const { starts, stops, totals } = station.acknowledged;
      assert.ok(starts.length >= 1, 'it charges');
      assert.equal(station.queue.length, 0);
      const ids = new Set(starts.map(({ response }) => response.transactionId));
      assert.equal(ids.size, starts.length);
      for (const { request } of stops) assert.ok(ids.has(request.transactionId));
      assert.equal(starts.length, stops.length);
      assert.ok(totals.statuses > 3);
      assert.deepEqual(stage.central.violations, []);
    });
  }

  for (const scenario of SCENARIOS) {
    it(`${scenario.name} plays through once in OCPP 2.0.1, too`, async () => {
      await using stage = await Stage.open();
      const station = await play201(stage, scenario, 2);
      const { events, totals } = station.acknowledged;
      const idsOf = (type: string) =>
        events
          .filter(({ request }) => request.eventType === type)
          .map(({ request }) => request.transactionInfo.transactionId);
      const started = idsOf('Started');
      assert.ok(started.length >= 1, 'it charges');
      assert.equal(new Set(started).size, started.length);
      assert.deepEqual(idsOf('Ended').sort(), started.sort());
      assert.equal(station.queue.length, 0);
      assert.ok(totals.statuses > 3);
      assert.deepEqual(stage.central.violations, []);
    });

    it(`${scenario.name} is the same story in both protocols`, async () => {
      const stories: object[] = [];
      for (const run of [play, play201]) {
        await using stage = await Stage.open();
        const { totals } = (await run(stage, scenario)).acknowledged;
        stories.push({ starts: totals.starts, stops: totals.stops, energyWh: totals.energyWh });
      }
      assert.deepEqual(stories[1], stories[0]);
    });
  }

  it('are valid data, and survive JSON', () => {
    for (const scenario of SCENARIOS) {
      assert.deepEqual(readScenario(JSON.parse(JSON.stringify(scenario))), scenario);
    }
    assert.equal(new Set(SCENARIOS.map(({ name }) => name)).size, SCENARIOS.length);
  });

  it('offline-replay tells two charges late, in order', async () => {
    await using stage = await Stage.open();
    await play(stage, await loadScenario('offline-replay'));
    const told = stage.central.calls.filter(({ action }) => /^(Start|Stop)Transaction$/.test(action));
    assert.deepEqual(
      told.map(({ action }) => action),
      ['StartTransaction', 'StopTransaction', 'StartTransaction', 'StopTransaction'],
    );
    const times = told.map(({ payload }) => String(payload.timestamp));
    assert.deepEqual([...times].sort(), times);
    const start = told[2]?.payload;
    const stop = told[3]?.payload;
    assert.equal(Number(stop?.meterStop) - Number(start?.meterStart), 3_000);
  });

  it('flaky-network repeats what was not answered', async () => {
    await using stage = await Stage.open();
    const station = await play(stage, await loadScenario('flaky-network'));
    assert.ok(stage.central.of('StartTransaction').length > station.acknowledged.starts.length);
    assert.ok(stage.central.of('StopTransaction').length > station.acknowledged.stops.length);
  });

  it('reservation refuses the stranger and uses the reservation up', async () => {
    await using stage = await Stage.open();
    await play(stage, await loadScenario('reservation'));
    assert.equal(stage.central.of('StartTransaction')[0]?.reservationId, 1);
    assert.ok(stage.central.of('Authorize').every(({ idTag }) => idTag !== 'SOMEBODY-ELSE'));
    assert.equal(stage.statuses(1).filter((status) => status === 'Reserved').length, 3);
  });

  it('remote-control is driven from afar where somebody does', async () => {
    await using stage = await Stage.open();
    const { central } = stage;
    void central
      .next('StatusNotification', ({ status }) => status === 'Preparing')
      .then(() => central.ask('CP-1', 'RemoteStartTransaction', { idTag: 'REMOTE', connectorId: 1 }));
    void central
      .next('MeterValues')
      .then(({ payload }) => central.ask('CP-1', 'RemoteStopTransaction', { transactionId: payload.transactionId }));
    await play(stage, await loadScenario('remote-control'));
    assert.equal(central.of('StartTransaction')[0]?.idTag, 'REMOTE');
    assert.equal(central.of('StopTransaction')[0]?.reason, 'Remote');
  });
});

describe('scenarios: the car that waits to be started from afar', () => {
  it('is left alone for hours, and also when it is stopped as soon as it has begun', async () => {
    await using stage = await Stage.open();
    const { central } = stage;
    void central
      .next('StatusNotification', ({ status }) => status === 'Preparing')
      .then(async () => {
        await stage.time.sleep(5 * 3_600_000);
        await central.ask('CP-1', 'RemoteStartTransaction', { idTag: 'REMOTE', connectorId: 1 });
      });
    void central
      .next('StatusNotification', ({ status }) => status === 'Charging')
      .then(() => central.ask('CP-1', 'RemoteStopTransaction', { transactionId: 1 }));
    await play(stage, await loadScenario('remote-control'));
    assert.deepEqual(
      central.of('StartTransaction').map(({ idTag }) => idTag),
      ['REMOTE'],
    );
    const [stop] = central.of('StopTransaction');
    assert.deepEqual([stop?.transactionId, stop?.reason], [1, 'Remote']);
  });
});

describe('scenarios: reading and running', () => {
  const steps = (...list: unknown[]) => ({ name: 'own', description: 'Mine.', steps: list });

  it('names the place of what is wrong', () => {
    const wrong: [unknown, RegExp][] = [
      [null, /at \/: an object/],
      [{ name: 'x', description: 'y', steps: [] }, /at \/steps: a list/],
      [{ description: 'y', steps: [{ do: 'boot' }] }, /at \/name: a text/],
      [steps({ do: 'dance' }), /at \/steps\/0\/do: one of boot/],
      [steps({ do: 'wait' }), /at \/steps\/0\/seconds: a number, or/],
      [steps({ do: 'wait', seconds: { min: 5, max: 1 } }), /seconds/],
      [steps({ do: 'boot', fast: true }), /at \/steps\/0\/fast: boot has no such field/],
      [
        steps({ do: 'repeat', steps: [{ do: 'reboot', type: 'Warm' }] }),
        /at \/steps\/0\/steps\/0\/type: one of Hard, Soft/,
      ],
    ];
    for (const [value, message] of wrong) assert.throws(() => readScenario(value), { message });
  });

  it('reads files, and says what is wrong with them', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'scenario-'));
    try {
      const path = join(folder, 'mine.json');
      await writeFile(path, JSON.stringify(steps({ do: 'boot' })));
      assert.equal((await loadScenario(path)).name, 'own');
      await writeFile(path, '{');
      await assert.rejects(loadScenario(path), { code: 'simulator.invalid_scenario' });
      await assert.rejects(loadScenario(join(folder, 'none.json')), /ENOENT/);
      await assert.rejects(loadScenario('nonsense'), /there is no such scenario; there are steady-day/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('does every kind of step', async () => {
    await using stage = await Stage.open();
    const scenario = readScenario(
      steps(
        { do: 'boot' },
        { do: 'clock-fault', fault: { kind: 'offset', milliseconds: 60_000 } },
        { do: 'meter-fault', fault: { kind: 'stuck' } },
        { do: 'spoil-answer', rule: { action: 'Reset', fault: { kind: 'never-answer' } } },
        { do: 'configure', key: 'ConnectionTimeOut', value: '30' },
        {
          do: 'repeat',
          times: 2,
          steps: [
            { do: 'card', idTag: 'X' },
            { do: 'wait', seconds: 40 },
          ],
        },
        { do: 'fault', errorCode: 'OtherError', info: 'door' },
        { do: 'clear-fault' },
        { do: 'reboot', type: 'Soft' },
        { do: 'power-off', silent: false },
        { do: 'power-on' },
        { do: 'data-transfer', vendorId: 'ACME', messageId: 'hello', data: 'x' },
        { do: 'drop-connection' },
        { do: 'data-transfer', vendorId: 'ACME', data: 'not connected' },
        { do: 'security-event', type: 'TamperDetectionActivated', techInfo: 'door' },
        { do: 'wait', seconds: 10 },
        { do: 'unplug' },
        { do: 'await-command', action: 'Reset', withinSeconds: 5 },
        { do: 'flush', withinSeconds: 5 },
        { do: 'command', action: 'DataTransfer', payload: { vendorId: 'v', data: '$idTag' } },
      ),
    );
    const station = await play(stage, scenario);
    assert.equal(stage.central.of('BootNotification').length, 3);
    assert.equal(stage.central.of('Authorize').length, 2);
    assert.deepEqual(stage.central.of('DataTransfer'), [{ vendorId: 'ACME', messageId: 'hello', data: 'x' }]);
    assert.deepEqual(
      stage.central.of('SecurityEventNotification').map(({ type, techInfo }) => [type, techInfo]),
      [['TamperDetectionActivated', 'door']],
      'it was told after the reconnect',
    );
    assert.equal(station.faults.clock?.kind, 'offset');
    assert.ok(stage.statuses(1).includes('Faulted'));
  });

  it('does every kind of step in OCPP 2.0.1, from words of 1.6 and in its own', async () => {
    await using stage = await Stage.open();
    const scenario = readScenario(
      steps(
        { do: 'boot' },
        { do: 'configure', key: 'ConnectionTimeOut', value: '30' },
        { do: 'configure', key: 'TxCtrlr.TxStartPoint', value: 'EVConnected', only: 'ocpp2.0.1' },
        { do: 'configure', key: 'MinimumStatusDuration', value: '5', only: 'ocpp1.6' },
        { do: 'spoil-call', rule: { action: 'StopTransaction', fault: { kind: 'repeat' } } },
        { do: 'plug-in' },
        { do: 'command', action: 'RemoteStartTransaction', payload: { connectorId: '$connector', idTag: '$idTag' } },
        { do: 'wait', seconds: 60 },
        { do: 'command', action: 'ChangeConfiguration', payload: { key: 'HeartbeatInterval', value: '600' } },
        { do: 'command', action: 'TriggerMessage', payload: { requestedMessage: 'MeterValues', connectorId: 1 } },
        { do: 'command', action: 'ChangeAvailability', payload: { connectorId: 0, type: 'Operative' } },
        { do: 'command', action: 'UnlockConnector', payload: { connectorId: 1 } },
        { do: 'card' },
        { do: 'wait', seconds: 10 },
        { do: 'unplug' },
        {
          do: 'command',
          action: 'SetVariables',
          only: 'ocpp2.0.1',
          payload: {
            setVariableData: [
              {
                component: { name: 'SampledDataCtrlr' },
                variable: { name: 'TxUpdatedInterval' },
                attributeValue: '15',
              },
            ],
          },
        },
        { do: 'command', action: 'GetConfiguration', only: 'ocpp1.6', payload: {} },
        { do: 'fault', errorCode: 'GroundFailure', info: 'leak' },
        { do: 'clear-fault' },
        { do: 'data-transfer', vendorId: 'ACME', data: 'x' },
        { do: 'security-event', type: 'TamperDetectionActivated' },
        { do: 'command', action: 'Reset', payload: { type: 'Hard' } },
        { do: 'wait', seconds: 60 },
        { do: 'reboot', type: 'Soft' },
        { do: 'await-command', action: 'RemoteStopTransaction', withinSeconds: 5 },
        { do: 'flush', withinSeconds: 60 },
      ),
    );
    const station = await play201(stage, scenario);
    const events = stage.central
      .of('TransactionEvent')
      .map(({ eventType, triggerReason }) => [eventType, triggerReason]);
    assert.deepEqual(events, [
      ['Started', 'CablePluggedIn'],
      ['Updated', 'RemoteStart'],
      ['Updated', 'ChargingStateChanged'],
      ['Updated', 'MeterValuePeriodic'],
      ['Ended', 'StopAuthorized'],
      ['Ended', 'StopAuthorized'],
    ]);
    assert.equal(station.device.integer('SampledDataCtrlr.TxUpdatedInterval'), 15);
    assert.equal(station.device.integer('TxCtrlr.EVConnectionTimeOut'), 30);
    assert.deepEqual(
      stage.central.of('BootNotification').map(({ reason }) => reason),
      ['PowerUp', 'RemoteReset', 'LocalReset'],
    );
    assert.equal(stage.central.of('MeterValues').length, 1);
    assert.equal(stage.deviceEvents().length, 2);
    const untranslated = readScenario(
      steps({ do: 'boot' }, { do: 'command', action: 'SetChargingProfile', payload: {} }),
    );
    await assert.rejects(play201(stage, untranslated), /give a step with "only": "ocpp2.0.1"/);
  });

  it('ends when aborted, and when a step cannot be done', async () => {
    await using stage = await Stage.open();
    const station = stage.station();
    const abort = new AbortController();
    const run = runScenario(station, await loadScenario('steady-day'), { idTags: ['A'], signal: abort.signal });
    await station.waitFor('booted');
    abort.abort(new Error('enough'));
    await assert.rejects(run, /enough/);
    const bad = readScenario(steps({ do: 'plug-in', connector: 1 }, { do: 'plug-in', connector: 1 }));
    await assert.rejects(runScenario(stage.station({ identity: 'CP-2' }), bad, { idTags: ['A'] }), {
      code: 'simulator.not_possible',
    });
    await assert.rejects(runScenario(stage.station({ identity: 'CP-3' }), bad, { idTags: [] }), {
      code: 'simulator.invalid_option',
    });
  });
});
