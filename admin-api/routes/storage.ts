import { JOB_SERVICES, type JobService } from '@voltpile/platform/jobs/jobs-port';
import type { DatabaseSizeView, StoragePort } from '@voltpile/platform/storage/storage-port';
import { defineRoute, type Route } from '../http/route.ts';
import { storageView } from '../schemas/storage.ts';

export function storageRoutes(storage: Readonly<Record<JobService, StoragePort>>): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/storage',
      operationId: 'getStorage',
      tag: 'storage',
      summary: 'How large databases and their tables are, and were',
      description:
        'Tables with their indexes and partitions, the largest first. Services that share a database are named with it.',
      permission: 'platform.read',
      wholeDeployment: true,
      responses: { 200: { description: 'The databases.', schema: storageView } },
      handle: async () => {
        const sizes = await Promise.allSettled(JOB_SERVICES.map((service) => storage[service].size()));
        const found = new Map<string, DatabaseSizeView & { services: JobService[] }>();
        const unavailable: JobService[] = [];
        sizes.forEach((size, index) => {
          const service = JOB_SERVICES[index] as JobService;
          if (size.status === 'rejected') unavailable.push(service);
          else {
            const known = found.get(size.value.database);
            if (known === undefined) found.set(size.value.database, { ...size.value, services: [service] });
            else known.services.push(service);
          }
        });
        return { status: 200, json: { items: [...found.values()], unavailable } };
      },
    }),
  ];
}
