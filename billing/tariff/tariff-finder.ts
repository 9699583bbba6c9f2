import type { Uuid } from '@voltpile/kernel/ids';
import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import type { Knex } from 'knex';
import type { HalfHourModel } from '../contract/half-hour-tariff.ts';
import type { Tariff } from '../contract/tariff.ts';
import { type CompiledTariff, compileTariff } from '../rating/compile-tariff.ts';
import { chooseAssignment, type TariffQuestion } from './choose-assignment.ts';
import { halfHourModelOf } from './half-hour-model.ts';
import { findAssignedVersions } from './persistence/assignments-repository.ts';
import { findVersionById } from './persistence/versions-repository.ts';
import { VersionCache } from './version-cache.ts';

/** What a charge is priced by. */
export interface FoundTariff {
  readonly tariffId: Uuid;
  readonly name: string;
  readonly version: number;
  readonly versionId: Uuid;
  /** Why it is this one. */
  readonly assignmentId: Uuid;
  readonly tariff: Tariff;
  readonly compiled: CompiledTariff;
  /** For piles that know half-hour rates; null where they cannot be told it. */
  readonly halfHourModel: HalfHourModel | null;
}

export interface TariffFinder {
  /**
   * The tariff that holds for a charge, by {@link chooseAssignment}, in the version that is in effect at that time. An assignment whose tariff has no
   * version in effect then is as if it were not there.
   *
   * @returns null: none is assigned
   */
  tariffFor(question: TariffQuestion): Promise<FoundTariff | null>;
}

/** Of a tariff of some kilobytes that is some megabytes; a deployment has fewer in effect. */
const MOST_KEPT = 500;

export function createTariffFinder(knex: Knex): TariffFinder {
  const kept = new VersionCache<Pick<FoundTariff, 'tariff' | 'compiled' | 'halfHourModel'> | null>(MOST_KEPT);
  return {
    tariffFor: (question) =>
      withDatabaseErrors(async () => {
        const assigned = await findAssignedVersions(knex, question);
        const chosen = chooseAssignment(
          assigned.filter(({ version }) => version !== null),
          question,
        );
        if (chosen === null || chosen.version === null) return null;
        const { id: versionId, version } = chosen.version;
        const content = await kept.get(versionId, async () => {
          const row = await findVersionById(knex, versionId);
          if (row === undefined) return null;
          const { content: tariff, entered } = row;
          return { tariff, compiled: compileTariff(tariff), halfHourModel: halfHourModelOf(entered ?? tariff) };
        });
        // Only a version that is still ahead can be withdrawn in between.
        if (content === null) return null;
        const { tariff_id: tariffId, tariff_name: name } = chosen.row;
        return { tariffId, name, version, versionId, assignmentId: chosen.id, ...content };
      }),
  };
}
