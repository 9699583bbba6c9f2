import type { CommandOutcome } from '@voltpile/csms/contract/station-link';
import { cardsClear, cardsClearReply, cardsSync, cardsSyncReply } from '@voltpile/ykc/messages/offline-cards';
import type { YkcCommand } from '../command.ts';
import { byAnswer, failed, unable } from '../outcome.ts';
import { toPhysicalCard, toShownCard } from '../values/cards.ts';

/** What fits into one frame. */
const CARDS_PER_SYNC = 15;
const CARDS_PER_CLEAR = 24;
const ITEM_FLAG_AT = 16;

/**
 * 0x44 → 0x43 and 0x46 → 0x45 (V1.6 §6): cards that may start while the pile has no connection. A pile keeps no version and cannot be told to
 * forget the rest, so only differences can be sent.
 */
export const sendLocalList: YkcCommand<'send-local-list'> = {
  action: 'send-local-list',
  frames: [cardsSync.code, cardsClear.code],
  async execute({ payload }, pile, deadline) {
    if (payload.updateType === 'Full') {
      return unable(
        'The pile cannot replace its cards as a whole: send what is to be added and removed (Differential).',
      );
    }
    const entries = payload.localAuthorizationList ?? [];
    const odd = entries.find(({ idToken }) => /^0+$/.test(toPhysicalCard(idToken)));
    if (odd !== undefined) return failed('Unsendable', `${odd.idToken} is no card number: eight bytes as hex at most.`);
    const added = entries.filter(({ idTokenInfo }) => idTokenInfo?.status === 'Accepted');
    const removed = entries.filter(({ idTokenInfo }) => idTokenInfo?.status !== 'Accepted');
    const outcomes: CommandOutcome[] = [];
    // Of a pile that has gone silent nothing more is asked.
    let isAnswered = true;
    const { identity: pileNo } = pile.link;
    for (const part of parts(added, CARDS_PER_SYNC)) {
      const cards = part.map(({ idToken }) => `${toShownCard(idToken)}${toPhysicalCard(idToken)}`);
      const reply = await pile.ask(cardsSync, { pileNo, cards }, cardsSyncReply, () => true, deadline);
      outcomes.push(byAnswer(reply, cardsSyncReply, ({ saved }) => saved === 1));
      isAnswered = reply.kind === 'answered';
      if (!isAnswered) break;
    }
    for (const part of parts(removed, CARDS_PER_CLEAR)) {
      if (!isAnswered) break;
      const cards = part.map(({ idToken }) => toPhysicalCard(idToken));
      const reply = await pile.ask(cardsClear, { pileNo, cards }, cardsClearReply, () => true, deadline);
      outcomes.push(
        byAnswer(
          reply,
          cardsClearReply,
          ({ items }) => items.length > 0 && items.every((item) => item.slice(ITEM_FLAG_AT, ITEM_FLAG_AT + 2) === '01'),
        ),
      );
      isAnswered = reply.kind === 'answered';
    }
    const bad = outcomes.find(({ status }) => status !== 'accepted');
    const status = bad?.status ?? 'accepted';
    return {
      status,
      response: { parts: outcomes.map(({ response }) => response) },
      facts: { kind: 'local-list-sent', status: status === 'accepted' ? 'accepted' : 'failed' },
    };
  },
};

function* parts<T>(items: readonly T[], size: number): Generator<T[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size);
}
