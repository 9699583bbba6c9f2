import { ROLES } from '../config/config.ts';
import type { Job } from '../jobs/job-runner.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Registry } from './registry.ts';
import type { ServiceHistory } from './service-history.ts';

export interface MembershipJobsOptions {
  readonly registry: Registry;
  readonly history: Pick<ServiceHistory, 'note' | 'trim'>;
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** Milliseconds that only grow. */
  readonly now?: () => number;
}

/** Older than that, what this process counted is not told any more: another one does the job now. */
const FRESH_MS = 20_000;

/** Looks every five seconds who is there, and writes down who came and went. One process at a time does it, and tells how many there are. */
export function membershipJobs(options: MembershipJobsOptions): Job[] {
  const { registry, history, metrics, logger, now = () => performance.now() } = options;
  let counted: { readonly services: ReadonlyMap<string, number>; readonly atMs: number } | undefined;
  metrics.gauge(
    'voltpile_service_instances',
    'Instances of each service. Told by the one process that looks.',
    ['service'],
    (gauge) => {
      gauge.reset();
      if (counted === undefined || now() - counted.atMs > FRESH_MS) return;
      for (const service of ROLES) gauge.set({ service }, counted.services.get(service) ?? 0);
    },
  );
  return [
    {
      name: 'platform.service-members',
      schedule: '*/5 * * * * *',
      async run() {
        const seen = await registry.instances();
        // Nobody can be asked: nobody is missing.
        if (seen === undefined) return;
        const services = new Map<string, number>();
        for (const { service } of seen) services.set(service, (services.get(service) ?? 0) + 1);
        counted = { services, atMs: now() };
        for (const { kind, member } of await history.note(seen)) {
          const { service, node: nodeId, host, pid } = member;
          const level = kind === 'vanished' ? 'warn' : 'info';
          logger[level]({ service, nodeId, host, pid, change: kind }, 'the members of the cluster have changed');
        }
      },
    },
    { name: 'platform.trim-service-history', schedule: '37 * * * *', run: () => history.trim() },
  ];
}
