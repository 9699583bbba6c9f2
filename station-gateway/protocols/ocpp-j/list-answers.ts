import type { CommandOutcome } from '@voltpile/csms/contract/station-link';
import type { CallOutcome } from '@voltpile/ocpp/rpc/types';
import { unanswered } from './outcome.ts';
import { asFields } from './values/fields.ts';
import { worstStatus } from './worst.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What the answers to a command in several parts say together. */
export interface ListAnswers {
  readonly status: CommandOutcome['status'];
  /** The station's own answer when there is one; of several, their lists as one, with the first explanation of a part that failed. */
  readonly response: unknown;
  /** The items of each part, in the order of the parts; none for a part without a list. */
  readonly lists: readonly (readonly Fields[])[];
}

/**
 * Judges answers that hold a list with one item for each that was asked about (OCPP 2.0.1 B05.FR.02, B06.FR.02). A part is accepted when
 * each of its items says yes, rejected when one says no, and failed when there is no list or it is shorter than the question.
 *
 * @param name the member that holds the list
 * @param asked how many items each part was about
 */
export function judgeLists(
  answers: readonly [CallOutcome, ...CallOutcome[]],
  name: string,
  asked: readonly number[],
  saysYes: (item: Fields) => boolean,
): ListAnswers {
  const lists = answers.map((answer) => (answer.kind === 'result' ? readList(answer.payload, name) : []));
  const parts = answers.map((answer, index) => {
    if (answer.kind !== 'result') return { answer, ...unanswered(answer) };
    const items = lists[index] ?? [];
    const isWhole = items.length > 0 && items.length >= (asked[index] ?? 0);
    const status = isWhole ? (items.every(saysYes) ? 'accepted' : 'rejected') : 'failed';
    return { answer, status, response: answer.payload } as const;
  });
  const [first] = parts;
  const isAlone = parts.length === 1 && first?.answer.kind === 'result';
  const problem = parts.find(({ answer }) => answer.kind !== 'result');
  return {
    status: worstStatus(parts),
    response: isAlone ? first.response : { ...asFields(problem?.response), [name]: lists.flat() },
    lists,
  };
}

function readList(payload: unknown, name: string): Fields[] {
  const list = asFields(payload)[name];
  return Array.isArray(list) ? list.map(asFields) : [];
}
