import type { Uuid } from '@voltpile/kernel/ids';
import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import type { Knex } from 'knex';
import type { HalfHourModel } from '../contract/half-hour-tariff.ts';
import type { Tariff } from '../contract/tariff.ts';
import { type CompiledTariff, compileTariff } from '../rating/compile-tariff.ts';
import { keysOfQuestion } from './assignment-target.ts';
import { chooseAssignment, holds, type TariffQuestion } from './choose-assignment.ts';
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

export interface TariffFinder {
  /**
   * The tariffs that hold for charges, by {@link chooseAssignment}, each in the version that is in effect at that time. An assignment whose tariff has no
   * version in effect then is as if it were not there.
   *
   * @returns in the order of the questions; null: none is assigned
   */
  tariffsFor(questions: readonly TariffQuestion[]): Promise<(FoundTariff | null)[]>;
  /** Whether an assignment holds for charges whose tariff has no version in effect at that time, in the order of the questions. */
  lackVersions(questions: readonly TariffQuestion[]): Promise<boolean[]>;
  /** Whether any tariff was ever assigned in an organisation; the answer may be some seconds old. */
  hasPrices(organizationId: Uuid): Promise<boolean>;
}

/** Neither an EVSE nor a driver: what holds for everybody at a station. */
export const EVERYBODY = { evseId: null, accountId: null, accountGroupId: null, partnerId: null } as const;

/** Of one query. */
const MOST_QUESTIONS = 500;
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

  /** What is assigned for each question, asked for many at once. */
  const each = <T>(
    questions: readonly TariffQuestion[],
    answer: (assigned: readonly AssignedVersion[], question: TariffQuestion) => Promise<T>,
  ): Promise<T[]> =>
    withDatabaseErrors(async () => {
      const answers: T[] = [];
      for (let from = 0; from < questions.length; from += MOST_QUESTIONS) {
        const asked = questions.slice(from, from + MOST_QUESTIONS);
        const assigned = await findAssignedVersions(
          knex,
          asked.map((question) => ({ ...question, keys: keysOfQuestion(question) })),
        );
        for (const [index, question] of asked.entries()) answers.push(await answer(assigned[index] ?? [], question));
      }
      return answers;
    });

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
    tariffsFor: (questions) => each(questions, choose),
    lackVersions: (questions) =>
      each(questions, async (assigned, question) =>
        assigned.some((candidate) => candidate.version === null && holds(candidate, question)),
      ),
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
