import type { Instant } from '@voltpile/kernel/clock';
import type { ValuesOf } from '@voltpile/ykc/fields/field-types';
import { balanceUpdate, balanceUpdateReply } from '@voltpile/ykc/messages/balance';
import type { YkcCommand } from '../command.ts';
import { byAnswer, failed, unable } from '../outcome.ts';
import { gunOfCharge } from '../pile/gun-of-charge.ts';
import type { GunState } from '../pile/gun-state.ts';
import type { YkcPile } from '../pile/ykc-pile.ts';
import { toPhysicalCard } from '../values/cards.ts';
import { MOST_FEN, spendingFen } from '../values/spending.ts';

type Reply = ValuesOf<typeof balanceUpdateReply.fields>;

const OK = 0;
const WRONG_CARD = 2;
/** Not to be checked. */
const NO_CARD = toPhysicalCard('');

/**
 * 0x42 → 0x41 (V1.6 §4.3): what a charge may spend. A pile counts the money itself, from the start of the charge, and shows it; what it can be told is the
 * balance that it counts against. That is what is left and what was spent: the same as with its start, until somebody pays in. Told once.
 */
export const showCost: YkcCommand<'show-cost'> = {
  action: 'show-cost',
  frames: [balanceUpdate.code],
  async execute({ stationTransactionId, payload: { cost, remaining, idToken, isFinal } }, pile, deadline) {
    if (remaining === null || isFinal) return unable('A pile counts the money itself; it can only be told of a limit.');
    if (cost.currency !== 'CNY' || remaining.currency !== 'CNY') return unable('Piles count in yuan and nothing else.');
    // By then the charge has cost more than it may: the sum would let it go on.
    if (spendingFen(remaining, 0) === 0) return unable('What may be spent is used up: the charge is being stopped.');
    const gun = gunOfCharge(stationTransactionId, pile);
    if (gun === undefined) return failed('Unsendable', 'It is not known which gun this charge is at.');
    if (gun.charge !== null && gun.charge.serial !== stationTransactionId) {
      return failed('NotCharging', 'The gun charges under another serial by now.');
    }
    const balance = Math.min(MOST_FEN, spendingFen(cost, 0) + spendingFen(remaining, 0));
    if (gun.charge?.balanceTold === balance) return { status: 'accepted', response: { balance, alreadyTold: true } };
    const card = toPhysicalCard(idToken ?? '');
    let reply = await ask(pile, gun, card, balance, deadline);
    // Some piles put short card numbers to the left.
    if (reply.kind === 'answered' && reply.values.result === WRONG_CARD && card !== NO_CARD) {
      reply = await ask(pile, gun, NO_CARD, balance, deadline);
    }
    const outcome = byAnswer(reply, balanceUpdateReply, isTaken);
    if (outcome.status === 'accepted' && gun.charge?.serial === stationTransactionId) gun.charge.balanceTold = balance;
    return outcome;
  },
};

function ask(pile: YkcPile, { gun }: GunState, physCard: string, balance: number, deadline: Instant) {
  const body = { pileNo: pile.link.identity, gun, physCard, balance };
  return pile.ask(balanceUpdate, body, balanceUpdateReply, () => true, deadline);
}

function isTaken({ result }: Reply): boolean {
  return result === OK;
}
