import { type CallReply, RPC_PROBLEMS, type RpcProblem } from '@voltpile/ocpp/rpc/types';
import { fromZero } from '@voltpile/platform/telemetry/metrics';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** Above it every further action is counted as `unknown`, whatever a dialect may know. */
const MAX_ACTIONS = 200;
const UNKNOWN = 'unknown';
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20];

/** Read when the metrics are asked for. */
export interface GatewayGauges {
  connections(): ReadonlyMap<string, number>;
  halfOpen(): number;
  pausedSockets(): number;
  queuedMessages(): number;
  queuedBytes(): number;
  pendingDisconnectReports(): number;
}

const REJECTION_REASONS = [
  'bad-request',
  'not-found',
  'not-websocket',
  'subprotocol',
  'bad-credentials',
  'unknown-station',
  'wrong-credentials',
  'credentials-required',
  'throttled',
  'rate',
  'full',
  'stopping',
  'unavailable',
  'failed',
  'client-gone',
  'connected-elsewhere',
] as const;
export type RejectionReason = (typeof REJECTION_REASONS)[number];

/** Why a connection ended: one word for the metrics; the domain and the log get a sentence. */
const DISCONNECT_REASONS = [
  'station',
  'lost',
  'idle',
  'replaced',
  'requested',
  'held-too-long',
  'rate-abuse',
  'not-reading',
  'binary',
  'bad-frame',
  'stopping',
] as const;
export type DisconnectReason = (typeof DISCONNECT_REASONS)[number];
const HALF_OPEN_REASONS = ['evicted', 'timeout'] as const;
const PAUSE_REASONS = ['rate', 'queue', 'process'] as const;

interface ActionMetrics {
  readonly name: string;
  readonly outcomes: Map<string, Counter.Internal>;
  readonly seconds: Histogram.Internal<'action'>;
}

/** The gateway's metrics. Label values come from closed sets: nothing a stranger sends becomes a label. */
export class GatewayMetrics {
  readonly #actions = new Map<string, ActionMetrics>();
  readonly #messages: Counter<'action' | 'outcome'>;
  readonly #seconds: Histogram<'action'>;
  readonly #connects: Counter<'protocol'>;
  readonly #rejections: Counter<'reason'>;
  readonly #disconnects: Counter<'reason'>;
  readonly #dropped: Counter<'reason'>;
  readonly #problems: Counter<'kind'>;
  readonly #pileProblems: Counter<'kind'>;
  readonly #pauses: Counter<'reason'>;

  constructor(registry: Registry, gauges: GatewayGauges) {
    const registers = [registry];
    const counter = <L extends string>(name: string, help: string, labelNames: L[]): Counter<L> =>
      new Counter({ name: `voltpile_gateway_${name}`, help, labelNames, registers });
    const gauge = (name: string, help: string, read: () => number): void => {
      new Gauge({
        name: `voltpile_gateway_${name}`,
        help,
        registers,
        collect() {
          this.set(read());
        },
      });
    };
    new Gauge({
      name: 'voltpile_gateway_connections',
      help: 'Stations connected.',
      labelNames: ['protocol'],
      registers,
      collect() {
        this.reset();
        for (const [protocol, count] of gauges.connections()) this.set({ protocol }, count);
      },
    });
    gauge('half_open_sockets', 'Sockets that have not logged in.', gauges.halfOpen);
    gauge('paused_sockets', 'Sockets that are not read for the moment.', gauges.pausedSockets);
    gauge('queued_messages', 'Messages of stations waiting for their answer.', gauges.queuedMessages);
    gauge('queued_bytes', 'Size of the messages waiting for their answer.', gauges.queuedBytes);
    gauge('disconnect_reports', 'Closed connections the domain does not know of yet.', gauges.pendingDisconnectReports);
    this.#connects = fromZero(counter('connects_total', 'Stations let in.', ['protocol']), {
      protocol: [...gauges.connections().keys()],
    });
    this.#rejections = fromZero(counter('rejections_total', 'Connections refused before login.', ['reason']), {
      reason: REJECTION_REASONS,
    });
    this.#disconnects = fromZero(counter('disconnects_total', 'Connections ended after login.', ['reason']), {
      reason: DISCONNECT_REASONS,
    });
    this.#dropped = fromZero(counter('half_open_dropped_total', 'Sockets dropped before login.', ['reason']), {
      reason: HALF_OPEN_REASONS,
    });
    this.#messages = counter('messages_total', 'Messages of stations by outcome.', ['action', 'outcome']);
    this.#problems = fromZero(counter('rpc_problems_total', 'Odd frames that reached no handler.', ['kind']), {
      kind: RPC_PROBLEMS,
    });
    this.#pileProblems = counter('frame_problems_total', 'Frames of piles that reached no handler.', ['kind']);
    this.#pauses = fromZero(counter('pauses_total', 'Times a socket was not read for a while.', ['reason']), {
      reason: PAUSE_REASONS,
    });
    this.#seconds = new Histogram({
      name: 'voltpile_gateway_message_seconds',
      help: 'From the arrival of a message to its answer, waiting included.',
      labelNames: ['action'],
      buckets: SECONDS,
      registers,
    });
  }

  connected(protocol: string): void {
    this.#connects.inc({ protocol });
  }

  rejected(reason: RejectionReason): void {
    this.#rejections.inc({ reason });
  }

  disconnected(reason: DisconnectReason): void {
    this.#disconnects.inc({ reason });
  }

  halfOpenDropped(reason: (typeof HALF_OPEN_REASONS)[number]): void {
    this.#dropped.inc({ reason });
  }

  problem(kind: RpcProblem['kind']): void {
    this.#problems.inc({ kind });
  }

  paused(reason: (typeof PAUSE_REASONS)[number]): void {
    this.#pauses.inc({ reason });
  }

  /** A frame that reached no handler. @param kind one of the families' own words */
  pileProblem(kind: string): void {
    this.#pileProblems.inc({ kind });
  }

  /** One frame of a pile is done. @param name from the family's closed set */
  frameHandled(name: string, outcome: string, milliseconds: number): void {
    this.#count(this.#actions.get(name) ?? this.#addAction(name, 'failed'), outcome, milliseconds);
  }

  /** One message is done. An action that no dialect has taken is not named: answered NotImplemented, or dropped unseen. */
  handled(action: string, reply: CallReply, milliseconds: number): void {
    const outcome = reply.kind === 'error' ? reply.code : reply.kind;
    const mayBeNew = outcome !== 'NotImplemented' && outcome !== 'none';
    const metrics = this.#actions.get(action) ?? this.#addAction(mayBeNew ? action : UNKNOWN, 'InternalError');
    this.#count(metrics, outcome, milliseconds);
  }

  #count(metrics: ActionMetrics, outcome: string, milliseconds: number): void {
    let counter = metrics.outcomes.get(outcome);
    if (counter === undefined) {
      counter = this.#messages.labels({ action: metrics.name, outcome });
      metrics.outcomes.set(outcome, counter);
    }
    counter.inc();
    metrics.seconds.observe(milliseconds / 1000);
  }

  /** @param ourFault the outcome that alerts ask for: there, at 0, before its first */
  #addAction(action: string, ourFault: string): ActionMetrics {
    const name = this.#actions.size < MAX_ACTIONS ? action : UNKNOWN;
    const known = this.#actions.get(name);
    if (known !== undefined) return known;
    const metrics: ActionMetrics = { name, outcomes: new Map(), seconds: this.#seconds.labels({ action: name }) };
    this.#actions.set(name, metrics);
    this.#messages.inc({ action: name, outcome: ourFault }, 0);
    return metrics;
  }
}
