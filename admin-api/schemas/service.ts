import { ROLES } from '@voltpile/platform/config/config';
import { MEMBERSHIP_CHANGES } from '@voltpile/platform/registry/membership';
import {
  type CallerView,
  type InstanceFigures,
  type InstanceView,
  type MethodView,
  type QueueView,
  SERVICE_STATES,
  type ServicePicture,
} from '@voltpile/platform/registry/picture';
import type { MembershipEvent } from '@voltpile/platform/registry/service-history';
import * as z from 'zod';
import { dateTime, uuid } from './common.ts';

const rate = z.number().meta({ description: 'Calls a second, over the last minute.' });
const errorShare = z
  .number()
  .meta({ description: '0 to 1: calls of the last minute that failed. Refusals are answers.' });
const milliseconds = z.number();

const node = z.string().meta({ description: 'The installation: the same after a restart.' });
const zone = z.string().nullable();

export const serviceInstance = z
  .object({
    id: z.string(),
    node,
    host: z.string(),
    pid: z.int(),
    version: z.string(),
    startedAt: dateTime,
    uptimeSeconds: z.int(),
    zone,
    http: z.string().nullable().meta({ description: 'Where the other processes reach it; null: it is alone.' }),
    roles: z.array(z.string()).meta({ description: 'Of the same process.' }),
  })
  .meta({ id: 'ServiceInstance' }) satisfies z.ZodType<InstanceView>;

const summary = {
  name: z.enum(ROLES),
  state: z.enum(SERVICE_STATES).meta({
    description:
      '`down`: nobody serves it; `degraded`: a process that calls it holds calls back, because too many failed.',
  }),
  perSecond: rate,
  errorShare,
  openBreakers: z.int().meta({ description: 'Circuit breakers of its methods that hold calls back, of all callers.' }),
  instances: z.array(serviceInstance),
};

export type ServiceSummary = Omit<ServicePicture, 'methods' | 'callers' | 'queues'>;

export const serviceSummary = z.object(summary).meta({ id: 'Service' }) satisfies z.ZodType<ServiceSummary>;

const figures = {
  calls: z.int().meta({ description: 'Since the start.' }),
  perSecond: rate,
  failures: z.int().meta({ description: 'Since the start.' }),
  errorShare,
  p50Ms: milliseconds,
  p99Ms: milliseconds,
};

const instanceFigures = z
  .object({ id: z.string(), node, ...figures })
  .meta({ id: 'ServiceInstanceFigures' }) satisfies z.ZodType<InstanceFigures>;

const serviceMethod = z
  .object({
    port: z.string(),
    version: z.int(),
    method: z.string(),
    ...figures,
    p50Ms: milliseconds.meta({
      description: 'Of the last thousand calls of each instance: the mean of their medians.',
    }),
    p99Ms: milliseconds.meta({ description: 'That of the slowest instance.' }),
    lastErrors: z.array(z.object({ at: dateTime, code: z.string(), message: z.string(), node })),
    instances: z.array(instanceFigures).meta({ description: 'Those that were ever asked.' }),
  })
  .meta({ id: 'ServiceMethod' }) satisfies z.ZodType<MethodView>;

const serviceCaller = z
  .object({
    node: node.meta({ description: 'The process that calls.' }),
    host: z.string(),
    roles: z.array(z.string()),
    port: z.string(),
    method: z.string(),
    calledNode: z.string().nullable().meta({ description: 'null: whichever instance.' }),
    breaker: z.enum(['closed', 'open', 'half-open']),
    running: z.int(),
    waiting: z.int().meta({ description: 'Calls for which there is no place yet.' }),
    recent: z
      .object({
        calls: z.int(),
        failures: z.int(),
        rejected: z.int().meta({ description: 'By the open breaker.' }),
        p50Ms: milliseconds,
        p99Ms: milliseconds,
      })
      .meta({ description: 'Of the last ten seconds.' }),
  })
  .meta({ id: 'ServiceCaller' }) satisfies z.ZodType<CallerView>;

const serviceQueue = z
  .object({ node, host: z.string(), name: z.string(), depth: z.number() })
  .meta({ id: 'ServiceQueue' }) satisfies z.ZodType<QueueView>;

export const serviceView = z
  .object({
    ...summary,
    methods: z.array(serviceMethod),
    callers: z.array(serviceCaller),
    queues: z.array(serviceQueue).meta({ description: 'What waits in the instances.' }),
  })
  .meta({ id: 'ServiceDetails' }) satisfies z.ZodType<ServicePicture>;

export const membershipEvent = z
  .object({
    id: uuid,
    at: dateTime.meta({ description: 'When it was noticed.' }),
    kind: z.enum(MEMBERSHIP_CHANGES).meta({
      description:
        '`restarted`: the same installation in a new process; `returned`: the same process, which could not be reached; `stopped`: it said so; `vanished`: it does not answer any more.',
    }),
    service: z.enum(ROLES),
    node,
    host: z.string(),
    pid: z.int(),
    version: z.string(),
    zone,
    startedAt: dateTime,
    lastSeenAt: dateTime,
  })
  .meta({ id: 'MembershipEvent' }) satisfies z.ZodType<MembershipEvent>;
