import assert from 'node:assert/strict';
import { balanceUpdateReply } from '@voltpile/ykc/messages/balance';
import { login } from '@voltpile/ykc/messages/login';
import { realtimeData } from '@voltpile/ykc/messages/realtime-data';
import { transactionRecord } from '@voltpile/ykc/messages/record';
import { remoteStart, remoteStartReply, startRequest } from '@voltpile/ykc/messages/start';
import { remoteStop } from '@voltpile/ykc/messages/stop';
import type { SimulatedStation } from '../station/simulated-station.ts';
import { PILE, PileStage } from '../testing/pile-stage.ts';
import { Stage } from '../testing/stage.ts';
import type { VirtualTime } from '../virtual-time.ts';
import { NO_CARD } from '../ykc/card-number.ts';
import type { SimulatedPile } from '../ykc/pile.ts';
import { runScenario } from './run-scenario.ts';
import { readScenario, type Scenario } from './scenario.ts';
import { loadScenario, SCENARIOS } from './scenarios.ts';

const WEEK_MS = 7 * 86_400_000;
/** Reservations are unknown to piles. */
const PLAYABLE = SCENARIOS.filter(({ name }) => name !== 'reservation');

/** Plays a scenario to its end in stepped time. */
async function perform(time: VirtualTime, station: SimulatedStation, scenario: Scenario): Promise<void> {
  let isOver = false;
  const run = runScenario(station, scenario, { idTags: ['A1', 'B2'], once: true }).finally(() => {
    isOver = true;
  });
  run.catch(() => undefined);
  await time.advanceTo(time.now() + WEEK_MS, () => isOver);
  assert.equal(isOver, true, `${scenario.name} ended`);
  await run;
  await time.settle();
}

async function play(stage: PileStage, scenario: Scenario, connectors = 1): Promise<SimulatedPile> {
  const pile = stage.pile({}, { connectors });
  await perform(stage.time, pile, scenario);
  return pile;
}

describe('scenarios: built in, on piles of YKC', () => {
  for (const scenario of PLAYABLE) {
    it(`${scenario.name} plays through once, and its records agree with each other`, async () => {
      await using stage = await PileStage.open();
      const { ledger, queue } = await play(stage, scenario, 2);
      assert.ok(ledger.records.length >= 1, 'it charges');
      assert.equal(queue.length, 0);
      assert.equal(new Set(ledger.records.map(({ serial }) => serial)).size, ledger.records.length);
      assert.equal(ledger.totals.starts, ledger.totals.stops);
      assert.equal(ledger.totals.stops, ledger.records.length);
      for (const { startedAt, endedAt, energy } of ledger.records) {
        assert.ok(endedAt > startedAt);
        assert.ok(energy > 0);
      }
      assert.deepEqual(stage.central.violations, []);
    });
  }

  it('reservation cannot be played, and says why', async () => {
    await using stage = await PileStage.open();
    await assert.rejects(play(stage, await loadScenario('reservation')), {
      code: 'simulator.not_possible',
      message: /YKC has no counterpart of ReserveNow: give the step "unless": "ykc"/,
    });
  });

  for (const name of ['steady-day', 'power-cut']) {
    it(`${name} is the same story as in OCPP`, async () => {
      await using stage = await PileStage.open();
      const { totals } = (await play(stage, await loadScenario(name))).ledger;
      await using other = await Stage.open();
      // The same identity makes the same decisions.
      const station = other.station({ identity: PILE });
      await perform(other.time, station, await loadScenario(name));
      const ocpp = station.ledger.totals;
      assert.deepEqual([totals.starts, totals.stops], [ocpp.starts, ocpp.stops]);
      assert.ok(Math.abs(totals.energyWh - ocpp.energyWh) <= ocpp.stops, 'but for parts of a Wh');
    });
  }

  it('offline-replay tells two charges late, the second under a serial of its own', async () => {
    await using stage = await PileStage.open();
    await play(stage, await loadScenario('offline-replay'));
    const records = stage.central.of(transactionRecord);
    assert.deepEqual(
      records.map(({ txType }) => txType),
      [2, 4],
    );
    assert.equal(records[1]?.totalEnergy, 30_000);
  });

  it('remote-control is driven from afar where somebody does', async () => {
    await using stage = await PileStage.open();
    const { central } = stage;
    const txSerial = central.nextSerial(PILE);
    const order = { txSerial, pileNo: PILE, gun: '01', logicCard: NO_CARD, physCard: NO_CARD, balance: 100_000 };
    void central.next(realtimeData, ({ plugged }) => plugged === 1).then(() => central.send(PILE, remoteStart, order));
    void central
      .next(realtimeData, ({ status, energy }) => status === 3 && energy > 1_000)
      .then(() => central.send(PILE, remoteStop, { pileNo: PILE, gun: '01' }));
    await play(stage, await loadScenario('remote-control'));
    const [record] = central.of(transactionRecord);
    assert.deepEqual([record?.txSerial, record?.txType, record?.stopReason], [txSerial, 1, 0x40]);
  });
});

