import type { Instant } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import type { Knex } from 'knex';
import type { HalfHourModel } from '../contract/half-hour-tariff.ts';
import type { Tariff } from '../contract/tariff.ts';
import { type CompiledTariff, compileTariff } from '../rating/compile-tariff.ts';
import { keysOfQuestion } from './assignment-target.ts';
import { chooseAssignment, type TariffQuestion } from './choose-assignment.ts';
import { readHalfHourModel } from './half-hour-model.ts';
import { type AssignedVersion, findAssignedVersions, hasAssignments } from './persistence/assignments-repository.ts';
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
  /** Why not; null where they can. */
  readonly halfHourProblem: string | null;
}

/** Where a station is. */
export type StationPlace = Pick<TariffQuestion, 'organizationId' | 'siteId' | 'stationId'>;

export interface TariffFinder {
  /**
   * The tariff that holds for a charge, by {@link chooseAssignment}, in the version that is in effect at that time. An assignment whose tariff has no
   * version in effect then is as if it were not there.
   *
   * @returns null: none is assigned
   */
  tariffFor(question: TariffQuestion): Promise<FoundTariff | null>;
  /** Whether any tariff was ever assigned in an organisation; the answer may be some seconds old. */
  hasPrices(organizationId: Uuid): Promise<boolean>;
  /**
   * What holds for everybody at each of these stations, as {@link tariffFor} has it for one of them. Asks once for each organisation.
   *
   * @returns by station; null: none is assigned
   */
  tariffsOfStations(places: readonly StationPlace[], at: Instant): Promise<ReadonlyMap<string, FoundTariff | null>>;
}

/** Neither an EVSE nor a driver: what holds for everybody at a station. */
export const EVERYBODY = { evseId: null, accountId: null, accountGroupId: null, partnerId: null } as const;

/** Of a tariff of some kilobytes that is some megabytes; a deployment has fewer in effect. */
const MOST_KEPT = 500;

const HAS_PRICES_MS = 5000;
/** Organisations whose answer is remembered. */
const MOST_ORGANIZATIONS = 10_000;

export function createTariffFinder(knex: Knex): TariffFinder {
  const priced = new Map<Uuid, { readonly askedMs: number; readonly answer: Promise<boolean> }>();
  const kept = new VersionCache<VersionContent | null>(MOST_KEPT);

  const choose = async (
    assigned: readonly AssignedVersion[],
    question: TariffQuestion,
  ): Promise<FoundTariff | null> => {
    const chosen = chooseAssignment(
      assigned.filter(({ version }) => version !== null),
      question,
    );
    if (chosen === null || chosen.version === null) return null;
    const { id: versionId, version } = chosen.version;
    const content = await kept.get(versionId, () => readVersion(knex, versionId));
    // Only a version that is still ahead can be withdrawn in between.
    if (content === null) return null;
    const { tariff_id: tariffId, tariff_name: name } = chosen.row;
    return { tariffId, name, version, versionId, assignmentId: chosen.id, ...content };
  };

  return {
    hasPrices(organizationId) {
      const known = priced.get(organizationId);
      if (known !== undefined && performance.now() - known.askedMs < HAS_PRICES_MS) return known.answer;
      const answer = withDatabaseErrors(() => hasAssignments(knex, organizationId));
      // What failed is asked again.
      answer.catch(() => priced.delete(organizationId));
      if (priced.size >= MOST_ORGANIZATIONS) priced.clear();
      priced.set(organizationId, { askedMs: performance.now(), answer });
      return answer;
    },
    tariffFor: (question) =>
      withDatabaseErrors(async () =>
        choose(await findAssignedVersions(knex, { ...question, keys: keysOfQuestion(question) }), question),
      ),
    tariffsOfStations: (places, at) =>
      withDatabaseErrors(async () => {
        const found = new Map<string, FoundTariff | null>();
        for (const organizationId of new Set(places.map((place) => place.organizationId))) {
          const questions = places
            .filter((place) => place.organizationId === organizationId)
            .map((place): TariffQuestion => ({ ...place, ...EVERYBODY, at }));
          const keys = [...new Set(questions.flatMap(keysOfQuestion))];
          const assigned = await findAssignedVersions(knex, { organizationId, keys, at });
          // Most stations have nothing of their own: each is compared with what could hold there only.
          const byStation = Map.groupBy(assigned, ({ row }) => row.station_id);
          for (const question of questions) {
            const candidates = [...(byStation.get(null) ?? []), ...(byStation.get(question.stationId) ?? [])];
            found.set(question.stationId, await choose(candidates, question));
          }
        }
        return found;
      }),
  };
}

type VersionContent = Pick<FoundTariff, 'tariff' | 'compiled' | 'halfHourModel' | 'halfHourProblem'>;

async function readVersion(knex: Knex, versionId: Uuid): Promise<VersionContent | null> {
  const row = await findVersionById(knex, versionId);
  if (row === undefined) return null;
  const { content: tariff, entered } = row;
  const read = readHalfHourModel(entered ?? tariff);
  const forPiles =
    read.kind === 'model'
      ? { halfHourModel: read.model, halfHourProblem: null }
      : { halfHourModel: null, halfHourProblem: read.problem };
  return { tariff, compiled: compileTariff(tariff), ...forPiles };
}
