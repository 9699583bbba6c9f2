import { readFile } from 'node:fs/promises';
import { VoltpileError } from '@voltpile/kernel/errors';
import { Command, InvalidArgumentError, Option } from 'commander';
import { type Console, parseArguments, runFromTerminal, whole } from './command-line.ts';
import { eventLine, isDetail } from './event-line.ts';
import { type FleetSummary, runFleet } from './fleet.ts';
import { loadScenario, SCENARIOS } from './scenario/scenarios.ts';
import type { Protocol } from './station/words.ts';
import { VirtualTime } from './virtual-time.ts';
import type { PileType } from './ykc/pile-options.ts';

const DAY_SECONDS = 86_400;
const OCPP_URL = 'ws://127.0.0.1:9220/ocpp';
const PILE_URL = 'tcp://127.0.0.1:8768';
/** Once through, a scenario does not wait for ever for a server that is not there. */
const ATTEMPTS_WHEN_ONCE = 6;

const EXAMPLES = `
Examples:
  One station in real time, until Ctrl-C:
    npm run simulate -- --url ws://127.0.0.1:9220/ocpp
  Five stations with two connectors, a day of commuters in 24 minutes that ends now:
    npm run simulate -- --stations 5 --connectors 2 --scenario commuter --speed 60 --duration 24h
  A week in a few seconds, as fast as the server answers, ending now:
    npm run simulate -- --stations 20 --scenario steady-day --speed max --duration 7d
  One offline replay with password and card of your own, as JSON lines:
    npm run simulate -- --scenario offline-replay --once --password s3cret-0123456789 --id-tag CARD1 --json
  Ten stations, of which every other one speaks OCPP 2.0.1:
    npm run simulate -- --stations 10 --protocol mixed --scenario commuter --speed 60
  Four DC piles of YKC with two guns, two on each TCP connection:
    npm run simulate -- --stations 4 --protocol ykc --connectors 2 --power 60000 --piles-per-connection 2 --id-tag D14B0A54
  A site where one third speaks OCPP 1.6, one third 2.0.1, one third YKC:
    npm run simulate -- --stations 9 --protocol mixed --pile-url tcp://127.0.0.1:8768 --scenario mixed-site --id-tag D14B0A54
  A scenario of your own:
    npm run simulate -- --scenario ./my-scenario.json

A password is better given in the environment (SIMULATE_PASSWORD) than on the command line, which other users can see.
With a speed above 1 simulated time begins in the past and catches up with the present; it never runs ahead of it.
Ctrl-C ends running transactions, waits for their messages to be answered (at most 5 s) and closes the sockets; a second one leaves at once.`;

interface Options {
  readonly stations: number;
  readonly protocol: Protocol | 'mixed';
  readonly url?: string;
  readonly pileUrl?: string;
  readonly pileType: PileType;
  readonly pilePrefix: string;
  readonly pilesPerConnection: number;
  readonly timeZone: string;
  readonly scenario: string;
  readonly speed: number | 'max';
  readonly idPrefix: string;
  readonly password?: string;
  readonly connectors: number;
  readonly power: number;
  readonly idTag: readonly string[];
  readonly seed: number;
  readonly duration?: number;
  readonly startSpread: number;
  readonly realTransfers: boolean;
  readonly once: boolean;
  readonly json: boolean;
  readonly verbose: boolean;
  readonly ca?: string;
  readonly listScenarios: boolean;
}

