import { setTimeout as sleep } from 'node:timers/promises';
import type { Billing } from '@voltpile/billing/service';
import type { Csms } from '@voltpile/csms/service';
import type { Operations } from '@voltpile/operations/service';
import type { Role } from '@voltpile/platform/config/config';
import { createJobRunner, type Job, type JobRunner } from '@voltpile/platform/jobs/job-runner';
import { JOB_SERVICES, type JobsPort, jobsPortOf, unknownJob } from '@voltpile/platform/jobs/jobs-port';
import { membershipJobs } from '@voltpile/platform/registry/membership-jobs';
import type { Registry } from '@voltpile/platform/registry/registry';
import type { ServiceHistory } from '@voltpile/platform/registry/service-history';
import { createStorage } from '@voltpile/platform/storage/storage';
import { storagePortOf } from '@voltpile/platform/storage/storage-port';
import type { Logger } from '@voltpile/platform/telemetry/logger';
import type { ClusterMember } from './cluster.ts';
import type { Databases } from './databases.ts';
import { tellLoss } from './exchange/gateway-losses.ts';
import { lostGatewaysJob } from './exchange/lost-gateways.ts';
import type { Ingredients } from './roles/ingredients.ts';

export interface Rooms {
  readonly csms: Csms | undefined;
  readonly billing: Billing | undefined;
  readonly operations: Operations | undefined;
  /** null: others write it down. */
  readonly history: ServiceHistory | null;
}

/**
 * Starts the jobs of each room in the room's database, which sees to it that one process at a time runs a job, and lets others see and start those of this
 * process's services.
 */
export async function startJobs(
  databases: Databases,
  rooms: Rooms,
  options: Ingredients & { readonly member: ClusterMember | null; readonly registry: Registry },
  resources: AsyncDisposableStack,
): Promise<JobRunner> {
  const { logger, metrics, member, registry, exchange } = options;
  const { csms, billing, operations, history } = rooms;
  const jobsOf: Partial<Record<Role, readonly Job[]>> = {
    csms:
      csms === undefined
        ? []
        : [...csms.jobs, ...(member === null ? [] : [lostGatewaysOf(csms, member, registry, logger)])],
    billing: billing?.jobs ?? [],
    operations: operations?.jobs ?? [],
  };
  const runners = databases.all.map(({ database, roles }) => {
    const jobs = roles.flatMap((role) => jobsOf[role] ?? []);
    if (database === databases.platform && history !== null) {
      jobs.push(...membershipJobs({ registry, history, metrics, logger }));
    }
    const storage = createStorage(database);
    jobs.push(...storage.jobs);
    for (const service of JOB_SERVICES) {
      if (roles.includes(service) && rooms[service] !== undefined) exchange.offer(storagePortOf(service), storage.port);
    }
    const names = new Set(jobs.map(({ name }) => name));
    return { names, runner: createJobRunner(database, jobs, logger.child({ component: 'jobs' })) };
  });
  const ownerOf = (name: string): JobRunner => {
    const owner = runners.find(({ names }) => names.has(name));
    if (owner === undefined) throw unknownJob({ name });
    return owner.runner;
  };
  const all: JobRunner = {
    async start() {
      for (const { runner } of runners) await runner.start();
    },
    runNow: async (name) => ownerOf(name).runNow(name),
    begin: async (name) => ownerOf(name).begin(name),
    async list() {
      const lists = await Promise.all(runners.map(({ runner }) => runner.list()));
      return lists.flat();
    },
    async stop() {
      await Promise.all(runners.map(({ runner }) => runner.stop()));
    },
  };
  resources.defer(() => all.stop());
  await all.start();
  for (const service of JOB_SERVICES) {
    if (jobsOf[service] !== undefined && rooms[service] !== undefined)
      exchange.offer(jobsPortOf(service), only(all, service));
  }
  return all;
}

function lostGatewaysOf({ connections }: Csms, { bus }: ClusterMember, registry: Registry, logger: Logger): Job {
  const wait = (ms: number, signal: AbortSignal) => sleep(ms, undefined, { signal }).catch(() => {});
  return lostGatewaysJob({ registry, connections, onLost: (node) => tellLoss(bus, node), logger, wait });
}

/** The jobs of one service. Those of the platform run in every process that stores anything, so each service has them. */
function only(all: JobsPort, service: string): JobsPort {
  const isOwn = (name: string): boolean => name.startsWith(`${service}.`) || name.startsWith('platform.');
  return {
    list: async () => (await all.list()).filter(({ name }) => isOwn(name)),
    async begin(name) {
      if (!isOwn(name)) throw unknownJob({ name });
      return all.begin(name);
    },
  };
}
