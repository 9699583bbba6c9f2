import { reboot as rebootCommand, rebootReply } from '@voltpile/ykc/messages/reboot';
import { command } from './command.ts';

const WHEN_IDLE = 2;

export const reboot = command(rebootCommand, rebootReply, (pile, { when }) => ({
  response: { pileNo: pile.identity, result: 1 },
  afterwards: () => pile.rebootAsTold(when === WHEN_IDLE),
}));
