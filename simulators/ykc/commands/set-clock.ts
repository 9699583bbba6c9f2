import { clockReply, clockSet } from '@voltpile/ykc/messages/clock';
import { command } from './command.ts';

/** The answer repeats the time: the clock has just been set to it. */
export const setClock = command(clockSet, clockReply, (pile, { time }) => {
  pile.charges.clockChanges('count');
  const isSet = pile.wall.set(time);
  pile.charges.clockChanges('arm');
  return { response: { pileNo: pile.identity, time: isSet ? time : pile.wall.cp56() } };
});
