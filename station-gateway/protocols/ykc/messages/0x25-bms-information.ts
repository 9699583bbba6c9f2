import { bmsInformation } from '@voltpile/ykc/messages/battery';
import type { YkcMessage } from '../message.ts';
import { tellSamples } from '../tell-samples.ts';
import { readTemperatureSamples } from '../values/battery-samples.ts';

type Packed = typeof bmsInformation.fields;
type Words = NonNullable<typeof bmsInformation.variant>['fields'];

/** 0x25 (V1.6 §6, §7.7; nothing answers it): temperatures and states of the battery, every 15 s. Its flags stay with the frame as it came. */
export const bmsInformationMessage: YkcMessage<Packed, Words> = {
  table: bmsInformation,
  tells: ['transactionUpdated', 'metered'],
  handle: (values, exchange) => tellSamples(values, exchange, readTemperatureSamples(values)),
};
