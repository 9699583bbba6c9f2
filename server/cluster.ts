import type { Bus } from '@voltpile/platform/nats/connection';
import type { StatsBook } from '@voltpile/platform/nats/method-stats';
import { PortClients } from '@voltpile/platform/nats/port-client';
import { PortService } from '@voltpile/platform/nats/port-service';
import { type NodeIdentity, toMetadata } from '@voltpile/platform/registry/instances';
import type { Logger } from '@voltpile/platform/telemetry/logger';
import type { Metrics } from '@voltpile/platform/telemetry/metrics';
import type { Cluster } from './exchange/port-exchange.ts';
import type { LocalConfig } from './settings/settings.ts';

/** The process as one of many. */
export interface ClusterMember extends Cluster {
  readonly bus: Bus;
}

/** A gateway waits for the answers of many stations at once. */
const GATEWAY_MAX_IN_HAND = 50_000;

/**
 * Joins the cluster: one service for each role that runs here. Nothing is served until rooms offer their ports.
 *
 * @param facts.bus on which this process has been found to belong to the cluster, see `enterCluster`
 */
export async function joinCluster(
  facts: {
    readonly config: LocalConfig;
    readonly bus: Bus;
    readonly identity: NodeIdentity;
    readonly stats: StatsBook;
    readonly logger: Logger;
    readonly metrics: Metrics;
  },
  resources: AsyncDisposableStack,
): Promise<ClusterMember> {
  const { config, bus, identity, stats, logger, metrics } = facts;
  const clients = new PortClients({ bus, metrics });
  resources.defer(() => clients.close());
  const services = new Map<string, PortService>();
  for (const role of config.roles) {
    const service = await PortService.start({
      bus,
      name: role,
      version: identity.version,
      metadata: toMetadata(identity),
      stats,
      logger: logger.child({ component: 'nats' }),
      metrics,
      ...(role === 'station-gateway' ? { maxInHand: GATEWAY_MAX_IN_HAND } : {}),
    });
    services.set(role, service);
  }
  return { bus, clients, services };
}
