import assert from 'node:assert/strict';
import { SimulatedStation201 } from '@voltpile/simulators/ocpp201/station';
import { runScenario } from '@voltpile/simulators/scenario/run-scenario';
import { SCENARIOS } from '@voltpile/simulators/scenario/scenarios';
import { VirtualTime } from '@voltpile/simulators/virtual-time';
import type { ApiClient } from './harness/api-client.ts';
import type { MeterValueDocument, TransactionDocument } from './harness/api-views.ts';
import { type ServerInProcess, startInProcess } from './harness/server-in-process.ts';

const CARDS = ['FLEET-1', 'FLEET-2', 'FLEET-3'];
/** The longest scenario takes a night and a working day. */
const DURATION_MS = 36 * 3_600_000;
/** What the meter said is not what was delivered: only that it is kept is compared. */
const WRONG_METERS = 'faulty-meter';
const ENERGY = 'Energy.Active.Import.Register';

describe('a simulated fleet of OCPP 2.0.1 through every built-in scenario (ports: json)', function () {
  this.timeout(60_000);
  let time: VirtualTime;
  let server: ServerInProcess;
  let api: ApiClient;
  const fleet = new Map<string, SimulatedStation201>();
  const trouble: string[] = [];

  before('a day and a half of virtual time, which ends now, for stations and server alike', async () => {
    time = VirtualTime.stepped(Date.now() - DURATION_MS);
    server = await startInProcess({ ports: 'json', clock: time });
    api = await server.login();
    for (const idToken of CARDS) {
      await api.post('/id-tokens', { idToken, type: 'ISO14443', status: 'Accepted', concurrentTransactions: true });
    }
    let running = 0;
    const runs = SCENARIOS.map(async (scenario) => {
      running += 1;
      const station = new SimulatedStation201({ identity: scenario.name, url: server.ocpp, time });
      fleet.set(scenario.name, station);
      station.on('violation', ({ what }) => trouble.push(`${scenario.name}: ${what}`));
      station.on('failed', ({ action, reason }) => {
        // Lost connections are what some scenarios are about.
        if (!reason.startsWith('The connection was lost')) trouble.push(`${scenario.name}: ${action}: ${reason}`);
      });
      try {
        await runScenario(station, scenario, { idTags: CARDS, once: true });
        await station.stop({ finish: true });
      } finally {
        running -= 1;
      }
    });
    await time.advanceTo(time.now() + DURATION_MS, () => running === 0);
    await Promise.all(runs);
    api = await server.login();
  });
  after(async () => {
    await Promise.all([...fleet.values()].map((station) => station.stop()));
    time?.close();
    await server?.[Symbol.asyncDispose]();
  });

  it('has made charges in every scenario, nothing is left to be said, and both sides kept to the protocol', () => {
    for (const [identity, station] of fleet) {
      assert.ok(station.ledger.totals.starts > 0, `${identity} has not charged`);
      assert.equal(station.ledger.totals.starts, station.ledger.totals.stops, identity);
      assert.equal(station.queue.length, 0, identity);
    }
    assert.deepEqual(trouble, []);
    assert.deepEqual(server.log, []);
  });

  it('finds every charge that the stations know to be acknowledged in the API, once and exact', async () => {
    for (const [identity, station] of fleet) {
      const stored = await api.all<TransactionDocument>(`/transactions?stationId=${identity}`);
      const requests = station.ledger.events.map(({ request }) => request);
      const starts = requests.filter(({ eventType }) => eventType === 'Started');
      assert.deepEqual(
        stored.map((one) => one.stationTransactionId).sort(),
        starts.map(({ transactionInfo }) => transactionInfo.transactionId).sort(),
        `transactions of ${identity}`,
      );
      for (const start of starts) {
        const { transactionId } = start.transactionInfo;
        const isThis = (request: (typeof requests)[number]) => request.transactionInfo.transactionId === transactionId;
        const end = requests.find((request) => request.eventType === 'Ended' && isThis(request));
        const one = stored.find((each) => each.stationTransactionId === transactionId);
        assert.ok(one !== undefined && end !== undefined);
        assert.deepEqual(
          {
            evseId: one.evseId,
            idToken: one.idToken,
            status: one.status,
            startedAt: Date.parse(one.startedAt),
            endedAt: Date.parse(one.endedAt ?? ''),
          },
          {
            evseId: start.evse?.id,
            idToken: start.idToken?.idToken,
            status: 'ended',
            startedAt: Date.parse(start.timestamp),
            endedAt: Date.parse(end.timestamp),
          },
          identity,
        );
        if (identity === WRONG_METERS) continue;
        const register = ({ meterValue }: typeof start) => meterValue?.at(-1)?.sampledValue[0]?.value ?? Number.NaN;
        assert.equal(one.energyWh, register(end) - register(start), identity);
        assert.deepEqual(
          one.flags.filter((flag) => flag !== 'offline-start'),
          [],
          identity,
        );
      }
    }
  });

  it('finds every acknowledged sample of a charge, once and with its value', async () => {
    for (const [identity, station] of fleet) {
      for (const one of await api.all<TransactionDocument>(`/transactions?stationId=${identity}`)) {
        const registers = await api.all<MeterValueDocument>(`/transactions/${one.id}/meter-values?measurand=${ENERGY}`);
        const stored = registers
          .filter(({ context }) => context === 'Sample.Periodic')
          .map(({ timestamp, value }) => `${timestamp} ${value}`);
        const acknowledged = new Set<string>();
        for (const { transactionId, meterValue } of station.ledger.samples) {
          if (transactionId !== one.stationTransactionId) continue;
          for (const { measurand, context, value } of meterValue.sampledValue) {
            if (measurand === ENERGY && context === 'Sample.Periodic')
              acknowledged.add(`${meterValue.timestamp} ${value}`);
          }
        }
        assert.deepEqual(stored.sort(), [...acknowledged].sort(), `samples of ${one.stationTransactionId}`);
      }
    }
  });
});
