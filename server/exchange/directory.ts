import { Svcm } from '@nats-io/services';
import { defineError } from '@voltpile/kernel/errors';
import type { Bus } from '@voltpile/platform/nats/connection';

export const noInstance = defineError('service.no_instance', 'Unavailable', 'No instance of {service} can be reached.');

/** Of a service that may have come or gone meanwhile. */
const KEEP_MS = 5000;
const ASK_MS = 500;

interface Known {
  readonly urls: readonly string[];
  readonly askedMs: number;
}

/** Where the processes of a cluster listen for each other's HTTP, as the registry tells. */
export class Directory {
  readonly #bus: Bus;
  readonly #known = new Map<string, Known>();

  constructor(bus: Bus) {
    this.#bus = bus;
  }

  /**
   * One of the instances, another one each time.
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

  async #ask(service: string): Promise<Known> {
    const urls: string[] = [];
    if (this.#bus.isConnected) {
      const answers = await new Svcm(this.#bus.connection)
        .client({ maxWait: ASK_MS, strategy: 'stall', stall: 100 })
        .info(service);
      for await (const { metadata } of answers) if (metadata?.http !== undefined) urls.push(metadata.http);
    }
    const known = { urls, askedMs: performance.now() };
    // Nobody there: asked again at once the next time.
    if (urls.length > 0) this.#known.set(service, known);
    return known;
  }
}
