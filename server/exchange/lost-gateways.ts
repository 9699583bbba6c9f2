import type { Csms } from '@voltpile/csms/service';
import type { Job } from '@voltpile/platform/jobs/job-runner';
import type { Registry } from '@voltpile/platform/registry/registry';
import type { Logger } from '@voltpile/platform/telemetry/logger';

/** Of the registry; a gateway that is restarted is back by then, and says so itself. */
const PATIENCE_MS = 10_000;

/**
 * Closes, in the records, what gateways had open that are gone: killed, or cut off. Stations that have gone elsewhere are there already; the others would
 * be shown as online for ever.
 */
export function lostGatewaysJob(
  registry: Pick<Registry, 'instances'>,
  { connections }: Pick<Csms, 'connections'>,
  logger: Logger,
  now: () => number = () => performance.now(),
): Job {
  const missingSince = new Map<string, number>();
  return {
    name: 'csms.close-lost-gateways',
    schedule: '*/5 * * * * *',
    async run(signal) {
      const instances = await registry.instances();
      // Nobody can be asked: nobody is missing.
      if (instances === undefined) return missingSince.clear();
      const gateways = instances.filter(({ service }) => service === 'station-gateway');
      const alive = new Set(gateways.map(({ node }) => node));
      const missing = (await connections.openNodes()).filter((node) => !alive.has(node));
      for (const node of missingSince.keys()) if (!missing.includes(node)) missingSince.delete(node);
      for (const node of missing) {
        const since = missingSince.get(node) ?? now();
        missingSince.set(node, since);
        if (now() - since < PATIENCE_MS || signal.aborted) continue;
        const count = await connections.closeNode(node, 'its gateway is gone');
        missingSince.delete(node);
        logger.warn({ nodeId: node, count }, 'a gateway is gone: the connections that it had are closed');
      }
    },
  };
}
