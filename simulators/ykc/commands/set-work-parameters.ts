import { workParameters, workParametersReply } from '@voltpile/ykc/messages/work-parameters';
import { STOPPED } from '../stop-causes.ts';
import { command } from './command.ts';

const LEAST_PERCENT = 30;

/** Locks the pile, and caps its power. */
export const setWorkParameters = command(workParameters, workParametersReply, (pile, { lock, maxPower }) => {
  if (maxPower < LEAST_PERCENT || maxPower > 100 || lock > 1) return { response: { pileNo: pile.identity, result: 0 } };
  return {
    response: { pileNo: pile.identity, result: 1 },
    afterwards: () => {
      pile.profiles.percent = maxPower;
      pile.setLocked(lock === 1);
      if (lock === 1 && pile.quirks.lockEndsCharges) {
        for (const gun of pile.chargingConnectors) pile.charges.stop(gun, STOPPED.locked);
      }
      pile.energy.updateAll();
    },
  };
});
