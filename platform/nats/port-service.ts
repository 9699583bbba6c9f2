import { type Service, type ServiceMsg, Svcm } from '@nats-io/services';
import { headers } from '@nats-io/transport-node';
import { toVoltpileError, type VoltpileError } from '@voltpile/kernel/errors';
import { uuidv7 } from '@voltpile/kernel/ids';
import type { MethodPolicy, PortContract } from '@voltpile/kernel/port-contract';
import { checkArguments } from '../ports/check-arguments.ts';
import { LoadGate } from '../resilience/load-gate.ts';
import type { Logger } from '../telemetry/logger.ts';
import { DURATION_BUCKETS, type Histogram, type Metrics } from '../telemetry/metrics.ts';
import { withTrace } from '../telemetry/trace.ts';
import type { Bus } from './connection.ts';
import { encodeError } from './error-answer.ts';
import { listen } from './listen.ts';
import { type MethodStats, StatsBook } from './method-stats.ts';
import { PartsStore } from './parts.ts';
import {
  answerTooLarge,
  badCall,
  CLOCK_TOLERANCE_MS,
  deadlinePassed,
  decode,
  ENVELOPE_BYTES,
  encode,
  HEADERS,
  MOST_ANSWER_BYTES,
  MOST_ARGUMENTS,
  overloaded,
  PARTS_AT,
  subjectOf,
} from './wire.ts';

export interface PortServiceOptions {
  readonly bus: Bus;
  /** The role: `csms`. */
  readonly name: string;
  /** Of the program, as `1.2.3`. */
  readonly version: string;
  /** What the registry shows of this instance. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Where calls are counted; one of its own by default. */
  readonly stats?: StatsBook;
  /** Calls in hand at once (default 2000). */
  readonly maxInHand?: number;
  /** How long calls in hand may take when it stops (default 8 s). */
  readonly stopPatienceMs?: number;
}

const MAX_IN_HAND = 2000;
const MOST_KEPT_BYTES = 256 * 1024 * 1024;
const STOP_PATIENCE_MS = 8000;

type Method = (...args: readonly unknown[]) => Promise<unknown>;

/** Ports of one role of this process, as a service of the cluster: whoever asks is answered by one of its instances. */
export class PortService {
  readonly #options: PortServiceOptions;
  readonly #gate: LoadGate;
  readonly #parts = new PartsStore(MOST_KEPT_BYTES);
  readonly #stats: StatsBook;
  readonly #durations: Histogram<'port' | 'method' | 'outcome'>;
  readonly #service: Service;
  readonly #partsAt: string;
  readonly #stopParts: () => void;
  #idle: (() => void) | undefined;