/** `npm run simulate`: see {@link CommandLine}; the exit code is 1 also when a station's scenario failed. */
export async function simulate(args: readonly string[], io: Console, signal: AbortSignal): Promise<number> {
  const program = new Command('simulate')
    .description('Simulates charging stations that speak OCPP 1.6J, OCPP 2.0.1 or YKC to a central system.')
    .addOption(new Option('-n, --stations <count>', 'how many stations').argParser(whole(1, 10_000)).default(1))
    .addOption(
      new Option('-p, --protocol <version>', 'mixed: one station speaks this, the next one that')
        .choices(['ocpp1.6', 'ocpp2.0.1', 'ykc', 'mixed'])
        .default('ocpp1.6'),
    )
    .option('-u, --url <url>', `where they connect, without the identity (default: ${OCPP_URL}, ykc: ${PILE_URL})`)
    .option('--pile-url <url>', 'mixed: where piles of YKC connect, tcp:// or tls://; without it there are none')
    .addOption(new Option('--pile-type <type>', 'of YKC').choices(['DC', 'AC']).default('DC'))
    .option('--pile-prefix <digits>', 'YKC: pile numbers are <digits> and the number, 14 in all', '32010600')
    .addOption(
      new Option('--piles-per-connection <count>', 'YKC: so many piles share a TCP connection')
        .argParser(whole(1, 1_000))
        .default(1),
    )
    .option('--time-zone <zone>', 'YKC: of the clocks on the piles, like Asia/Shanghai or +08:00', '+08:00')
    .option('-s, --scenario <name>', 'a built-in scenario, or a JSON file', 'steady-day')
    .addOption(new Option('--speed <factor>', 'simulated seconds in a second, or max').argParser(speed).default(1))
    .option('--id-prefix <text>', 'identities are <text>-0001 and on', 'SIM')
    .addOption(new Option('--password <text>', 'Basic authentication of every station').env('SIMULATE_PASSWORD'))
    .addOption(new Option('-c, --connectors <count>', 'of each station').argParser(whole(1, 100)).default(1))
    .addOption(new Option('--power <watts>', 'of each connector').argParser(whole(0, 1_000_000)).default(11_000))
    .option('-t, --id-tag <tags...>', 'cards to draw from', ['TAG-0001', 'TAG-0002', 'TAG-0003'])
    .addOption(
      new Option('--seed <number>', 'the same seed gives the same run').argParser(whole(0, 4_294_967_295)).default(1),
    )
    .addOption(new Option('-d, --duration <time>', 'simulated time to run, like 90s, 30m, 8h, 7d').argParser(duration))
    .addOption(
      new Option('--start-spread <time>', 'switch the stations on spread over this simulated time')
        .argParser(duration)
        .default(0, '1s for every 10 stations'),
    )
    .option('--real-transfers', 'really upload logs and download firmware where the location is http(s)', false)
    .option('--once', 'go through the scenario once, then end', false)
    .option('--json', 'one JSON object a line in place of text', false)
    .option('-v, --verbose', 'show every answer', false)
    .option('--ca <file>', 'certificate authority (PEM) for wss:// and tls://')
    .option('--list-scenarios', 'list the built-in scenarios and end', false)
    .addHelpText('after', EXAMPLES);
  const ended = parseArguments(program, args, io);
  if (ended !== undefined) return ended;
  const options = program.opts<Options>();
  if (options.listScenarios) {
    for (const { name, description } of SCENARIOS) io.out(`${name.padEnd(18)} ${description}`);
    return 0;
  }
  try {
    return report(await run(options, io, signal), options, io);
  } catch (error) {
    if (!(error instanceof VoltpileError)) throw error;
    io.error(`error: ${error.message}`);
    return error.kind === 'InvalidArgument' ? 2 : 1;
  }
}

