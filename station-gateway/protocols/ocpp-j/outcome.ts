import type { CommandOutcome } from '@voltpile/csms/contract/station-link';
import type { CallOutcome } from '@voltpile/ocpp/rpc/types';
import { asFields } from './values/fields.ts';

type Unanswered = Exclude<CallOutcome, { kind: 'result' }>;
type Answers = readonly [CallOutcome, ...CallOutcome[]];

/** A command that came to nothing, and why. */
export function failed(error: string, message: string): CommandOutcome {
  return { status: 'failed', response: { error, message } };
}

/** The outcome of a CALL that got no result. */
export function unanswered(outcome: Unanswered): CommandOutcome {
  switch (outcome.kind) {
    case 'error':
      return failed(outcome.code, outcome.description || 'The station answered with an error and no explanation.');
    case 'timeout':
      return {
        status: 'timeout',
        response: { error: 'Timeout', message: 'The station did not answer before the deadline.' },
      };
    case 'closed':
      return outcome.sent
        ? {
            status: 'unknown',
            response: { error: 'ConnectionLost', message: 'The connection was lost before the station answered.' },
          }
        : { status: 'offline', response: { error: 'Offline', message: 'The station was gone before this was sent.' } };
  }
}

/**
 * The outcome by the answer's `status`: accepted for the given words, rejected for any other word. Nothing else of the answer is
 * judged: it is kept as the station gave it. Without a status it failed.
 */
export function byStatus(...accepted: readonly string[]): (answers: Answers) => CommandOutcome {
  return ([answer]) => {
    if (answer.kind !== 'result') return unanswered(answer);
    const { status } = asFields(answer.payload);
    if (typeof status !== 'string') return { status: 'failed', response: answer.payload };
    return { status: accepted.includes(status) ? 'accepted' : 'rejected', response: answer.payload };
  };
}

/** The outcome of an action whose answer has no status: accepted when it is an object that says what was asked. */
export function byContent(
  says: (answer: Readonly<Record<string, unknown>>) => boolean,
): (answers: Answers) => CommandOutcome {
  return ([answer]) => {
    if (answer.kind !== 'result') return unanswered(answer);
    const { payload } = answer;
    const isObject = typeof payload === 'object' && payload !== null && !Array.isArray(payload);
    return { status: isObject && says(asFields(payload)) ? 'accepted' : 'failed', response: payload };
  };
}