describe('scenarios: their words on piles of YKC', () => {
  const steps = (...list: unknown[]) => readScenario({ name: 'own', description: 'Mine.', steps: list });

  it('does every kind of step that has a counterpart, from words of 1.6 and in its own', async () => {
    await using stage = await PileStage.open();
    const pile = await play(
      stage,
      steps(
        { do: 'boot' },
        { do: 'configure', key: 'ConnectionTimeOut', value: '30', unless: 'ykc' },
        { do: 'spoil-call', rule: { action: 'StopTransaction', fault: { kind: 'repeat' } } },
        { do: 'spoil-answer', rule: { action: 'Reset', fault: { kind: 'never-answer' } } },
        { do: 'plug-in' },
        { do: 'command', action: 'RemoteStartTransaction', payload: { connectorId: '$connector', idTag: '$idTag' } },
        { do: 'wait', seconds: 60 },
        { do: 'command', action: 'TriggerMessage', payload: { requestedMessage: 'MeterValues', connectorId: 1 } },
        {
          do: 'command',
          action: '0x42',
          only: 'ykc',
          payload: { gun: '$connector', physCard: '$idTag', balance: 5_000 },
        },
        { do: 'card' },
        { do: 'wait', seconds: 10 },
        { do: 'unplug' },
        { do: 'command', action: 'ChangeAvailability', payload: { connectorId: 0, type: 'Inoperative' } },
        { do: 'card' },
        { do: 'command', action: '0x52', only: 'ykc', payload: { maxPower: 60 } },
        {
          do: 'command',
          action: 'SendLocalList',
          payload: { listVersion: 1, updateType: 'Full', localAuthorizationList: [{ idTag: 'A1' }, { idTag: 'B2' }] },
        },
        { do: 'go-offline' },
        { do: 'plug-in', vehicle: { vin: 'LSVNV2182E2100001' } },
        { do: 'card' },
        { do: 'charge', energyWh: 500 },
        { do: 'card', when: 'charging' },
        { do: 'go-online' },
        { do: 'vin' },
        { do: 'fault', errorCode: 'GroundFailure', info: 'leak' },
        { do: 'clear-fault' },
        { do: 'clock-fault', fault: { kind: 'offset', milliseconds: 60_000 } },
        { do: 'meter-fault', fault: { kind: 'stuck' } },
        { do: 'unplug' },
        { do: 'command', action: 'Reset', payload: { type: 'Hard' } },
        { do: 'wait', seconds: 60 },
        { do: 'reboot', type: 'Soft' },
        { do: 'power-off', silent: false },
        { do: 'power-on' },
        { do: 'drop-connection' },
        { do: 'await-command', action: 'RemoteStopTransaction', withinSeconds: 5 },
        { do: 'flush', withinSeconds: 60 },
      ),
    );
    assert.deepEqual(
      pile.ledger.records.map(({ kind, stopReason, energy }) => [kind, stopReason, energy > 0]),
      [
        ['app', 0x45, true],
        ['offline-card', 0x45, true],
        ['vin', 0x70, false],
      ],
    );
    assert.equal(stage.central.of(transactionRecord).length, 4, 'the first one came twice');
    assert.equal(stage.central.of(startRequest).length, 1);
    assert.equal(stage.central.of(login).length, 6);
    assert.equal(pile.profiles.percent, 60);
    assert.equal(pile.offlineCards.size, 2);
    // A scenario's commands are not answered on the wire.
    assert.deepEqual([stage.central.of(remoteStartReply), stage.central.of(balanceUpdateReply)], [[], []]);
    assert.deepEqual(stage.central.violations, []);
  });

  it('says what has no counterpart', async () => {
    await using stage = await PileStage.open();
    for (const [step, what] of [
      [{ do: 'configure', key: 'HeartbeatInterval', value: '5' }, 'the configuration key HeartbeatInterval'],
      [{ do: 'command', action: 'SetChargingProfile', payload: {} }, 'SetChargingProfile'],
      [
        { do: 'command', action: 'ChangeAvailability', payload: { connectorId: 1, type: 'Inoperative' } },
        'ChangeAvailability of a single connector',
      ],
      [{ do: 'data-transfer', vendorId: 'V' }, 'DataTransfer'],
      [{ do: 'security-event', type: 'X' }, 'a security event'],
      [{ do: 'spoil-call', rule: { action: 'DataTransfer', fault: { kind: 'repeat' } } }, 'DataTransfer'],
      [{ do: 'spoil-call', rule: { action: '*', fault: { kind: 'wrong-types' } } }, 'the fault wrong-types'],
      [{ do: 'spoil-answer', rule: { action: 'GetLog', fault: { kind: 'never-answer' } } }, 'GetLog'],
      [{ do: 'await-command', action: 'ReserveNow', withinSeconds: 5 }, 'ReserveNow'],
    ] as const) {
      const pile = stage.pile();
      await assert.rejects(runScenario(pile, steps(step), { idTags: ['A1'] }), {
        code: 'simulator.not_possible',
        message: `YKC has no counterpart of ${what}: give the step "unless": "ykc".`,
      });
    }
    const odd = steps({ do: 'command', action: '0x35', only: 'ykc', payload: {} });
    await assert.rejects(runScenario(stage.pile(), odd, { idTags: ['A1'] }), /0x35 is no command that a pile obeys/);
    await using ocpp = await Stage.open();
    await assert.rejects(runScenario(ocpp.station(), steps({ do: 'vin' }), { idTags: ['A1'] }), {
      code: 'simulator.not_possible',
    });
  });
});
