import { isRole, type Role } from '../config/config.ts';
import type { MethodStats } from '../nats/method-stats.ts';
import { methodOfSubject } from '../nats/wire.ts';
import { instanceAnswer, statsAnswer } from './answers.ts';

/** A process, as the registry shows it. */
export interface NodeIdentity {
  /** The same after a restart: it is kept in the data folder. */
  readonly node: string;
  readonly host: string;
  readonly pid: number;
  readonly version: string;
  /** RFC 3339: another one after each start. */
  readonly startedAt: string;
  readonly zone: string | null;
  /** Where the other processes reach its HTTP; null: it is alone. */
  readonly http: string | null;
}

/** One role of a process. */
export interface Instance extends NodeIdentity {
  readonly service: Role;
  readonly id: string;
}

/** A method that an instance serves. */
export interface ServedMethod {
  readonly port: string;
  readonly version: number;
  readonly method: string;
  /** null: it was never called */
  readonly stats: MethodStats | null;
}

export interface InstanceWork extends Instance {
  readonly methods: readonly ServedMethod[];
}

/** What an instance says of itself: text only, as the registry of NATS wants it. */
export function toMetadata(identity: NodeIdentity): Record<string, string> {
  const { node, host, pid, startedAt, zone, http } = identity;
  return {
    node,
    host,
    pid: String(pid),
    startedAt,
    ...(http === null ? {} : { http }),
    ...(zone === null ? {} : { zone }),
  };
}

/** @returns undefined for services that are not ours: the broker may have others */
export function readInstance(answer: unknown): Instance | undefined {
  const read = instanceAnswer.safeParse(answer);
  if (!read.success || !isRole(read.data.name)) return undefined;
  const { name: service, id, version, metadata } = read.data;
  const { node, host, pid, startedAt, zone = null, http = null } = metadata;
  return { service, id, version, node, host, pid, startedAt, zone, http };
}

/** @returns undefined for services that are not ours */
export function readInstanceWork(answer: unknown): InstanceWork | undefined {
  const instance = readInstance(answer);
  const read = statsAnswer.safeParse(answer);
  if (instance === undefined || !read.success) return undefined;
  const methods = read.data.endpoints.flatMap(({ subject, data }): ServedMethod[] => {
    const served = methodOfSubject(subject);
    return served === undefined ? [] : [{ ...served, stats: data ?? null }];
  });
  return { ...instance, methods };
}
