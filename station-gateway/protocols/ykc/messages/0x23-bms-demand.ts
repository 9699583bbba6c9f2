import { bmsDemand } from '@voltpile/ykc/messages/battery';
import type { YkcMessage } from '../message.ts';
import { tellSamples } from '../tell-samples.ts';
import { readDemandSamples } from '../values/battery-samples.ts';

/** 0x23 (V1.6 §6; nothing answers it): what the car wants and measures, every 15 s. */
export const bmsDemandMessage: YkcMessage<typeof bmsDemand.fields> = {
  table: bmsDemand,
  tells: ['transactionUpdated', 'metered'],
  handle: (values, exchange) => tellSamples(values, exchange, readDemandSamples(values)),
};
