import { readText } from '../../ocpp-j/values/fields.ts';
import type { Ocpp16Message } from '../message.ts';
import { toIdTagInfo } from '../values/id-tag-info.ts';

/** Authorize (OCPP 1.6 §6.1): a card was shown. */
export const authorize: Ocpp16Message<'Authorize'> = {
  action: 'Authorize',
  isTransactional: false,
  async handle(request, exchange) {
    const value = readText(request.idTag);
    if (value === undefined) return null;
    const info = await exchange.port.authorize({ origin: exchange.origin(), idToken: { value } });
    return { idTagInfo: toIdTagInfo(info) };
  },
};