  private constructor(options: PortServiceOptions, service: Service) {
    this.#options = options;
    this.#service = service;
    this.#stats = options.stats ?? new StatsBook();
    this.#gate = new LoadGate(options.maxInHand ?? MAX_IN_HAND);
    this.#durations = durationsOf(options.metrics);
    this.#partsAt = `${PARTS_AT}${uuidv7()}`;
    this.#stopParts = listen(options.bus, this.#partsAt, {
      logger: options.logger,
      hear: (message) => {
        const [id = '', index = ''] = message.string().split(' ', 2);
        message.respond(this.#parts.take(id, Number(index)) ?? new Uint8Array());
      },
    });
  }

  static async start(options: PortServiceOptions): Promise<PortService> {
    const { bus, name, version, metadata } = options;
    let made: PortService | undefined;
    const service = await new Svcm(bus.connection).add({
      name,
      version,
      description: `Voltpile: ${name}`,
      metadata: { ...metadata },
      statsHandler: async (endpoint) => made?.stats(endpoint.subject) ?? null,
    });
    made = new PortService(options, service);
    return made;
  }

  /** Calls that are being answered. */
  get inHand(): number {
    return this.#gate.inHand;
  }

  stats(subject: string): MethodStats | null {
    return this.#stats.of(subject);
  }

  /**
   * Serves a port.
   *
   * @param node serves what is meant for this node only, in place of what any instance may answer
   */
  serve<P extends object>(contract: PortContract<P>, port: P, node?: string): void {
    const group = this.#service.addGroup('', this.#options.name);
    for (const [name, policy] of Object.entries(contract.methods) as [string, MethodPolicy][]) {
      const subject = subjectOf(contract, name, node);
      const method = Reflect.get(port, name) as Method;
      group.addEndpoint(`${contract.name}-${name}${node === undefined ? '' : '-node'}`, {
        subject,
        metadata: { port: contract.name, method: name, version: String(contract.version) },
        handler: (error, message) => {
          if (error === null)
            void this.#answer(contract, name, policy, subject, message, (args) => method.apply(port, [...args]));
        },
      });
    }
  }

  /** Takes no new calls, and resolves when those in hand are answered, or after some seconds. */
  async stop(): Promise<void> {
    const { stopPatienceMs: patienceMs = STOP_PATIENCE_MS } = this.#options;
    await this.#service.stop().catch(() => {});
    if (this.#gate.inHand > 0) {
      await Promise.race([
        new Promise<void>((resolve) => {
          this.#idle = resolve;
        }),
        new Promise<void>((resolve) => void setTimeout(resolve, patienceMs).unref()),
      ]);
    }
    this.#stopParts();
    this.#parts.clear();
  }

  /** It never rejects: nobody would take it, and that ends the process. */
  async #answer(
    { name: port }: { readonly name: string },
    method: string,
    policy: MethodPolicy,
    subject: string,
    message: ServiceMsg,
    call: (args: readonly unknown[]) => Promise<unknown>,
  ): Promise<void> {
    const began = performance.now();
    const name = `${port}.${method}`;
    let failure: VoltpileError | undefined;
    if (!this.#gate.enter(policy.importance ?? 'status')) {
      failure = overloaded({ method: name });
      this.#fail(name, message, failure);
    } else {
      try {
        const args = readArgs(name, policy, message);
        checkDeadline(name, message);
        const result = await withTrace(message.headers?.get(HEADERS.trace), () => call(args));
        this.#respond(name, message, encode(result));
      } catch (error) {
        failure = toVoltpileError(error);
        if (failure.kind === 'Internal') this.#options.logger.error({ err: error, method: name }, 'a call failed');
        this.#fail(name, message, failure);
      } finally {
        this.#gate.leave();
        if (this.#gate.inHand === 0) this.#idle?.();
      }
    }
    const seconds = (performance.now() - began) / 1000;
    this.#durations.observe({ port, method, outcome: failure?.kind ?? 'ok' }, seconds);
    this.#stats.meter(subject).note(began, failure);
  }

  #respond(method: string, message: ServiceMsg, bytes: Uint8Array): void {
    const most = this.#options.bus.maxBytes - ENVELOPE_BYTES;
    if (bytes.length <= most) {
      message.respond(bytes);
      return;
    }
    const kept = bytes.length > MOST_ANSWER_BYTES ? undefined : this.#parts.keep(bytes, most);
    if (kept === undefined) throw answerTooLarge({ method, bytes: bytes.length });
    const head = headers();
    head.set(HEADERS.parts, String(kept.count));
    head.set(HEADERS.partsAt, `${this.#partsAt} ${kept.id}`);
    message.respond(new Uint8Array(), { headers: head });
  }

  /** Whoever asks may be told nothing (the connection is gone, the broker takes smaller messages only): its time will be over. It does not throw. */
  #fail(method: string, message: ServiceMsg, error: VoltpileError): void {
    try {
      const { code, bytes } = encodeError(error);
      const head = headers();
      head.set(HEADERS.error, code);
      message.respond(bytes, { headers: head });
    } catch (err) {
      this.#options.logger.warn({ err, method, code: error.code }, 'a caller could not be told that its call failed');
    }
  }
}

function readArgs(method: string, policy: MethodPolicy, message: ServiceMsg): readonly unknown[] {
  let args: unknown;
  try {
    args = decode(message.data);
  } catch (error) {
    throw badCall({ method, problem: 'it is no JSON' }, error);
  }
  if (!Array.isArray(args)) throw badCall({ method, problem: 'the arguments are no list' });
  if (args.length > MOST_ARGUMENTS)
    throw badCall({ method, problem: `there are more than ${MOST_ARGUMENTS} arguments` });
  const absent = message.headers?.get(HEADERS.absent) ?? '';
  if (absent !== '') {
    for (const index of absent.split(',', MOST_ARGUMENTS)) {
      if (!/^\d{1,2}$/.test(index) || Number(index) >= args.length)
        throw badCall({ method, problem: 'it leaves out an argument that it does not have' });
      args[Number(index)] = undefined;
    }
  }
  checkArguments(method, policy, args);
  return args;
}

/** What waited in the broker or on the way until its caller has given up is not begun. */
function checkDeadline(method: string, message: ServiceMsg): void {
  const told = message.headers?.get(HEADERS.deadline) ?? '';
  if (told === '') return;
  const deadline = Number(told);
  if (!Number.isFinite(deadline)) throw badCall({ method, problem: 'its deadline is no time' });
  if (Date.now() > deadline + CLOCK_TOLERANCE_MS) throw deadlinePassed({ method });
}

/** The same for every service of the process; the first to come makes it. */
function durationsOf(metrics: Metrics): Histogram<'port' | 'method' | 'outcome'> {
  const name = 'voltpile_port_served_seconds';
  const known = metrics.registry.getSingleMetric(name) as Histogram<'port' | 'method' | 'outcome'> | undefined;
  return (
    known ??
    metrics.histogram(name, 'Calls of other processes that were answered, by outcome.', DURATION_BUCKETS, [
      'port',
      'method',
      'outcome',
    ])
  );
}
