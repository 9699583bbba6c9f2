import type { Ocpp201Message } from '../message.ts';
import { readIdToken, toIdTokenInfo } from '../values/id-token.ts';

/**
 * Authorize (OCPP 2.0.1 Part 2 §1.1): a token was shown. When a contract certificate, or its hashes, come with it, the station asks us to
 * check it (C07): there is no root to check it against, which is what the answer says. A station must not charge on a certificate that
 * nobody has checked.
 */
export const authorize: Ocpp201Message<'Authorize'> = {
  action: 'Authorize',
  isTransactional: false,
  async handle(request, exchange) {
    const idToken = readIdToken(request.idToken);
    if (idToken === undefined) return null;
    const info = await exchange.port.authorize({ origin: exchange.origin(), idToken });
    const idTokenInfo = toIdTokenInfo(info);
    const asksForCheck = isGiven(request.certificate) || isGiven(request.iso15118CertificateHashData);
    return asksForCheck ? { idTokenInfo, certificateStatus: 'CertChainError' } : { idTokenInfo };
  },
};

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}
