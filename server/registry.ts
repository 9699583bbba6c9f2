import type { Role } from '@voltpile/platform/config/config';
import type { StatsBook } from '@voltpile/platform/nats/method-stats';
import { ClusterRegistry, serveReports } from '@voltpile/platform/registry/cluster-registry';
import type { Instance, NodeIdentity } from '@voltpile/platform/registry/instances';
import { sayFarewell } from '@voltpile/platform/registry/leave';
import { LocalRegistry } from '@voltpile/platform/registry/local-registry';
import { type NodeReport, worthTelling } from '@voltpile/platform/registry/node-report';
import type { Registry } from '@voltpile/platform/registry/registry';
import type { ServiceHistory } from '@voltpile/platform/registry/service-history';
import type { Logger } from '@voltpile/platform/telemetry/logger';
import type { Metrics } from '@voltpile/platform/telemetry/metrics';
import type { ClusterMember } from './cluster.ts';
import type { PortExchange } from './exchange/port-exchange.ts';
import { queueDepths } from './queue-depths.ts';

const PATIENCE_MS = 2000;

/** Who there is, as this process sees it: itself, or all that answer. It answers, too, from now on. */
export function makeRegistry(parts: {
  readonly identity: NodeIdentity;
  readonly roles: readonly Role[];
  readonly exchange: PortExchange;
  readonly stats: StatsBook;
  readonly member: ClusterMember | null;
  readonly metrics: Metrics;
  readonly logger: Logger;
}): Registry {
  const { identity, roles, exchange, stats, member, metrics } = parts;
  const report = async (): Promise<NodeReport> => ({
    node: identity.node,
    host: identity.host,
    roles,
    calls: worthTelling(member?.clients.state() ?? []),
    queues: [
      ...[...(member?.services ?? [])].map(([service, { inHand }]) => ({
        service,
        name: 'calls-in-hand',
        depth: inHand,
      })),
      ...(await queueDepths(metrics)),
    ],
  });
  if (member === null) {
    return new LocalRegistry({ identity, roles, offered: () => exchange.offered, stats, report });
  }
  // Ends with the connection.
  serveReports(member.bus, report, parts.logger.child({ component: 'registry' }));
  return new ClusterRegistry(member.bus);
}

/**
 * Says that this process stops, so that it is not taken for one that has died. Not waited for long.
 *
 * @param parts.history null: nothing is kept here, somebody else writes it down
 */
export async function leaveRegistry(parts: {
  readonly identity: NodeIdentity;
  readonly config: { readonly roles: readonly Role[] };
  readonly member: ClusterMember | null;
  readonly history: ServiceHistory | null;
  readonly logger: Logger;
}): Promise<void> {
  const { identity, config, member, history, logger } = parts;
  const instances = config.roles.map((service): Instance => ({ ...identity, service, id: identity.node }));
  if (history === null) {
    if (member !== null) await sayFarewell(member.bus, instances);
    return;
  }
  const written = history
    .noteStop(instances)
    .catch((err: unknown) => logger.warn({ err }, 'that this process stops could not be written down'));
  await Promise.race([written, new Promise<void>((resolve) => void setTimeout(resolve, PATIENCE_MS).unref())]);
}
