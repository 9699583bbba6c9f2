import { readName } from '../../ocpp-j/values/fields.ts';
import type { Ocpp16Message } from '../message.ts';

/** DiagnosticsStatusNotification (OCPP 1.6 §6.17): how the upload of the diagnostics goes. */
export const diagnosticsStatusNotification: Ocpp16Message<'DiagnosticsStatusNotification'> = {
  action: 'DiagnosticsStatusNotification',
  isTransactional: false,
  async handle(request, exchange) {
    const status = readName(request.status);
    if (status === undefined) return null;
    await exchange.port.logStatusChanged({ origin: exchange.origin(), status });
    return {};
  },
};
