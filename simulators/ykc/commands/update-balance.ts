import { balanceUpdate, balanceUpdateReply } from '@voltpile/ykc/messages/balance';
import { NO_CARD } from '../card-number.ts';
import { command } from './command.ts';

const WRONG_PILE = 1;
const WRONG_CARD = 2;

export const updateBalance = command(balanceUpdate, balanceUpdateReply, (pile, values) => {
  const { pileNo, gun: number, physCard, balance } = values;
  const gun = pile.gunOf(number);
  const charge = gun?.transaction;
  const answer = (result: number) => ({ response: { pileNo: pile.identity, physCard, result } });
  if (pileNo !== pile.identity) return answer(WRONG_PILE);
  const isSameCard = physCard === NO_CARD || physCard === charge?.order.physCard;
  if (gun === undefined || charge === undefined || !isSameCard) return answer(WRONG_CARD);
  return {
    ...answer(0),
    afterwards: () => {
      charge.balance = balance;
      if (gun.transaction === charge) pile.charges.armBalance(gun, charge);
    },
  };
});
