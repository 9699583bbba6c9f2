import type { StationKey } from '@voltpile/csms/contract/ids';
import { STATION_LINK } from '@voltpile/csms/contract/ports';
import { type CommandOutcome, type StationLink, unanswered } from '@voltpile/csms/contract/station-link';
import { toVoltpileError } from '@voltpile/kernel/errors';
import type { Logger } from '@voltpile/platform/telemetry/logger';
import type { PortExchange } from './port-exchange.ts';

export interface RoutedLinkOptions {
  readonly exchange: PortExchange;
  /** The gateway of this process, if there is one. */
  readonly nodeId: string | null;
  /** Which gateway holds that connection; null: none does any more. */
  readonly nodeOf: (station: StationKey, epoch: number) => Promise<string | null>;
  readonly logger: Logger;
}

/** A connection never moves to another gateway: what was looked up once holds. */
const MOST_KNOWN = 100_000;
const MOST_NODES = 1000;

/** Errors after which the command is known not to have reached the gateway. */
const NOT_SENT: ReadonlySet<string> = new Set([
  'port.no_service',
  'port.not_connected',
  'port.breaker_open',
  'port.too_many_waiting',
  'port.not_begun',
  'port.bad_call',
  'port.overloaded',
  'port.call_too_large',
  'port.not_ready',
  'port.deadline_passed',
]);

/** Carries commands to the gateway that holds the station's socket, wherever that runs. */
export class RoutedLink implements StationLink {
  readonly #options: RoutedLinkOptions;
  readonly #local: StationLink;
  readonly #known = new Map<string, string>();
  readonly #nodes = new Map<string, StationLink | undefined>();
  /** By node: ends what is under way there. */
  readonly #underWay = new Map<string, Set<() => void>>();

  constructor(options: RoutedLinkOptions) {
    this.#options = options;
    this.#local = options.exchange.get(STATION_LINK);
  }

  async execute(...call: Parameters<StationLink['execute']>): Promise<CommandOutcome> {
    const [station, epoch, { action }] = call;
    try {
      const node = await this.#nodeOf(station, epoch);
      const link = node === null ? undefined : this.#of(node);
      if (node === null || link === undefined) return unanswered('offline', 'The station is not connected.');
      return await this.#unlessLost(node, link.execute(...call));
    } catch (error) {
      const { code } = toVoltpileError(error);
      this.#options.logger.warn(
        { err: error, station, action },
        'a command did not reach its gateway, or its answer was lost',
      );
      // Its node is gone, and the sockets with it; the answer to what was sent may still come, but nobody can tell.
      if (NOT_SENT.has(code) || code.startsWith('database.'))
        return unanswered('offline', 'The station cannot be reached.');
      return unanswered('unknown', 'The gateway that holds the station did not answer.');
    }
  }

  interpret(...call: Parameters<StationLink['interpret']>): ReturnType<StationLink['interpret']> {
    // Every gateway speaks the same dialects.
    return this.#local.interpret(...call);
  }

  async disconnect(...call: Parameters<StationLink['disconnect']>): Promise<void> {
    const [station, epoch, , nodeId] = call;
    const node = nodeId ?? (await this.#nodeOf(station, epoch));
    if (node !== null) await this.#of(node)?.disconnect(...call);
  }

  /** That gateway is gone: whether stations have carried out what is under way there, nobody will tell. */
  lose(node: string): void {
    for (const end of this.#underWay.get(node) ?? []) end();
  }

  async #unlessLost(node: string, answer: Promise<CommandOutcome>): Promise<CommandOutcome> {
    const lost = Promise.withResolvers<CommandOutcome>();
    const end = (): void => lost.resolve(unanswered('unknown', 'The gateway that held the station is gone.'));
    const ends = this.#underWay.get(node) ?? new Set();
    this.#underWay.set(node, ends.add(end));
    try {
      return await Promise.race([answer, lost.promise]);
    } finally {
      ends.delete(end);
      if (ends.size === 0) this.#underWay.delete(node);
    }
  }

  async #nodeOf(station: StationKey, epoch: number): Promise<string | null> {
    const key = `${station} ${epoch}`;
    const node = this.#known.get(key) ?? (await this.#options.nodeOf(station, epoch));
    if (node === null) return null;
    if (this.#known.size >= MOST_KNOWN) this.#known.clear();
    this.#known.set(key, node);
    return node;
  }

  #of(node: string): StationLink | undefined {
    if (node === this.#options.nodeId) return this.#local;
    if (!this.#nodes.has(node)) {
      if (this.#nodes.size >= MOST_NODES) this.#nodes.clear();
      this.#nodes.set(node, this.#options.exchange.ofNode(STATION_LINK, node));
    }
    return this.#nodes.get(node);
  }
}
