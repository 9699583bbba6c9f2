import type { CommandOutcome } from '@voltpile/csms/contract/station-link';
import type { Fields, ValuesOf } from '@voltpile/ykc/fields/field-types';
import { showField } from '@voltpile/ykc/fields/show-fields';
import type { MessageTable } from '@voltpile/ykc/messages/message';
import type { Reply } from './pile/questions.ts';

/** A command that came to nothing, and why. */
export function failed(error: string, message: string): CommandOutcome {
  return { status: 'failed', response: { error, message } };
}

/** What this protocol has no frame for. */
export function unable(message: string): CommandOutcome {
  return failed('NotSupported', message);
}

/** The command is for an EVSE that is none. @param guns that the pile has */
export function noSuchGun(guns: number): CommandOutcome {
  return failed('UnknownEvse', `The pile has ${guns === 1 ? 'one gun' : `${guns} guns`}, by its login.`);
}

/** The outcome of a question that got no answer. */
export function unanswered(reply: Exclude<Reply<unknown>, { kind: 'answered' }>): CommandOutcome {
  if (reply.kind === 'timeout') {
    return {
      status: 'timeout',
      response: { error: 'Timeout', message: 'The pile did not answer before the deadline.' },
    };
  }
  return reply.isSent
    ? {
        status: 'unknown',
        response: { error: 'ConnectionLost', message: 'The connection was lost before the pile answered.' },
      }
    : { status: 'offline', response: { error: 'Offline', message: 'The pile was gone before this was sent.' } };
}

/**
 * The outcome by the pile's answer, which is shown in its own words.
 *
 * @param isAccepted reads the answer
 */
export function byAnswer<M extends Fields, O extends Fields>(
  reply: Reply<ValuesOf<M> | ValuesOf<O>>,
  table: MessageTable<M, O>,
  isAccepted: (values: ValuesOf<M> | ValuesOf<O>) => boolean,
): CommandOutcome {
  if (reply.kind !== 'answered') return unanswered(reply);
  return { status: isAccepted(reply.values) ? 'accepted' : 'rejected', response: shown(table, reply.values) };
}

/** A body as people read it, with what its numbers mean. */
export function shown<M extends Fields, O extends Fields>(
  table: MessageTable<M, O>,
  values: ValuesOf<M> | ValuesOf<O>,
): Record<string, unknown> {
  const told: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(values)) {
    const field = table.fields[name] ?? table.variant?.fields[name];
    if (field === undefined || name === 'pileNo' || name === 'rsv') continue;
    told[name] = showField(field, value as never);
    const meaning =
      'meanings' in field && !Array.isArray(field.meanings) ? meaningOf(field.meanings, value) : undefined;
    if (meaning !== undefined) told[`${name}Text`] = meaning;
  }
  return told;
}

function meaningOf(meanings: unknown, value: unknown): string | undefined {
  return (meanings as Readonly<Record<string, string>> | undefined)?.[String(value)];
}
