import { notifyCustomerInformation } from '../messages/notify-customer-information.ts';
import type { SimulatedStation201 } from '../station.ts';
import type { CentralRequest, CommandAnswer } from '../types.ts';

/** CustomerInformation (OCPP 2.0.1, N09 and N10): what the local list and the cache know about a card; it is also forgotten if asked. */
export function customerInformation(
  station: SimulatedStation201,
  request: CentralRequest<'CustomerInformation'>,
): CommandAnswer<'CustomerInformation'> {
  const { requestId, report, clear, idToken, customerIdentifier } = request;
  if (!report && !clear) return { response: { status: 'Rejected' } };
  const card = idToken?.idToken ?? customerIdentifier;
  if (card === undefined && request.customerCertificate === undefined) return { response: { status: 'Invalid' } };
  const { localList, cache } = station.authorization;
  const now = station.clock.now();
  const lines: string[] = [];
  if (card !== undefined) {
    const listed = localList.find(card, now);
    const cached = cache.find(card, now);
    if (listed !== undefined) lines.push(`local list: ${listed.status}`);
    if (cached !== undefined) lines.push(`cache: ${cached.status}`);
  }
  const known = lines.length > 0 ? lines.join('\n') : 'nothing is known';
  return {
    response: { status: 'Accepted' },
    afterwards: () => {
      if (clear && card !== undefined) cache.forget(card);
      const text = report ? known : 'cleared';
      void notifyCustomerInformation(station, requestId, text).catch(() => undefined);
    },
  };
}
