import { setMaxListeners } from 'node:events';
import { makeStation } from './make-station.ts';
import { Random } from './random.ts';
import { runScenario } from './scenario/run-scenario.ts';
import type { Scenario } from './scenario/scenario.ts';
import { invalidOption } from './station/errors.ts';
import type { StationEvent } from './station/events.ts';
import type { SimulatedStation } from './station/simulated-station.ts';
import type { SimulatedStationOptions } from './station/station-options.ts';
import type { Protocol } from './station/words.ts';
import type { VirtualTime } from './virtual-time.ts';
import { Concentrator } from './ykc/concentrator.ts';

const MAX_STATIONS = 10_000;
const PILE_DIGITS = 14;

export interface FleetOptions {
  /** A list, or `mixed`: one station speaks this, the next one that. `mixed` is YKC, too, with a `pileUrl`. OCPP 1.6 when absent. */
  readonly protocol?: Protocol | 'mixed' | readonly Protocol[] | undefined;
  readonly url: string;
  /** Where piles of YKC connect; `url` when absent. */
  readonly pileUrl?: string | undefined;
  /** Pile numbers are these digits and the station's number; `32010600` when absent. */
  readonly pilePrefix?: string | undefined;
  /** So many piles share a TCP connection; 1 when absent. */
  readonly pilesPerConnection?: number | undefined;
  readonly time: VirtualTime;
  readonly scenario: Scenario;
  /** 1…10,000. */
  readonly stations: number;
  /** Identities are `{idPrefix}-0001` and on; `SIM` when absent. */
  readonly idPrefix?: string | undefined;
  /** Of all stations. */
  readonly password?: string | undefined;
  /** Cards to draw from. */
  readonly idTags: readonly string[];
  readonly seed?: number | undefined;
  /** Stations are switched on spread over so many simulated seconds; 0 when absent. */
  readonly startSpreadSeconds?: number | undefined;
  /** How many may be connecting at the same time; 50 when absent. */
  readonly concurrency?: number | undefined;
  readonly once?: boolean | undefined;
  /** Ends the run: transactions are ended, their messages sent, sockets closed. */
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: StationEvent) => void) | undefined;
  /** Anything else about a station. */
  readonly station?: Partial<Omit<SimulatedStationOptions, 'identity' | 'url' | 'time'>> | undefined;
}

export interface FleetSummary {
  stations: number;
  /** Stations that were accepted at least once. */
  booted: number;
  /** Acknowledged by the central system. */
  transactionsStarted: number;
  transactionsStopped: number;
  samples: number;
  statuses: number;
  energyWh: number;
  /** How often a card was not accepted. */
  refusedCards: number;
  /** CALLs that were not answered with CALLRESULT. */
  failedCalls: number;
  droppedMessages: number;
  /** Transaction messages that were still waiting at the end. */
  unsentMessages: number;
  connectFailures: number;
  /** Breaches of the protocol by the central system. */
  violations: number;
  /** Stations whose scenario ended with an error, and the first of these errors. */
  failedStations: number;
  firstError: string | null;
}

/** Runs a scenario on many stations at once and adds up what came of it. Never rejects because of a station. */
export async function runFleet(options: FleetOptions): Promise<FleetSummary> {
  const { stations: count, idPrefix = 'SIM', seed = 1, startSpreadSeconds = 0, concurrency = 50, time } = options;
  if (!Number.isInteger(count) || count < 1 || count > MAX_STATIONS) {
    throw invalidOption({ option: 'stations', reason: `a whole number from 1 to ${MAX_STATIONS} is needed` });
  }
  if (!(concurrency >= 1)) throw invalidOption({ option: 'concurrency', reason: 'at least 1 is needed' });
  const summary: FleetSummary = {
    stations: count,
    booted: 0,
    transactionsStarted: 0,
    transactionsStopped: 0,
    samples: 0,
    statuses: 0,
    energyWh: 0,
    refusedCards: 0,
    failedCalls: 0,
    droppedMessages: 0,
    unsentMessages: 0,
    connectFailures: 0,
    violations: 0,
    failedStations: 0,
    firstError: null,
  };
  // Every station listens.
  if (options.signal !== undefined) setMaxListeners(0, options.signal);
  const turns = new Turns(concurrency);
  const digits = Math.max(4, String(count).length);
  const protocols = protocolsOf(options);
  const lines = linesOf(options);
  const runOne = async (number: number): Promise<void> => {
    const protocol = protocols[(number - 1) % protocols.length] as Protocol;
    const isPile = protocol === 'ykc';
    const identity = isPile
      ? pileNumber(number, options.pilePrefix)
      : `${idPrefix}-${String(number).padStart(digits, '0')}`;
    const station = makeStation(protocol, {
      keepLedger: false,
      password: options.password,
      ...options.station,
      ...(isPile ? { pile: { ...options.station?.pile, concentrator: lines() } } : {}),
      identity,
      url: isPile ? (options.pileUrl ?? options.url) : options.url,
      time,
      seed,
    });
    watch(station, summary, options.onEvent);
    try {
      const delay = Random.named(seed, `${identity} starts`).between(0, startSpreadSeconds * 1000);
      if (delay > 0) await time.sleep(delay, options.signal);
      await runScenario(station, options.scenario, {
        idTags: options.idTags,
        signal: options.signal,
        once: options.once,
        boot: (one) => turns.boot(one),
      });
    } catch (error) {
      if (options.signal?.aborted !== true) {
        summary.failedStations += 1;
        summary.firstError ??= `${identity}: ${(error as Error).message}`;
      }
    } finally {
      await station.stop({ finish: true });
      const { totals } = station.ledger;
      summary.transactionsStarted += totals.starts;
      summary.transactionsStopped += totals.stops;
      summary.samples += totals.samples;
      summary.statuses += totals.statuses;
      summary.energyWh += totals.energyWh;
      summary.unsentMessages += station.queue.length;
    }
  };
  // The first constructor error (a bad option) is the same for all: it is the caller's to hear.
  await Promise.all(Array.from({ length: count }, (_, index) => runOne(index + 1)));
  return summary;
}

