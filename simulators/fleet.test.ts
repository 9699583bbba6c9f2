import assert from 'node:assert/strict';
import { runFleet } from './fleet.ts';
import { loadScenario } from './scenario/scenarios.ts';
import { PileCentralSystem } from './testing/pile-central-system.ts';
import { PileStage } from './testing/pile-stage.ts';
import { Stage } from './testing/stage.ts';

describe('fleet', () => {
  it('runs many stations with jittered starts, few connecting at a time, and adds up what came of it', async () => {
    await using stage = await Stage.open();
    let connecting = 0;
    let most = 0;
    stage.central.answer('BootNotification', async () => {
      connecting += 1;
      most = Math.max(most, connecting);
      await new Promise((resolve) => setImmediate(resolve));
      connecting -= 1;
      return { status: 'Accepted', currentTime: new Date().toISOString(), interval: 900 };
    });
    let isOver = false;
    const booted = new Set<number>();
    const fleet = runFleet({
      url: stage.central.url,
      time: stage.time,
      scenario: await loadScenario('steady-day'),
      stations: 40,
      idPrefix: 'F',
      idTags: ['A', 'B'],
      startSpreadSeconds: 60,
      concurrency: 3,
      once: true,
      onEvent: (event) => {
        if (event.type === 'booted') booted.add(event.at);
      },
    }).finally(() => {
      isOver = true;
    });
    await stage.time.advanceTo(stage.time.now() + 86_400_000, () => isOver);
    const summary = await fleet;
    assert.equal(summary.stations, 40);
    assert.equal(summary.booted, 40);
    assert.equal(summary.transactionsStarted, 40);
    assert.equal(summary.transactionsStopped, 40);
    assert.ok(summary.energyWh > 40 * 4_000);
    assert.equal(summary.samples, stage.central.of('MeterValues').length);
    assert.equal(summary.statuses, stage.central.of('StatusNotification').length);
    assert.deepEqual(
      [summary.failedCalls, summary.failedStations, summary.violations, summary.unsentMessages],
      [0, 0, 0, 0],
    );
    assert.ok(booted.size > 30, 'not all at the same instant');
    assert.ok(most <= 3, `at most 3 at a time: ${most}`);
    assert.equal(stage.central.connectionCount, 0);
    assert.deepEqual(stage.central.violations, []);
  });

  it('ends its charges when aborted', async () => {
    await using stage = await Stage.open();
    const abort = new AbortController();
    const fleet = runFleet({
      url: stage.central.url,
      time: stage.time,
      scenario: await loadScenario('commuter'),
      stations: 3,
      idTags: ['A'],
      signal: abort.signal,
    });
    await stage.time.advance(600_000);
    assert.equal(stage.central.of('StartTransaction').length, 3);
    abort.abort(new Error('Ctrl-C'));
    const summary = await fleet;
    assert.equal(summary.transactionsStopped, 3);
    assert.equal(summary.firstError, null);
  });

  it('tells which station failed, and refuses sizes that make no sense', async () => {
    await using stage = await Stage.open();
    stage.central.refuseWith = 401;
    const scenario = await loadScenario('commuter');
    const options = { url: stage.central.url, time: stage.time, scenario, idTags: ['A'], once: true };
    let isOver = false;
    const fleet = runFleet({ ...options, stations: 2, station: { reconnect: { maxAttempts: 2 } } }).finally(() => {
      isOver = true;
    });
    await stage.time.advanceTo(stage.time.now() + 600_000, () => isOver);
    const summary = await fleet;
    assert.equal(summary.failedStations, 2);
    assert.match(summary.firstError ?? '', /^SIM-000[12]: Could not connect .* 401/);
    await assert.rejects(runFleet({ ...options, stations: 0 }), { code: 'simulator.invalid_option' });
    await assert.rejects(runFleet({ ...options, stations: 1, url: 'nowhere' }), { code: 'simulator.invalid_option' });
  });

  it('runs a site of every protocol, with piles that share connections', async () => {
    await using stage = await Stage.open();
    const piles = await PileCentralSystem.listen(stage.time);
    try {
      let isOver = false;
      let connections = 0;
      const fleet = runFleet({
        protocol: 'mixed',
        url: stage.central.url,
        pileUrl: piles.url,
        pilesPerConnection: 2,
        time: stage.time,
        scenario: await loadScenario('mixed-site'),
        stations: 9,
        idTags: ['A1', 'B2'],
        startSpreadSeconds: 20,
        once: true,
        station: { connectors: 2 },
        onEvent: ({ type }) => {
          if (type === 'booted') connections = Math.max(connections, piles.connectionCount);
        },
      }).finally(() => {
        isOver = true;
      });
      await stage.time.advanceTo(stage.time.now() + 86_400_000, () => isOver);
      const summary = await fleet;
      assert.deepEqual([summary.firstError, summary.booted, summary.unsentMessages], [null, 9, 0]);
      assert.deepEqual([summary.transactionsStarted, summary.transactionsStopped], [36, 36]);
      const identities = new Set(stage.central.calls.map(({ identity }) => identity));
      assert.equal(identities.size, 6);
      assert.deepEqual(
        [...new Set(piles.frames.map(({ pileNo }) => pileNo))].sort(),
        ['03', '06', '09'].map((number) => `320106000000${number}`),
      );
      assert.equal(connections, 2, 'three piles on two lines');
      assert.equal(piles.connectionCount, 0);
      assert.deepEqual([stage.central.violations, piles.violations], [[], []]);
    } finally {
      await piles.close();
    }
  });

  it('runs many piles', async () => {
    await using stage = await PileStage.open();
    let isOver = false;
    const fleet = runFleet({
      protocol: 'ykc',
      url: stage.central.url,
      pilePrefix: '3301',
      time: stage.time,
      scenario: await loadScenario('power-cut'),
      stations: 50,
      idTags: ['A1'],
      startSpreadSeconds: 60,
      once: true,
    }).finally(() => {
      isOver = true;
    });
    await stage.time.advanceTo(stage.time.now() + 86_400_000, () => isOver);
    const summary = await fleet;
    assert.deepEqual(
      [summary.booted, summary.transactionsStopped, summary.energyWh, summary.failedCalls, summary.firstError],
      [50, 50, 125_000, 0, null],
    );
    assert.equal(stage.central.frames[0]?.pileNo.slice(0, 4), '3301');
    const scenario = await loadScenario('power-cut');
    const options = { url: stage.central.url, time: stage.time, scenario, idTags: ['A'], protocol: 'ykc' } as const;
    for (const wrong of [{ pilePrefix: 'abc' }, { pilesPerConnection: 0 }, { protocol: [] }]) {
      await assert.rejects(runFleet({ ...options, stations: 1, ...wrong }), { code: 'simulator.invalid_option' });
    }
  });
});
