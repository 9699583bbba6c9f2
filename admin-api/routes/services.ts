import { defineError } from '@voltpile/kernel/errors';
import type { Registry } from '@voltpile/platform/registry/registry';
import type { ServiceHistory } from '@voltpile/platform/registry/service-history';
import * as z from 'zod';
import { defineRoute, type Route } from '../http/route.ts';
import { pageOf, pageQuery, text } from '../schemas/common.ts';
import { membershipEvent, serviceSummary, serviceView } from '../schemas/service.ts';

export interface PlatformView {
  readonly registry: Pick<Registry, 'picture'>;
  readonly history: Pick<ServiceHistory, 'list'>;
}

export const unknownService = defineError('service.unknown', 'NotFound', 'There is no service {name}.');

const tag = 'platform';

/** Processes belong to no organisation. */
export function serviceRoutes({ registry, history }: PlatformView): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/services',
      operationId: 'listServices',
      tag,
      summary: 'The services with their instances, and how they are',
      description:
        'Asked of the processes themselves, at most once a second. A service that nobody serves is listed as `down`. One process that is alone shows itself as the instance of every service.',
      permission: 'platform.read',
      wholeDeployment: true,
      responses: { 200: { description: 'All services.', schema: pageOf(serviceSummary) } },
      handle: async () => {
        const { services } = await registry.picture();
        const items = services.map(({ methods: _methods, callers: _callers, queues: _queues, ...shown }) => shown);
        return { status: 200, json: { items, nextCursor: null } };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/services/history',
      operationId: 'listServiceHistory',
      tag,
      summary: 'Who came and went, newest first',
      description: 'Kept for 90 days. A process that was killed is noticed after ten to fifteen seconds.',
      permission: 'platform.read',
      wholeDeployment: true,
      query: pageQuery.extend({ service: text(1, 100).optional(), node: text(1, 100).optional() }),
      responses: { 200: { description: 'A page.', schema: pageOf(membershipEvent) } },
      handle: async ({ query }) => {
        const { limit, cursor, ...filter } = query;
        return { status: 200, json: await history.list(filter, { limit, cursor }) };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/services/{name}',
      operationId: 'getService',
      tag,
      summary: 'A service: its methods, and what those who call it think of them',
      description:
        'Figures of methods are counted where they are served, calls within a process included. Breakers and bulkheads belong to the processes that call over the network.',
      permission: 'platform.read',
      wholeDeployment: true,
      params: z.strictObject({ name: text(1, 100) }),
      responses: { 200: { description: 'The service.', schema: serviceView } },
      handle: async ({ params: { name } }) => {
        const { services } = await registry.picture();
        const found = services.find((service) => service.name === name);
        if (found === undefined) throw unknownService({ name });
        return { status: 200, json: found };
      },
    }),
  ];
}
