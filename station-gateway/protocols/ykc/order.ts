import type { StationCommandOf } from '@voltpile/csms/contract/commands';
import type { ValuesOf } from '@voltpile/ykc/fields/field-types';
import type { REMOTE_START } from '@voltpile/ykc/messages/start';
import type { YkcPile } from './pile/ykc-pile.ts';
import { toPhysicalCard, toShownCard } from './values/cards.ts';
import { spendingFen } from './values/spending.ts';

/** What 0x34 and 0xA4 tell a gun: the serial of the charge, whose it is, and what it may spend. */
export function orderOf(
  { link, settings }: YkcPile,
  gun: string,
  txSerial: string,
  { payload, spendingLimit }: Pick<StationCommandOf<'start-transaction'>, 'payload' | 'spendingLimit'>,
): ValuesOf<typeof REMOTE_START> {
  return {
    txSerial,
    pileNo: link.identity,
    gun,
    logicCard: toShownCard(payload.idToken),
    physCard: toPhysicalCard(payload.idToken),
    balance: spendingFen(spendingLimit, settings.spendingCapFen),
  };
}
