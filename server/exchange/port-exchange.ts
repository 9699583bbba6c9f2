import { defineError } from '@voltpile/kernel/errors';
import type { MethodPolicy, PortContract } from '@voltpile/kernel/port-contract';
import { StatsBook } from '@voltpile/platform/nats/method-stats';
import type { PortClients } from '@voltpile/platform/nats/port-client';
import type { PortService } from '@voltpile/platform/nats/port-service';
import { subjectOf } from '@voltpile/platform/nats/wire';
import { checkArguments } from '@voltpile/platform/ports/check-arguments';
import { jsonPort } from '@voltpile/platform/ports/json-port';
import type { OfferedPort } from '@voltpile/platform/registry/local-registry';

/** `json`: every call between rooms goes through JSON, as it does between processes. */
export type PortStyle = 'direct' | 'json';

export const notReady = defineError('port.not_ready', 'Unavailable', '{port} is not ready yet.');

/** What a process is to the others of a cluster. */
export interface Cluster {
  readonly clients: PortClients;
  /** By role: those that run here. */
  readonly services: ReadonlyMap<string, PortService>;
}

type Method = (...args: readonly unknown[]) => unknown;

/**
 * Where rooms find each other's ports. What runs in this process is the object itself; what runs elsewhere is asked over the network. Rooms need not be
 * made in a certain order: a port may be asked for before it is offered.
 */
export class PortExchange {
  readonly #roles: ReadonlySet<string>;
  readonly #style: PortStyle;
  readonly #cluster: Cluster | undefined;
  readonly #stats: StatsBook;
  readonly #ports: OfferedPort[] = [];
  readonly #offered = new Map<string, Readonly<Record<string, Method>>>();

  constructor(options: {
    /** That run in this process. */
    readonly roles: ReadonlySet<string>;
    readonly style: PortStyle;
    /** Absent: there is this process only. */
    readonly cluster?: Cluster | undefined;
    /** Where calls within the process are counted. */
    readonly stats?: StatsBook;
  }) {
    this.#roles = options.roles;
    this.#style = options.style;
    this.#cluster = options.cluster;
    this.#stats = options.stats ?? new StatsBook();
  }

  /** A port for those who call it. Inside the process it throws Unavailable `port.not_ready` until it is offered. */
  get<P extends object>(contract: PortContract<P>): P {
    if (!this.#roles.has(contract.service)) {
      if (this.#cluster === undefined) throw new Error(`nobody serves ${contract.name}: there is no cluster`);
      return this.#cluster.clients.client(contract);
    }
    const offered = this.#offered;
    const port: Record<string, Method> = {};
    for (const method of Object.keys(contract.methods)) {
      port[method] = (...args) => {
        const real = offered.get(contract.name)?.[method];
        if (real === undefined) return Promise.reject(notReady({ port: contract.name }));
        return real(...args);
      };
    }
    return port as P;
  }

  /** Makes a port of a role that runs here known, to this process and to the others. */
  offer<P extends object>(contract: PortContract<P>, port: P): void {
    const called = this.#style === 'json' ? jsonPort(checked(contract, port)) : port;
    const methods = Object.keys(contract.methods).map((name): [string, Method] => {
      const method = Reflect.get(called, name) as (...args: readonly unknown[]) => Promise<unknown>;
      const meter = this.#stats.meter(subjectOf(contract, name));
      return [name, (...args) => meter.measure(() => method.apply(called, [...args]))];
    });
    const { name, version, service } = contract;
    this.#ports.push({ name, version, service, methods: methods.map(([method]) => method) });
    this.#offered.set(contract.name, Object.fromEntries(methods));
    this.#cluster?.services.get(contract.service)?.serve(contract, port);
  }

  /** What is served in this process. */
  get offered(): readonly OfferedPort[] {
    return this.#ports;
  }

  /** The same for what one node only can do: others ask for it by the node's name. */
  offerNode<P extends object>(contract: PortContract<P>, port: P, node: string): void {
    this.#cluster?.services.get(contract.service)?.serve(contract, port, node);
  }

  /** What a certain node of a role does; undefined without a cluster. */
  ofNode<P extends object>(contract: PortContract<P>, node: string): P | undefined {
    return this.#cluster?.clients.client(contract, node);
  }
}

/** Looks at arguments as a port does that is asked over a network. */
function checked<P extends object>(contract: PortContract<P>, port: P): P {
  const methods = Object.entries(contract.methods) as [string, MethodPolicy][];
  return Object.fromEntries(
    methods.map(([name, policy]): [string, Method] => [
      name,
      async (...args) => {
        checkArguments(`${contract.name}.${name}`, policy, args);
        return (Reflect.get(port, name) as Method).apply(port, [...args]);
      },
    ]),
  ) as P;
}
