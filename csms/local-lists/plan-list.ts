import { type Instant, toIso } from '@voltpile/kernel/clock';
import type { Knex } from 'knex';
import type { LocalListPolicy } from '../contract/local-lists-port.ts';
import { type ListRecord, readCandidates } from '../persistence/local-lists-repository.ts';
import { vocabularyOf } from '../stations/station-vocabulary.ts';
import { type ListLimits, listLimits, type ReadListLimits } from './list-limits.ts';
import { type WantedList, wantedList } from './wanted-list.ts';

/** The policy that counts: the station's own, or its site's. */
export function policyOf({ stationPolicy, sitePolicy }: ListRecord): LocalListPolicy {
  return stationPolicy ?? sitePolicy;
}

/** Whether there is anything to be kept in step: a policy, or something of ours to be taken out again. */
export function isKept(record: ListRecord): boolean {
  return policyOf(record).kind !== 'off' || record.state.managed;
}

/** What the station should have, and in which parts it takes it. */
export async function planList(
  db: Knex,
  record: ListRecord,
  readLimits: ReadListLimits,
  now: Instant,
): Promise<{ readonly wanted: WantedList; readonly limits: ListLimits }> {
  const vocabulary = vocabularyOf(record.capabilities);
  const limits = listLimits(await readLimits(db, record.station), vocabulary);
  const candidates = await readCandidates(db, record.organizationId, policyOf(record));
  const rules = {
    withRefused: record.allowsUnknownOffline,
    masterPassGroupId: record.masterPassGroupId,
    knowsMasterPass: vocabulary === 'components',
  };
  return { wanted: wantedList(candidates, rules, limits, toIso(now)), limits };
}