async function run(options: Options, io: Console, signal: AbortSignal): Promise<FleetSummary> {
  const scenario = await loadScenario(options.scenario);
  const time = makeTime(options);
  const ended = new AbortController();
  const end = AbortSignal.any([signal, ended.signal]);
  try {
    const fleet = runFleet({
      protocol: options.protocol,
      url: urlOf(options),
      pileUrl: options.pileUrl,
      pilePrefix: options.pilePrefix,
      pilesPerConnection: options.pilesPerConnection,
      time,
      scenario,
      stations: options.stations,
      idPrefix: options.idPrefix,
      password: options.password,
      idTags: options.idTag,
      seed: options.seed,
      startSpreadSeconds: options.startSpread || options.stations / 10,
      once: options.once,
      signal: end,
      onEvent: (event) => {
        if (!options.verbose && isDetail(event)) return;
        io.out(options.json ? JSON.stringify(event) : eventLine(event));
      },
      station: {
        connectors: options.connectors,
        maxPowerW: options.power,
        realTransfers: options.realTransfers,
        vehicle: { maxPowerW: options.power },
        tls: options.ca === undefined ? undefined : { ca: await readFile(options.ca, 'utf8') },
        pile: { type: options.pileType, timeZone: options.timeZone },
        reconnect: options.once ? { maxAttempts: ATTEMPTS_WHEN_ONCE } : {},
      },
    });
    let isOver = false;
    const over = fleet.finally(() => {
      isOver = true;
    });
    // Failures are the fleet's to tell, below.
    over.catch(() => undefined);
    if (time.isStepped) {
      await time.advanceTo(time.now() + durationMs(options), () => isOver || end.aborted);
      ended.abort(new Error('The time is over'));
    } else if (options.duration !== undefined) {
      time.after(durationMs(options), () => ended.abort(new Error('The time is over')));
    }
    return await fleet;
  } finally {
    time.close();
  }
}

function makeTime({ speed: factor, ...options }: Options): VirtualTime {
  if (factor === 'max') return VirtualTime.stepped(Date.now() - durationMs(options));
  if (factor <= 1) return VirtualTime.flowing({ speed: factor });
  return VirtualTime.endingNow({ speed: factor, durationMs: durationMs(options) });
}

function urlOf({ url, protocol }: Options): string {
  return url ?? (protocol === 'ykc' ? PILE_URL : OCPP_URL);
}

function durationMs(options: Pick<Options, 'duration'>): number {
  return (options.duration ?? DAY_SECONDS) * 1000;
}

function report(summary: FleetSummary, options: Options, io: Console): number {
  if (options.json) {
    io.out(JSON.stringify({ type: 'summary', ...summary }));
  } else {
    io.out(
      `${summary.booted} of ${summary.stations} stations booted; ${summary.transactionsStarted} transactions started, ` +
        `${summary.transactionsStopped} stopped, ${(summary.energyWh / 1000).toFixed(1)} kWh; ${summary.samples} meter values; ` +
        `${summary.failedCalls} failed calls, ${summary.connectFailures} failed connections, ${summary.droppedMessages} dropped ` +
        `and ${summary.unsentMessages} unsent messages, ${summary.violations} protocol violations`,
    );
  }
  if (summary.transactionsStarted === 0 && summary.refusedCards > 0) {
    io.error(
      `note: every card was refused; --id-tag names cards that the central system knows (${options.idTag.join(', ')})`,
    );
  }
  if (summary.firstError !== null) io.error(`error: ${summary.failedStations} stations failed; ${summary.firstError}`);
  else if (summary.booted === 0) io.error(`error: no station was accepted by ${urlOf(options)}`);
  return summary.firstError === null && summary.booted > 0 ? 0 : 1;
}

function speed(text: string): number | 'max' {
  if (text === 'max') return 'max';
  const value = Number(text);
  if (!(value > 0) || value > 100_000)
    throw new InvalidArgumentError('A number above 0, at most 100000, or max is needed.');
  return value;
}

/** Seconds. */
function duration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(s|m|h|d)$/.exec(text);
  const value =
    Number(match?.[1]) * { s: 1, m: 60, h: 3600, d: DAY_SECONDS }[(match?.[2] ?? 's') as 's' | 'm' | 'h' | 'd'];
  if (match === null || !(value > 0) || value > 366 * DAY_SECONDS) {
    throw new InvalidArgumentError('A time like 90s, 30m, 8h or 7d is needed, at most 366 days.');
  }
  return value;
}

if (import.meta.main) await runFromTerminal(simulate);
