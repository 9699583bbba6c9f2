import assert from 'node:assert/strict';
import { SimulatedStation16 } from '@voltpile/simulators/ocpp16/station';
import { runScenario } from '@voltpile/simulators/scenario/run-scenario';
import { SCENARIOS } from '@voltpile/simulators/scenario/scenarios';
import { VirtualTime } from '@voltpile/simulators/virtual-time';
import type { ApiClient } from './harness/api-client.ts';
import type { MeterValueDocument, StationDocument, TransactionDocument } from './harness/api-views.ts';
import { eventually } from './harness/eventually.ts';
import { PORT_STYLES, type ServerInProcess, startInProcess } from './harness/server-in-process.ts';

const CARDS = ['FLEET-1', 'FLEET-2', 'FLEET-3'];
/** The longest scenario takes a night and a working day. */
const DURATION_MS = 36 * 3_600_000;
const STATIONS_PER_SCENARIO = 2;
const MODEL = { vendor: 'Fleet', model: 'F-1', firmwareVersion: '4.5.6' };
/** What the meter said is not what was delivered: only that it is kept is compared, and that it is flagged. */
const WRONG_METERS = 'faulty-meter';

for (const ports of PORT_STYLES) {
  describe(`a simulated fleet through every built-in scenario (ports: ${ports})`, function () {
    this.timeout(60_000);
    let time: VirtualTime;
    let server: ServerInProcess;
    let api: ApiClient;
    const fleet = new Map<string, { readonly scenario: string; readonly station: SimulatedStation16 }>();

    before('a day and a half of virtual time, which ends now, for stations and server alike', async () => {
      time = VirtualTime.stepped(Date.now() - DURATION_MS);
      server = await startInProcess({ ports, clock: time });
      api = await server.login();
      for (const idToken of CARDS) {
        await api.post('/id-tokens', {
          idToken,
          type: 'ISO14443',
          status: 'Accepted',
          concurrentTransactions: true,
        });
      }
      let running = 0;
      const runs: Promise<void>[] = [];
      for (const { name } of SCENARIOS) {
        for (let number = 1; number <= STATIONS_PER_SCENARIO; number++) {
          const identity = `${name}-${number}`;
          const station = new SimulatedStation16({ identity, url: server.ocpp, time, seed: number, model: MODEL });
          fleet.set(identity, { scenario: name, station });
          running += 1;
          runs.push(
            play(station, name).finally(() => {
              running -= 1;
            }),
          );
        }
      }
      await time.advanceTo(time.now() + DURATION_MS, () => running === 0);
      await Promise.all(runs);
      api = await server.login();
    });
    after(async () => {
      await Promise.all([...fleet.values()].map(({ station }) => station.stop()));
      time?.close();
      await server?.[Symbol.asyncDispose]();
    });

    async function play(station: SimulatedStation16, name: string): Promise<void> {
      const scenario = SCENARIOS.find((one) => one.name === name);
      assert.ok(scenario !== undefined);
      await runScenario(station, scenario, { idTags: CARDS, once: true });
      await station.stop({ finish: true });
    }

    it('has made charges in every scenario, and nothing is left to be said', () => {
      for (const [identity, { station }] of fleet) {
        assert.ok(station.ledger.totals.starts > 0, `${identity} has not charged`);
        assert.equal(station.ledger.totals.starts, station.ledger.starts.length);
        assert.equal(station.queue.length, 0, identity);
      }
    });

    it('finds every charge that the stations know to be acknowledged in the API, once and exact', async () => {
      for (const [identity, { scenario, station }] of fleet) {
        const stored = await api.all<TransactionDocument>(`/transactions?stationId=${identity}`);
        const { starts, stops } = station.ledger;
        const numbers = new Set(starts.map(({ response }) => `${response.transactionId}`));
        assert.deepEqual(
          stored.map((one) => one.stationTransactionId).sort(),
          [...numbers].sort(),
          `transactions of ${identity}`,
        );
        for (const { request, response } of starts) {
          const one = stored.find((each) => each.stationTransactionId === `${response.transactionId}`);
          const stop = stops.find((each) => each.request.transactionId === response.transactionId)?.request;
          assert.ok(one !== undefined && stop !== undefined);
          assert.deepEqual(
            {
              evseId: one.evseId,
              idToken: one.idToken,
              status: one.status,
              startedAt: Date.parse(one.startedAt),
              endedAt: Date.parse(one.endedAt ?? ''),
              meterStartWh: one.meterStartWh,
              meterStopWh: one.meterStopWh,
            },
            {
              evseId: request.connectorId,
              idToken: request.idTag,
              status: 'ended',
              startedAt: Date.parse(request.timestamp),
              endedAt: Date.parse(stop.timestamp),
              meterStartWh: request.meterStart,
              meterStopWh: stop.meterStop,
            },
            identity,
          );
          if (scenario === WRONG_METERS) continue;
          assert.equal(one.energyWh, stop.meterStop - request.meterStart, identity);
          assert.deepEqual(
            one.flags.filter((flag) => flag !== 'offline-start'),
            [],
            identity,
          );
        }
      }
      const wrong = await api.all<TransactionDocument>(`/transactions?stationId=${WRONG_METERS}-1`);
      // The list begins with the newest: the charge with the good meter. The oldest one is that of the meter that ran backwards.
      assert.deepEqual(wrong[0]?.flags, []);
      assert.equal(wrong.at(-1)?.energyWh, 0);
      assert.ok(wrong.at(-1)?.flags.some((flag) => ['energy-ambiguous', 'energy-negative'].includes(flag)));
    });

    it('finds every acknowledged sample of a charge, once and with its value', async () => {
      for (const [identity, { station }] of fleet) {
        for (const one of await api.all<TransactionDocument>(`/transactions?stationId=${identity}`)) {
          const registers = await api.all<MeterValueDocument>(
            `/transactions/${one.id}/meter-values?measurand=Energy.Active.Import.Register`,
          );
          const stored = registers
            .filter(({ context }) => context === 'Sample.Periodic')
            .map(({ timestamp, value, unit }) => `${timestamp} ${value} ${unit}`);
          const acknowledged = new Set<string>();
          for (const { transactionId, meterValue } of station.ledger.samples) {
            if (`${transactionId}` !== one.stationTransactionId) continue;
            for (const { measurand, phase, context, value, unit } of meterValue.sampledValue) {
              if ((measurand ?? 'Energy.Active.Import.Register') !== 'Energy.Active.Import.Register') continue;
              if (phase !== undefined || (context ?? 'Sample.Periodic') !== 'Sample.Periodic') continue;
              const number = unit === 'kWh' ? Number(value) * 1000 : Number(value);
              acknowledged.add(`${new Date(meterValue.timestamp).toISOString()} ${number} Wh`);
            }
          }
          assert.deepEqual(stored.toSorted(), [...acknowledged].sort(), `${identity} ${one.stationTransactionId}`);
        }
      }
    });

    it('knows what each station is, and that it has gone', async () => {
      for (const identity of fleet.keys()) {
        const found = await eventually(`${identity} is offline`, async () => {
          const now = await api.get<StationDocument>(`/stations/${identity}`);
          return !now.online && now;
        });
        assert.deepEqual([found.vendor, found.model], [MODEL.vendor, MODEL.model]);
      }
      assert.deepEqual(server.log, []);
    });
  });
}
