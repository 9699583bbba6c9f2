import { headers, type Msg } from '@nats-io/transport-node';
import { toVoltpileError } from '@voltpile/kernel/errors';
import type { MethodPolicy, PortContract } from '@voltpile/kernel/port-contract';
import { CallGuard, type GuardState } from '../resilience/call-guard.ts';
import { RetryBudget } from '../resilience/retry-budget.ts';
import { type Counter, DURATION_BUCKETS, type Histogram, type Metrics } from '../telemetry/metrics.ts';
import { currentTraceparent, newTraceparent } from '../telemetry/trace.ts';
import type { Bus } from './connection.ts';
import { decodeError } from './error-answer.ts';
import { Requests } from './requests.ts';
import {
  badAnswer,
  callTooLarge,
  connectionLost,
  decode,
  ENVELOPE_BYTES,
  encode,
  HEADERS,
  MOST_ANSWER_BYTES,
  notConnected,
  PARTS_AT,
  subjectOf,
  timedOut,
} from './wire.ts';

export interface PortClientsOptions {
  readonly bus: Bus;
  readonly metrics: Metrics;
}

/** What a process thinks of a method that it calls elsewhere. */
export interface CalledMethod extends GuardState {
  /** The role that serves it. */
  readonly service: string;
  readonly port: string;
  readonly method: string;
  /** null: any instance is asked */
  readonly node: string | null;
}

interface Question {
  readonly method: string;
  readonly subject: string;
  readonly bytes: Uint8Array;
  /** See {@link HEADERS}. */
  readonly absent: string;
}

interface Guarded {
  readonly guard: CallGuard;
  readonly service: string;
  readonly port: string;
  readonly method: string;
  readonly node: string | null;
}

/** Nodes come and go; of those that were asked longest ago nothing needs to be known. */
const MOST_NODE_GUARDS = 1000;

/**
 * Ports that are served elsewhere, as objects. Each method is guarded (see {@link CallGuard}), once for the process; where one node is meant, once for
 * that node, so that one that hangs does not stand for the others.
 */
export class PortClients {
  readonly #bus: Bus;
  readonly #guards = new Map<string, Guarded>();
  readonly #budgets = new Map<string, RetryBudget>();
  readonly #requests: Requests;
  readonly #durations: Histogram<'port' | 'method' | 'outcome'>;
  readonly #failed: Counter<'port' | 'method'>;

