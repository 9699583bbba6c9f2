/** OCPP versions that the load can be spoken in. */
export const PROTOCOLS = ['ocpp1.6', 'ocpp2.0.1'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

export interface ChargeFacts {
  readonly id: string;
  /** Of the charge: given by the server (1.6) or made here (2.0.1). */
  readonly name: string;
  readonly token: string;
  readonly at: string;
  /** Wh. */
  readonly meter: number;
  /** Reports about this charge so far. */
  readonly count: number;
}

/** The frames of a charge, put together by hand. */
export interface Words {
  readonly boot: string;
  start(facts: ChargeFacts): string;
  measure(facts: ChargeFacts): string;
  stop(facts: ChargeFacts): string;
  /** The charge's name after the answer to its start. */
  nameOf(answer: string, name: string): string;
  /** Samples that are stored for so many starts, reports of six samples, and ends. */
  samples(counts: { readonly starts: number; readonly meterValues: number; readonly stops: number }): number;
}

const SAMPLES_PER_MESSAGE = 6;

const ocpp16: Words = {
  boot: '[2,"boot","BootNotification",{"chargePointVendor":"Bench","chargePointModel":"One"}]',
  start: ({ id, token, at, meter }) =>
    `[2,"${id}","StartTransaction",{"connectorId":1,"idTag":"${token}","meterStart":${meter},"timestamp":"${at}"}]`,
  measure: ({ id, name, at, meter }) =>
    `[2,"${id}","MeterValues",{"connectorId":1,"transactionId":${name},"meterValue":[{"timestamp":"${at}","sampledValue":[${samples16(meter)}]}]}]`,
  stop: ({ id, name, token, at, meter }) =>
    `[2,"${id}","StopTransaction",{"transactionId":${name},"idTag":"${token}","meterStop":${meter},"timestamp":"${at}","reason":"Local"}]`,
  nameOf: (answer) => /"transactionId":(\d+)/.exec(answer)?.[1] ?? '1',
  samples: ({ meterValues }) => meterValues * SAMPLES_PER_MESSAGE,
};

function samples16(meter: number): string {
  return [
    `{"value":"${meter}","measurand":"Energy.Active.Import.Register","unit":"Wh","context":"Sample.Periodic"}`,
    '{"value":"11040.5","measurand":"Power.Active.Import","unit":"W"}',
    '{"value":"16.01","measurand":"Current.Import","unit":"A","phase":"L1"}',
    '{"value":"15.98","measurand":"Current.Import","unit":"A","phase":"L2"}',
    '{"value":"16.00","measurand":"Current.Import","unit":"A","phase":"L3"}',
    '{"value":"57","measurand":"SoC","unit":"Percent","location":"EV"}',
  ].join(',');
}

const ocpp201: Words = {
  boot: '[2,"boot","BootNotification",{"reason":"PowerUp","chargingStation":{"vendorName":"Bench","model":"One"}}]',
  start: (facts) =>
    event(
      facts,
      'Started',
      'Authorized',
      `"evse":{"id":1,"connectorId":1},${tokenOf(facts)},${register(facts, 'Transaction.Begin')}`,
    ),
  measure: (facts) =>
    event(
      facts,
      'Updated',
      'MeterValuePeriodic',
      `"meterValue":[{"timestamp":"${facts.at}","sampledValue":[${samples201(facts.meter)}]}]`,
    ),
  stop: (facts) => event(facts, 'Ended', 'StopAuthorized', `${tokenOf(facts)},${register(facts, 'Transaction.End')}`),
  nameOf: (_answer, name) => name,
  // The registers at both ends are samples as well.
  samples: ({ starts, meterValues, stops }) => meterValues * SAMPLES_PER_MESSAGE + starts + stops,
};

function event({ id, name, at, count }: ChargeFacts, type: string, trigger: string, more: string): string {
  const info =
    type === 'Ended'
      ? `"transactionId":"${name}","stoppedReason":"Local"`
      : `"transactionId":"${name}","chargingState":"Charging"`;
  return `[2,"${id}","TransactionEvent",{"eventType":"${type}","timestamp":"${at}","triggerReason":"${trigger}","seqNo":${count},"transactionInfo":{${info}},${more}}]`;
}

function tokenOf({ token }: ChargeFacts): string {
  return `"idToken":{"idToken":"${token}","type":"ISO14443"}`;
}

function register({ at, meter }: ChargeFacts, context: string): string {
  return `"meterValue":[{"timestamp":"${at}","sampledValue":[{"value":${meter},"context":"${context}","measurand":"Energy.Active.Import.Register","unitOfMeasure":{"unit":"Wh"}}]}]`;
}

function samples201(meter: number): string {
  return [
    `{"value":${meter},"measurand":"Energy.Active.Import.Register","unitOfMeasure":{"unit":"Wh"},"context":"Sample.Periodic"}`,
    '{"value":11040.5,"measurand":"Power.Active.Import","unitOfMeasure":{"unit":"W"}}',
    '{"value":16.01,"measurand":"Current.Import","unitOfMeasure":{"unit":"A"},"phase":"L1"}',
    '{"value":15.98,"measurand":"Current.Import","unitOfMeasure":{"unit":"A"},"phase":"L2"}',
    '{"value":16.5,"measurand":"Current.Import","unitOfMeasure":{"unit":"A"},"phase":"L3"}',
    '{"value":57,"measurand":"SoC","unitOfMeasure":{"unit":"Percent"},"location":"EV"}',
  ].join(',');
}

export const WORDS: Readonly<Record<Protocol, Words>> = { 'ocpp1.6': ocpp16, 'ocpp2.0.1': ocpp201 };
