/** One value of a meter, as sent. */
export interface SentSample {
  readonly timestamp: string;
  readonly measurand: string;
  readonly phase: string | null;
  readonly unit: string;
  /** Decimal text. */
  readonly value: string;
}

export interface Message {
  readonly action: string;
  readonly payload: object;
  /** Samples that the server stores with it. */
  readonly samples: readonly SentSample[];
}

/** A charge in the words of one dialect: what is sent, and what the server calls the charge. */
export interface ChargeWords {
  readonly protocol: string;
  start(facts: { idTag: string; at: string; registerWh: number }): Message;
  /** The charge's name, from the answer to the start. Throws when the card was not accepted. */
  readStart(answer: unknown, start: Message): string;
  measure(name: string, at: string, samples: readonly SentSample[]): Message;
  stop(name: string, facts: { idTag: string; at: string; registerWh: number }): Message;
}

const REGISTER = 'Energy.Active.Import.Register';

function refused(answer: unknown): Error {
  return new Error(`a start was answered with ${JSON.stringify(answer)}`);
}

/** OCPP 1.6: the server gives the charge its number; the registers at both ends are no samples. */
export function ocpp16Words(): ChargeWords {
  return {
    protocol: 'ocpp1.6',
    start: ({ idTag, at, registerWh }) => ({
      action: 'StartTransaction',
      payload: { connectorId: 1, idTag, meterStart: registerWh, timestamp: at },
      samples: [],
    }),
    readStart(answer) {
      const { transactionId, idTagInfo } = answer as { transactionId: number; idTagInfo: { status: string } };
      if (idTagInfo.status !== 'Accepted') throw refused(answer);
      return String(transactionId);
    },
    measure: (name, at, samples) => ({
      action: 'MeterValues',
      payload: {
        connectorId: 1,
        transactionId: Number(name),
        meterValue: [
          {
            timestamp: at,
            sampledValue: samples.map(({ measurand, phase, unit, value }) => ({
              value,
              measurand,
              unit,
              ...(phase === null ? {} : { phase }),
            })),
          },
        ],
      },
      samples,
    }),
    stop: (name, { idTag, at, registerWh }) => ({
      action: 'StopTransaction',
      payload: { transactionId: Number(name), idTag, meterStop: registerWh, timestamp: at, reason: 'Local' },
      samples: [],
    }),
  };
}

/**
 * OCPP 2.0.1: the station names the charge and counts what it reports about it; the registers at both ends are samples.
 *
 * @param prefix of the names; unique among all stations that are compared
 */
export function ocpp201Words(prefix: string): ChargeWords {
  let charges = 0;
  let reports = 0;
  const event = (eventType: string, name: string, at: string, triggerReason: string, more: object) => ({
    eventType,
    timestamp: at,
    triggerReason,
    seqNo: reports++,
    transactionInfo: { transactionId: name, chargingState: 'Charging' },
    ...more,
  });
  const register = (at: string, registerWh: number): SentSample => ({
    timestamp: at,
    measurand: REGISTER,
    phase: null,
    unit: 'Wh',
    value: String(registerWh),
  });
  const meterValue = (at: string, samples: readonly SentSample[], context: string) => [
    {
      timestamp: at,
      sampledValue: samples.map(({ measurand, phase, unit, value }) => ({
        value: Number(value),
        measurand,
        context,
        unitOfMeasure: { unit },
        ...(phase === null ? {} : { phase }),
      })),
    },
  ];
  return {
    protocol: 'ocpp2.0.1',
    start({ idTag, at, registerWh }) {
      reports = 0;
      const samples = [register(at, registerWh)];
      const payload = event('Started', `${prefix}-${++charges}`, at, 'Authorized', {
        evse: { id: 1, connectorId: 1 },
        idToken: { idToken: idTag, type: 'ISO14443' },
        meterValue: meterValue(at, samples, 'Transaction.Begin'),
      });
      return { action: 'TransactionEvent', payload, samples };
    },
    readStart(answer, { payload }) {
      if ((answer as { idTokenInfo?: { status: string } }).idTokenInfo?.status !== 'Accepted') throw refused(answer);
      return (payload as { transactionInfo: { transactionId: string } }).transactionInfo.transactionId;
    },
    measure: (name, at, samples) => ({
      action: 'TransactionEvent',
      payload: event('Updated', name, at, 'MeterValuePeriodic', {
        meterValue: meterValue(at, samples, 'Sample.Periodic'),
      }),
      samples,
    }),
    stop(name, { idTag, at, registerWh }) {
      const samples = [register(at, registerWh)];
      const payload = event('Ended', name, at, 'StopAuthorized', {
        transactionInfo: { transactionId: name, stoppedReason: 'Local' },
        idToken: { idToken: idTag, type: 'ISO14443' },
        meterValue: meterValue(at, samples, 'Transaction.End'),
      });
      return { action: 'TransactionEvent', payload, samples };
    },
  };
}
