/**
 * The subprotocol to speak: the first of ours that the station offers (the server's preference decides).
 *
 * @param offer the Sec-WebSocket-Protocol header as it came
 */
export function chooseSubprotocol<V extends string>(ours: readonly V[], offer: string | undefined): V | undefined {
  if (offer === undefined) return undefined;
  const offered = new Set(offer.split(',').map((name) => name.trim()));
  return ours.find((version) => offered.has(version));
}
