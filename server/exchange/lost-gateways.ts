import type { Csms } from '@voltpile/csms/service';
import type { Job } from '@voltpile/platform/jobs/job-runner';
import type { Registry } from '@voltpile/platform/registry/registry';
import type { Logger } from '@voltpile/platform/telemetry/logger';

/** How often it must be missing, one time after the other; a gateway that is restarted is back by then, and says so itself. */
const MOST_MISSED = 5;
const ASK_EVERY_MS = 2000;

export interface LostGatewaysOptions {
  readonly registry: Pick<Registry, 'instances'>;
  readonly connections: Pick<Csms['connections'], 'openNodes' | 'closeLostNode'>;
  /** Told when a gateway is judged to be gone. */
  readonly onLost: (node: string) => void;
  readonly logger: Logger;
  /** Resolves a while later, or when the signal is given. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

/**
 * Closes, in the records, what gateways had open that are gone: killed, or cut off. Stations that have gone elsewhere are there already; the others would
 * be shown as online for ever. All is seen within one run: the next one may be another process's.
 */
export function lostGatewaysJob({ registry, connections, onLost, logger, wait }: LostGatewaysOptions): Job {
  /** undefined: nobody can be asked, so that nobody is missing. */
  const missingGateways = async (): Promise<readonly string[] | undefined> => {
    const instances = await registry.instances();
    if (instances === undefined) return undefined;
    const alive = new Set(instances.flatMap(({ service, node }) => (service === 'station-gateway' ? [node] : [])));
    return (await connections.openNodes()).filter((node) => !alive.has(node));
  };
  return {
    name: 'csms.close-lost-gateways',
    schedule: '*/5 * * * * *',
    async run(signal) {
      const missed = new Map<string, number>();
      for (;;) {
        const missing = await missingGateways();
        if (missing === undefined) return;
        for (const node of missed.keys()) if (!missing.includes(node)) missed.delete(node);
        for (const node of missing) {
          const times = (missed.get(node) ?? 0) + 1;
          missed.set(node, times);
          if (times <= MOST_MISSED) continue;
          const count = await connections.closeLostNode(node);
          missed.delete(node);
          onLost(node);
          logger.warn({ nodeId: node, count }, 'a gateway is gone: the connections that it had are closed');
        }
        if (missed.size === 0) return;
        await wait(ASK_EVERY_MS, signal);
        if (signal.aborted) return;
      }
    },
  };
}
