import type { CommandFacts, CommandOutcome } from '@voltpile/csms/contract/station-link';
import type { CallOutcome } from '@voltpile/ocpp/rpc/types';
import { asFields } from './values/fields.ts';

type Answers = readonly [CallOutcome, ...CallOutcome[]];
type Judge<C> = (answers: Answers, command: C) => CommandOutcome;

/**
 * A judge of answers that also says in neutral words what they hold. Nothing is said when the first answer is no result.
 *
 * @param read takes the first answer's members; undefined when they make no sense
 */
export function withFacts<C>(
  judge: Judge<C>,
  read: (answer: Readonly<Record<string, unknown>>, command: C) => CommandFacts | undefined,
): Judge<C> {
  return (answers, command) => {
    const outcome = judge(answers, command);
    const [first] = answers;
    const facts = first.kind === 'result' ? read(asFields(first.payload), command) : undefined;
    return facts === undefined ? outcome : { ...outcome, facts };
  };
}