function protocolsOf({ protocol = 'ocpp1.6', pileUrl }: FleetOptions): readonly Protocol[] {
  if (protocol === 'mixed') return pileUrl === undefined ? ['ocpp1.6', 'ocpp2.0.1'] : ['ocpp1.6', 'ocpp2.0.1', 'ykc'];
  if (typeof protocol === 'string') return [protocol];
  if (protocol.length === 0) throw invalidOption({ option: 'protocol', reason: 'the list must not be empty' });
  return protocol;
}

function pileNumber(number: number, prefix = '32010600'): string {
  const text = `${prefix}${String(number).padStart(PILE_DIGITS - prefix.length, '0')}`;
  if (!/^\d+$/.test(text) || text.length !== PILE_DIGITS) {
    throw invalidOption({
      option: 'pilePrefix',
      reason: `with the station's number it must make ${PILE_DIGITS} digits`,
    });
  }
  return text;
}

/** Gives each pile its line: the present one until it is full. Undefined: one of its own. */
function linesOf({
  url,
  pileUrl = url,
  pilesPerConnection = 1,
  station,
}: FleetOptions): () => Concentrator | undefined {
  if (!Number.isInteger(pilesPerConnection) || pilesPerConnection < 1) {
    throw invalidOption({ option: 'pilesPerConnection', reason: 'a whole number of at least 1 is needed' });
  }
  let line: Concentrator | undefined;
  let given = 0;
  return () => {
    if (pilesPerConnection === 1) return undefined;
    if (line === undefined || given % pilesPerConnection === 0) line = new Concentrator(pileUrl, station?.tls);
    given += 1;
    return line;
  };
}

function watch(station: SimulatedStation, summary: FleetSummary, onEvent: FleetOptions['onEvent']): void {
  let hasBooted = false;
  station.on('event', (event) => {
    switch (event.type) {
      case 'booted':
        if (event.status === 'Accepted' && !hasBooted) {
          hasBooted = true;
          summary.booted += 1;
        }
        break;
      case 'authorized':
        if (event.status !== 'Accepted') summary.refusedCards += 1;
        break;
      case 'connect-failed':
        summary.connectFailures += 1;
        break;
      case 'failed':
        summary.failedCalls += 1;
        break;
      case 'message-dropped':
        summary.droppedMessages += 1;
        break;
      case 'violation':
        summary.violations += 1;
        break;
    }
    onEvent?.(event);
  });
}

/**
 * Lets only so many stations connect at a time. A turn ends with the first boot answer or the first failure, so that stations that wait
 * for approval, or for a server that is away, do not keep the others out.
 */
class Turns {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(size: number) {
    this.#free = size;
  }

  async boot(station: SimulatedStation): Promise<void> {
    await this.#take();
    let isOver = false;
    const over = () => {
      if (isOver) return;
      isOver = true;
      this.#give();
      station.off('booted', over);
      station.off('connect-failed', over);
      station.off('disconnected', over);
    };
    station.on('booted', over);
    station.on('connect-failed', over);
    station.on('disconnected', over);
    try {
      await station.start();
    } finally {
      over();
    }
  }

  #take(): Promise<void> {
    if (this.#free > 0) {
      this.#free -= 1;
      return Promise.resolve();
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #give(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free += 1;
    else next();
  }
}
