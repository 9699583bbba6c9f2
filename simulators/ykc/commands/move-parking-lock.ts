import { parkingLock, parkingLockReply } from '@voltpile/ykc/messages/parking-lock';
import { command } from './command.ts';

const RAISE = '55';
const LOWER = 'ff';

export const moveParkingLock = command(parkingLock, parkingLockReply, (pile, { gun: number, cmd }) => {
  const gun = pile.gunOf(number);
  const works = pile.parking !== undefined && gun !== undefined && (cmd === RAISE || cmd === LOWER);
  const isDone = works && !pile.faults.lockStuck;
  return {
    response: { pileNo: pile.identity, gun: number, result: isDone ? 1 : 0, rsv: '00000000' },
    afterwards: isDone ? () => pile.parking?.move(gun.id, cmd) : undefined,
  };
});
