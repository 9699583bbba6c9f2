import { defineError } from '@voltpile/kernel/errors';
import type { Role } from '../config/config.ts';
import type { Registry } from './registry.ts';

export const noInstance = defineError('service.no_instance', 'Unavailable', 'No instance of {service} can be reached.');

/** Of a service that may have come or gone meanwhile. */
const KEEP_MS = 5000;

interface Known {
  readonly urls: readonly string[];
  readonly askedMs: number;
}

/** Where processes listen for each other's HTTP, as the registry tells. */
export class Directory {
  readonly #registry: Pick<Registry, 'instances'>;
  readonly #known = new Map<Role, Known>();

  constructor(registry: Pick<Registry, 'instances'>) {
    this.#registry = registry;
  }

  /**
   * One of the instances, another one each time.
   *
   * @throws Unavailable `service.no_instance`
   */
  async urlOf(service: Role): Promise<string> {
    const known = this.#known.get(service);
    const fresh = known !== undefined && performance.now() - known.askedMs < KEEP_MS ? known : await this.#ask(service);
    const url = fresh.urls[Math.floor(Math.random() * fresh.urls.length)];
    if (url === undefined) throw noInstance({ service });
    return url;
  }

  /** One of them did not answer: it is asked again who there is. */
  forget(service: Role): void {
    this.#known.delete(service);
  }

  async #ask(service: Role): Promise<Known> {
    const instances = (await this.#registry.instances()) ?? [];
    const own = instances.filter((instance) => instance.service === service);
    const known = { urls: own.flatMap(({ http }) => http ?? []), askedMs: performance.now() };
    // Nobody there: asked again at once the next time.
    if (known.urls.length > 0) this.#known.set(service, known);
    return known;
  }
}
