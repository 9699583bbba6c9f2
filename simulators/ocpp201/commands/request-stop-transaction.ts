import type { SimulatedStation201 } from '../station.ts';
import type { CentralRequest, CommandAnswer } from '../types.ts';

/** RequestStopTransaction (OCPP 2.0.1, F03). */
export function requestStopTransaction(
  station: SimulatedStation201,
  request: CentralRequest<'RequestStopTransaction'>,
): CommandAnswer<'RequestStopTransaction'> {
  const connector = station.findTransaction(request.transactionId);
  if (connector === undefined) return { response: { status: 'Rejected' } };
  return {
    response: { status: 'Accepted' },
    afterwards: () => {
      // It may have ended while the answer was on its way.
      if (connector.transaction?.transactionId !== request.transactionId) return;
      station.charging.deauthorize(connector, { trigger: 'RemoteStop', reason: 'Remote' });
    },
  };
}
