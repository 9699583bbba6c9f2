import { transactionRecord17 } from '@voltpile/ykc/messages/record';
import type { YkcMessage } from '../message.ts';
import { tellRecord } from '../tell-record.ts';

/** 0x3D (V1.7; answer 0x40): the record with the number and the sealed reading of its meter, which are kept with the bill. */
export const transactionRecord17Message: YkcMessage<typeof transactionRecord17.fields> = {
  table: transactionRecord17,
  tells: ['transactionStarted', 'transactionEnded'],
  handle: (values, exchange) => {
    const { meterNo, meterCipher, meterProto, cipherMode } = values;
    return tellRecord(values, exchange, { meterNo, meterCipher, meterProto, cipherMode });
  },
};
