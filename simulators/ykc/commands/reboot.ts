import { reboot as rebootCommand, rebootReply } from '@voltpile/ykc/messages/reboot';
import { command } from './command.ts';

const WHEN_IDLE = 2;

export const reboot = command(rebootCommand, rebootReply, (pile, { when }) => ({
  response: { pileNo: pile.identity, result: 1 },
  afterwards: () => {
    // Without power it need not be rebooted any more.
    const run = () => void pile.reboot('Soft', 'command').catch(() => undefined);
    if (when === WHEN_IDLE) pile.whenIdle('reboot', run);
    else run();
  },
}));
