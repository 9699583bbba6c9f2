import type { Fields, ValuesOf } from '@voltpile/ykc/fields/field-types';
import { codeText } from '@voltpile/ykc/messages/message';
import { parallelRemoteStart } from '@voltpile/ykc/messages/parallel';
import { recordConfirmation } from '@voltpile/ykc/messages/record';
import type { Received } from '../concentrator.ts';
import type { SimulatedPile } from '../pile.ts';
import type { Outgoing, SayOptions } from '../pile-wire.ts';
import { COMMANDS } from './table.ts';

/** Sends an answer, logged in or not: a command may come in one piece with the acceptance of the login. */
type Answer = (reply: Outgoing, values: ValuesOf<Fields>, options: SayOptions) => void;

/**
 * A frame that answers nothing which is still waited for: a command, whose answer the pile's faults may spoil, or a late confirmation. Answers that
 * come too late for anything else mean nothing: others were asked for in their place.
 *
 * @returns whether it was for this pile
 */
export function takeFrame(pile: SimulatedPile, { message, values, sequence }: Received, say: Answer): boolean {
  if (message.code === recordConfirmation.code) {
    return pile.queue.confirmed(values.txSerial as string, values.result as number);
  }
  const command = COMMANDS.get(message.code);
  if (command === undefined) return true;
  if (message.code === parallelRemoteStart.code && pile.protocolVersion === 'V1.5') return true;
  const action = codeText(message.code);
  const fault = pile.faults.takeForAnswer(action, values);
  const { response, body, afterwards } = command.run(pile, values);
  pile.tell('command', { action, request: values, response });
  const answer = () => {
    if (response === undefined || fault?.kind === 'never-answer') return;
    const told = fault?.kind === 'wrong-answer' ? { ...response, ...fault.payload } : response;
    say(command.reply, told, { sequence, body });
  };
  if (fault?.kind === 'answer-late') pile.timers.after(fault.delaySeconds * 1000, answer);
  else answer();
  afterwards?.();
  return true;
}
