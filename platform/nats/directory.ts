import { type ServiceInfo, Svcm } from '@nats-io/services';
import { defineError } from '@voltpile/kernel/errors';
import type { Bus } from './connection.ts';

export const noInstance = defineError('service.no_instance', 'Unavailable', 'No instance of {service} can be reached.');

/** Of a service that may have come or gone meanwhile. */
const KEEP_MS = 5000;
/** All that answer do so within milliseconds; then nothing is waited for any more. */
const ASK_MS = 1000;
const STALL_MS = 200;

interface Known {
  readonly urls: readonly string[];
  readonly askedMs: number;
}

/** Who there is in the cluster, as the registry tells: whoever is subscribed answers. */
export class Directory {
  readonly #bus: Bus;
  readonly #known = new Map<string, Known>();

  constructor(bus: Bus) {
    this.#bus = bus;
  }

  /**
   * Where an instance listens for the HTTP of other processes, another one each time.
   *
   * @throws Unavailable `service.no_instance`
   */
  async urlOf(service: string): Promise<string> {
    const known = this.#known.get(service);
    const fresh = known !== undefined && performance.now() - known.askedMs < KEEP_MS ? known : await this.#ask(service);
    const url = fresh.urls[Math.floor(Math.random() * fresh.urls.length)];
    if (url === undefined) throw noInstance({ service });
    return url;
  }

  /** One of them did not answer: it is asked again who there is. */
  forget(service: string): void {
    this.#known.delete(service);
  }

  /** The nodes with a role; undefined when nobody can be asked: this process would answer, too. */
  async nodesOf(service: string): Promise<ReadonlySet<string> | undefined> {
    const all = await this.#infos();
    if (all.length === 0) return undefined;
    return new Set(all.flatMap(({ name, metadata }) => (name === service ? [metadata?.node ?? ''] : [])));
  }

  async #ask(service: string): Promise<Known> {
    const infos = await this.#infos(service);
    const known = {
      urls: infos.flatMap(({ metadata }) => (metadata?.http === undefined ? [] : [metadata.http])),
      askedMs: performance.now(),
    };
    // Nobody there: asked again at once the next time.
    if (known.urls.length > 0) this.#known.set(service, known);
    return known;
  }

  async #infos(service?: string): Promise<ServiceInfo[]> {
    if (!this.#bus.isConnected) return [];
    const client = new Svcm(this.#bus.connection).client({ maxWait: ASK_MS, strategy: 'stall', stall: STALL_MS });
    const infos: ServiceInfo[] = [];
    try {
      for await (const info of await client.info(service)) infos.push(info);
    } catch {
      // Nobody answered, or the connection is gone.
    }
    return infos;
  }
}
