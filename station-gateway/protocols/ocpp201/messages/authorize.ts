import type { Ocpp201Message } from '../message.ts';
import { readIdToken, toIdTokenInfo } from '../values/id-token.ts';

/**
 * Authorize (OCPP 2.0.1 Part 2 §1.1): a token was shown. A contract certificate that comes with it is not looked at: there is nothing to
 * check it against yet, and the token decides.
 */
export const authorize: Ocpp201Message<'Authorize'> = {
  action: 'Authorize',
  isTransactional: false,
  async handle(request, exchange) {
    const idToken = readIdToken(request.idToken);
    if (idToken === undefined) return null;
    const info = await exchange.port.authorize({ origin: exchange.origin(), idToken });
    return { idTokenInfo: toIdTokenInfo(info) };
  },
};
