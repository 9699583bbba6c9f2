import type { Role } from '../config/config.ts';
import type { StatsBook } from '../nats/method-stats.ts';
import { subjectOf } from '../nats/wire.ts';
import type { Instance, InstanceWork, NodeIdentity } from './instances.ts';
import type { NodeReport } from './node-report.ts';
import { type ClusterPicture, drawPicture } from './picture.ts';
import type { Registry } from './registry.ts';

/** A port that is served in this process. */
export interface OfferedPort {
  readonly name: string;
  readonly version: number;
  readonly service: string;
  readonly methods: readonly string[];
}

export interface LocalRegistryOptions {
  readonly identity: NodeIdentity;
  readonly roles: readonly Role[];
  readonly offered: () => readonly OfferedPort[];
  readonly stats: StatsBook;
  readonly report: () => Promise<NodeReport>;
}

/** Of a process that is alone: the same picture, with one instance of each role. */
export class LocalRegistry implements Registry {
  readonly #options: LocalRegistryOptions;

  constructor(options: LocalRegistryOptions) {
    this.#options = options;
  }

  async instances(): Promise<readonly Instance[]> {
    const { identity, roles } = this.#options;
    return roles.map((service) => ({ ...identity, service, id: identity.node }));
  }

  async picture(): Promise<ClusterPicture> {
    const { offered, stats, report } = this.#options;
    const ports = offered();
    const work = (await this.instances()).map((instance): InstanceWork => {
      const own = ports.filter(({ service }) => service === instance.service);
      const methods = own.flatMap((port) =>
        port.methods.map((method) => ({
          port: port.name,
          version: port.version,
          method,
          stats: stats.of(subjectOf(port, method)),
        })),
      );
      return { ...instance, methods };
    });
    return drawPicture(work, [await report()], Date.now());
  }
}
