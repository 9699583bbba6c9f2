import { randomInt } from 'node:crypto';
import type { CommandsPort, TransactionsPort } from '@voltpile/csms/contract/operator-ports';
import type { Logger } from '@voltpile/platform/telemetry/logger';
import { makeStation } from '@voltpile/simulators/make-station';
import { SimulatedStation16 } from '@voltpile/simulators/ocpp16/station';
import { runScenario } from '@voltpile/simulators/scenario/run-scenario';
import type { SimulatedStation } from '@voltpile/simulators/station/simulated-station';
import { VirtualTime } from '@voltpile/simulators/virtual-time';
import type { DemoStation } from './demo-site.ts';
import { driveFromAfar } from './drive-from-afar.ts';
import type { SeededStation } from './seed-demo.ts';

export interface DemoFleetOptions {
  /** `ws://host:port/ocpp`, without the identity, and `tcp://host:port` for piles; absent when they are not listened for. */
  readonly urls: { readonly ocpp: string; readonly ykc?: string };
  readonly stations: readonly SeededStation[];
  readonly ports: { readonly commands: CommandsPort; readonly transactions: TransactionsPort };
  readonly logger: Logger;
}

export interface DemoFleet {
  /** Ends the charges, waits until that is told (at most 5 s), and closes the sockets. */
  stop(): Promise<void>;
}

/** So that a charge shows its energy soon; the standard's default is a minute. */
const SAMPLE_INTERVAL_SECONDS = '10';
/** After a scenario that could not go on, because somebody gave the station a command that it did not expect. */
const BEGIN_AGAIN_MS = 10_000;

/** Switches the demo's stations on, in real time. */
export function startDemoFleet({ urls, stations, ports, logger }: DemoFleetOptions): DemoFleet {
  const time = VirtualTime.real();
  const seed = randomInt(2 ** 32);
  const ended = new AbortController();
  const { signal } = ended;

  /** What goes on at one connector, until the demo ends. */
  const play = async (
    station: SimulatedStation,
    { scenario, idTags }: DemoStation,
    connectorId: number,
  ): Promise<void> => {
    while (!signal.aborted) {
      try {
        await runScenario(station, scenario(connectorId), { idTags: idTags[connectorId - 1] ?? [], signal });
      } catch (error) {
        if (signal.aborted) return;
        logger.info({ err: error, station: station.identity, connectorId }, 'a demo connector begins its day anew');
        await time.sleep(BEGIN_AGAIN_MS, signal).catch(() => undefined);
        if (station.connector(connectorId).vehicle !== undefined) station.unplug(connectorId);
      }
    }
  };

  const running = stations.map(async (seeded) => {
    const { id, protocol, idTags, maxPowerW, model, fromAfar } = seeded.station;
    const isPile = protocol === 'ykc';
    const url = isPile ? urls.ykc : urls.ocpp;
    if (url === undefined) return;
    const station = makeStation(protocol, {
      identity: id,
      url,
      time,
      seed,
      ...(seeded.key === null ? {} : { password: seeded.key }),
      connectors: idTags.length,
      maxPowerW,
      model,
      meterStartWh: seeded.meterStartWh.map((registerWh) => registerWh ?? randomInt(1_000, 5_000_000)),
      keepLedger: false,
      ...(isPile ? {} : { configuration: { MeterValueSampleInterval: SAMPLE_INTERVAL_SECONDS } }),
    });
    if (fromAfar && station instanceof SimulatedStation16)
      driveFromAfar(station, { ...ports, idTags: idTags.flat(), logger, signal });
    try {
      await Promise.all(station.chargingConnectors.map((connector) => play(station, seeded.station, connector.id)));
    } finally {
      await station.stop({ finish: true });
    }
  });

  return {
    async stop() {
      ended.abort(new Error('The demo ends'));
      try {
        await Promise.all(running);
      } finally {
        time.close();
      }
    },
  };
}
