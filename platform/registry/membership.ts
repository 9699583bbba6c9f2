import type { Instance } from './instances.ts';

/**
 * `restarted`: the same installation in a new process; `returned`: the same process, which could not be reached; `stopped`: it said so; `vanished`: it did
 * not answer any more.
 */
export const MEMBERSHIP_CHANGES = ['appeared', 'restarted', 'returned', 'stopped', 'vanished'] as const;
export type MembershipChange = (typeof MEMBERSHIP_CHANGES)[number];

/** A role of an installation, as it was last known. */
export interface Member extends Pick<Instance, 'service' | 'node' | 'host' | 'pid' | 'version' | 'zone' | 'startedAt'> {
  readonly state: 'present' | 'stopped' | 'vanished';
  readonly lastSeenAt: string;
  /** Times in a row that it did not answer. */
  readonly missed: number;
}

export interface Judgement {
  /** Those that are another than they were. */
  readonly members: readonly Member[];
  readonly changes: readonly { readonly kind: MembershipChange; readonly member: Member }[];
}

/** One missed answer means little: a process may be busy, or just be connecting again. */
const MOST_MISSED = 2;

/**
 * What has become of the members, by who has answered now.
 *
 * @param now RFC 3339
 */
export function judge(known: readonly Member[], seen: readonly Instance[], now: string): Judgement {
  const members: Member[] = [];
  const changes: { kind: MembershipChange; member: Member }[] = [];
  const answered = new Set<string>();
  const byKey = new Map(known.map((member) => [keyOf(member), member]));
  for (const [key, instance] of newest(seen)) {
    const kind = changeOf(byKey.get(key), instance);
    if (kind === 'none') continue;
    answered.add(key);
    const member = toMember(instance, 'present', now);
    members.push(member);
    if (kind !== 'seen') changes.push({ kind, member });
  }
  for (const before of known) {
    if (before.state !== 'present' || answered.has(keyOf(before))) continue;
    const missed = before.missed + 1;
    const member: Member = { ...before, missed, state: missed > MOST_MISSED ? 'vanished' : 'present' };
    members.push(member);
    if (member.state === 'vanished') changes.push({ kind: 'vanished', member });
  }
  return { members, changes };
}

/** What the members become that say that they stop. One that has said so already, or was started again meanwhile, stays what it is. */
export function judgeStops(known: readonly Member[], stopping: readonly Instance[], now: string): Judgement {
  const byKey = new Map(known.map((member) => [keyOf(member), member]));
  const members = [...newest(stopping)].flatMap(([key, instance]): Member[] => {
    const before = byKey.get(key);
    const laterMs = before === undefined ? 1 : Date.parse(instance.startedAt) - Date.parse(before.startedAt);
    const isKnown = laterMs === 0 && before?.state === 'stopped' && before.pid === instance.pid;
    const isPast = laterMs < 0 && before?.state === 'present';
    return isKnown || isPast ? [] : [toMember(instance, 'stopped', now)];
  });
  return { members, changes: members.map((member) => ({ kind: 'stopped', member })) };
}

export function toMember(instance: Omit<Instance, 'id' | 'http'>, state: Member['state'], now: string): Member {
  const { service, node, host, pid, version, zone, startedAt } = instance;
  return { service, node, host, pid, version, zone, startedAt, state, lastSeenAt: now, missed: 0 };
}

function changeOf(before: Member | undefined, instance: Instance): MembershipChange | 'seen' | 'none' {
  if (before === undefined) return 'appeared';
  const laterMs = Date.parse(instance.startedAt) - Date.parse(before.startedAt);
  if (laterMs === 0 && before.pid === instance.pid) {
    if (before.state === 'present') return 'seen';
    // It was asked before it said that it stops.
    return before.state === 'stopped' ? 'none' : 'returned';
  }
  // Two with the data folder of one: the older one does not count while the newer one is there.
  return laterMs < 0 && before.state === 'present' ? 'none' : 'restarted';
}

function newest(seen: readonly Instance[]): Map<string, Instance> {
  const found = new Map<string, Instance>();
  for (const instance of seen) {
    const other = found.get(keyOf(instance));
    if (other === undefined || Date.parse(other.startedAt) < Date.parse(instance.startedAt)) {
      found.set(keyOf(instance), instance);
    }
  }
  return found;
}

function keyOf({ service, node }: Pick<Instance, 'service' | 'node'>): string {
  return `${service} ${node}`;
}