  constructor({ bus, metrics }: PortClientsOptions) {
    this.#bus = bus;
    this.#requests = new Requests(bus);
    this.#durations = metrics.histogram(
      'voltpile_port_called_seconds',
      'Calls of other services, by outcome.',
      DURATION_BUCKETS,
      ['port', 'method', 'outcome'],
    );
    this.#failed = metrics.counter(
      'voltpile_port_failed_total',
      'Calls of other services that failed because those were away, too slow or overloaded.',
      ['port', 'method'],
    );
    const BREAKERS = { closed: 0, 'half-open': 1, open: 2 } as const;
    metrics.gauge(
      'voltpile_breaker_state',
      'Circuit breakers of called methods: 0 closed, 1 half open, 2 open.',
      ['port', 'method'],
      (gauge) => {
        gauge.reset();
        const worst = new Map<string, CalledMethod>();
        for (const called of this.state()) {
          const name = `${called.port}.${called.method}`;
          const known = worst.get(name);
          if (known === undefined || BREAKERS[called.breaker] > BREAKERS[known.breaker]) worst.set(name, called);
        }
        for (const { port, method, breaker } of worst.values()) gauge.set({ port, method }, BREAKERS[breaker]);
      },
    );
    metrics.gauge(
      'voltpile_bulkhead_calls',
      'Calls of other services that are under way, or wait.',
      ['port', 'method', 'state'],
      (gauge) => {
        gauge.reset();
        for (const { port, method, running, waiting } of this.state()) {
          gauge.inc({ port, method, state: 'running' }, running);
          gauge.inc({ port, method, state: 'waiting' }, waiting);
        }
      },
    );
  }

  /**
   * A port that is served elsewhere.
   *
   * @param node the one that is meant; absent: whichever instance
   */
  client<P extends object>(contract: PortContract<P>, node?: string): P {
    const port: Record<string, unknown> = {};
    for (const [name, policy] of Object.entries(contract.methods) as [string, MethodPolicy][]) {
      port[name] = this.#method(contract, name, policy, node);
    }
    return port as P;
  }

  state(): readonly CalledMethod[] {
    return [...this.#guards.values()].map(({ guard, service, port, method, node }) => ({
      service,
      port,
      method,
      node,
      ...guard.state(),
    }));
  }

  close(): void {
    this.#requests.close();
    for (const { guard } of this.#guards.values()) guard.close();
  }

  #method(
    contract: { readonly name: string; readonly version: number; readonly service: string },
    name: string,
    policy: MethodPolicy,
    node: string | undefined,
  ): (...args: unknown[]) => Promise<unknown> {
    const subject = subjectOf(contract, name, node);
    const method = `${contract.name}.${name}`;
    const guard = this.#guard(contract, name, policy, node ?? null);
    const { fallback } = policy;
    const ask = async (args: readonly unknown[]): Promise<unknown> => {
      const bytes = encode(args);
      const absent = args.flatMap((argument, index) => (argument === undefined ? [index] : [])).join();
      const most = this.#bus.maxBytes - ENVELOPE_BYTES;
      if (bytes.length > most) throw callTooLarge({ method, bytes: bytes.length, most });
      const began = performance.now();
      let outcome = 'ok';
      try {
        return await guard.run((timeoutMs) => this.#ask({ method, subject, bytes, absent }, timeoutMs), args);
      } catch (error) {
        outcome = toVoltpileError(error).kind;
        if (outcome === 'Unavailable') this.#failed.inc({ port: contract.name, method: name });
        throw error;
      } finally {
        const seconds = (performance.now() - began) / 1000;
        this.#durations.observe({ port: contract.name, method: name, outcome }, seconds);
      }
    };
    if (fallback === undefined) return (...args) => ask(args);
    return (...args) =>
      ask(args).catch((error: unknown) => {
        if (toVoltpileError(error).kind !== 'Unavailable') throw error;
        return fallback(...args);
      });
  }

  #guard(
    { name: port, service }: { readonly name: string; readonly service: string },
    method: string,
    policy: MethodPolicy,
    node: string | null,
  ): CallGuard {
    const name = node === null ? `${port}.${method}` : `${port}.${method} of ${node}`;
    const known = this.#guards.get(name);
    if (known !== undefined) return known.guard;
    const budget = this.#budgets.get(port) ?? new RetryBudget();
    this.#budgets.set(port, budget);
    const guard = new CallGuard(name, { policy, budget, isTimeout: timedOut.is });
    if (node !== null) this.#makeRoom();
    this.#guards.set(name, { guard, service, port, method, node });
    // There before the first failure, so that a rule sees it grow.
    this.#failed.inc({ port, method }, 0);
    return guard;
  }

  #makeRoom(): void {
    const ofNodes = [...this.#guards].filter(([, { node }]) => node !== null);
    const [oldest] = ofNodes;
    if (ofNodes.length < MOST_NODE_GUARDS || oldest === undefined) return;
    oldest[1].guard.close();
    this.#guards.delete(oldest[0]);
  }

  async #ask({ method, subject, bytes, absent }: Question, timeoutMs: number): Promise<unknown> {
    // The broker's client would keep what is sent now until it is connected again: then nobody waits for it any more.
    if (!this.#bus.isConnected) throw notConnected();
    const head = headers();
    head.set(HEADERS.deadline, String(Math.ceil(Date.now() + timeoutMs)));
    head.set(HEADERS.trace, currentTraceparent() ?? newTraceparent());
    if (absent !== '') head.set(HEADERS.absent, absent);
    const answer = await this.#requests.ask(method, subject, bytes, { timeoutMs, headers: head });
    if (answer.headers?.has(HEADERS.error) === true) throw decodeError(method, answer.data);
    const parts = answer.headers?.get(HEADERS.parts) ?? '';
    return parts === '' ? read(method, answer.data) : this.#together(method, answer, parts, timeoutMs);
  }

  /** Nothing is believed of where the parts are and how many: another program may have answered. */
  async #together(method: string, answer: Msg, told: string, timeoutMs: number): Promise<unknown> {
    const [at = '', id = ''] = (answer.headers?.get(HEADERS.partsAt) ?? '').split(' ', 2);
    if (!at.startsWith(PARTS_AT) || !/^\d{1,6}$/.test(told)) throw badAnswer({ method });
    const parts: Uint8Array[] = [];
    let bytes = 0;
    for (let index = 0; index < Number(told); index++) {
      const part = await this.#requests.ask(method, at, Buffer.from(`${id} ${index}`), { timeoutMs });
      if (part.data.length === 0) throw connectionLost({ method });
      bytes += part.data.length;
      if (bytes > MOST_ANSWER_BYTES) throw badAnswer({ method });
      parts.push(part.data);
    }
    return read(method, Buffer.concat(parts));
  }
}

/** @throws Internal `port.bad_answer` */
function read(method: string, bytes: Uint8Array): unknown {
  try {
    return decode(bytes);
  } catch (error) {
    throw badAnswer({ method }, error);
  }
}
