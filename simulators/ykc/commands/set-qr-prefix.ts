import { qrPrefix, qrPrefixReply } from '@voltpile/ykc/messages/qr-prefix';
import { command } from './command.ts';

const MAX_CHARACTERS = 200;

export const setQrPrefix = command(qrPrefix, qrPrefixReply, (pile, { format, prefix }) => {
  const isFine = format <= 1 && prefix.length <= MAX_CHARACTERS;
  if (isFine) pile.qrPrefix = { format, prefix };
  return { response: { pileNo: pile.identity, result: isFine ? 1 : 0 } };
});
