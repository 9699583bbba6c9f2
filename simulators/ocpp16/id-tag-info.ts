import { instant } from '@voltpile/kernel/clock';
import type { CardInfo } from '../station/card.ts';
import type { IdTagInfo } from './types.ts';

/** What IdTagInfo says about a card. */
export function fromIdTagInfo({ status, parentIdTag, expiryDate }: IdTagInfo): CardInfo {
  return {
    status,
    group: parentIdTag,
    expiresAt: expiryDate === undefined ? undefined : instant(Date.parse(expiryDate)),
  };
}
