import type { JobService } from '@voltpile/platform/jobs/jobs-port';
import type { DatabaseSizeView, StoragePort } from '@voltpile/platform/storage/storage-port';
import { defineRoute, type Route } from '../http/route.ts';
import { storageView } from '../schemas/storage.ts';
import { askServices } from './ask-services.ts';

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
        const { answers, unavailable } = await askServices((service) => storage[service].size());
        const found = new Map<string, DatabaseSizeView & { services: JobService[] }>();
        for (const { service, answer } of answers) {
          const known = found.get(answer.database);
          if (known === undefined) found.set(answer.database, { ...answer, services: [service] });
          else known.services.push(service);
        }
        return { status: 200, json: { items: [...found.values()], unavailable } };
      },
    }),
  ];
}
