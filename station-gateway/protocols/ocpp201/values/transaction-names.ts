/** A transactionId is an identifierString[36] in OCPP 2.0.1. */
const MAX_LENGTH = 36;

/** Where actions of ours say the name of a transaction, which the station has made. */
const PLACES: ReadonlyMap<string, readonly string[]> = new Map([
  ['CostUpdated', ['transactionId']],
  ['GetTransactionStatus', ['transactionId']],
  ['RequestStopTransaction', ['transactionId']],
  ['SetChargingProfile', ['chargingProfile', 'transactionId']],
  ['SetDisplayMessage', ['message', 'transactionId']],
]);

/**
 * What the schema of an action of ours is asked about: the payload, with the transaction's name cut to what OCPP allows. A station that makes
 * longer names knows its transactions by them, so it gets them back as they came; everything else has to keep to the schema.
 */
export function withShortTransactionName(action: string, payload: unknown): unknown {
  const place = PLACES.get(action);
  return place === undefined ? payload : shorten(payload, place);
}

function shorten(value: unknown, [name, ...inner]: readonly string[]): unknown {
  if (name === undefined) return typeof value === 'string' ? value.slice(0, MAX_LENGTH) : value;
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return value;
  return { ...value, [name]: shorten((value as Record<string, unknown>)[name], inner) };
}
