import type { DeviceEvent } from '@voltpile/csms/contract/station-port';
import type { Exchange } from '../../ocpp-j/exchange.ts';
import { readInteger, readName, readText, readTime } from '../../ocpp-j/values/fields.ts';
import type { Ocpp201Message } from '../message.ts';
import { readComponent, readVariable } from '../values/components.ts';
import { readEach } from '../values/read-each.ts';
import { readPlace } from '../values/report-part.ts';

const MAX_INTEGER = 2_147_483_647;

/** NotifyEvent (OCPP 2.0.1 Part 2 §1.38; N07, N08): variables have changed or crossed a limit. */
export const notifyEvent: Ocpp201Message<'NotifyEvent'> = {
  action: 'NotifyEvent',
  isTransactional: false,
  async handle(request, exchange) {
    const events = readEach(request.eventData, '/eventData', exchange, (item) => readEvent(item, exchange));
    if (events.length === 0) return null;
    await exchange.port.deviceEventReported({ origin: exchange.origin(), part: readPlace(request), events });
    return {};
  },
};

/** EventDataType (§2.23); undefined when it does not say about what it is. */
function readEvent(event: Readonly<Record<string, unknown>>, exchange: Exchange): DeviceEvent | undefined {
  const component = readComponent(event.component);
  const variable = readVariable(event.variable);
  if (component === undefined || variable === undefined) return undefined;
  // Handed on as it is, also below 0: two events must not become one.
  const eventId = readInteger(event.eventId, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  if (eventId === undefined) exchange.odd('unreadable:/eventData[]/eventId');
  return {
    eventId: eventId ?? 0,
    timestamp: readTime(event.timestamp),
    trigger: readName(event.trigger) ?? 'Alerting',
    // Up to 2,500 characters.
    actualValue: typeof event.actualValue === 'string' ? event.actualValue : (readText(event.actualValue) ?? ''),
    notificationType: readName(event.eventNotificationType) ?? 'HardWiredNotification',
    component,
    variable,
    monitorId: readInteger(event.variableMonitoringId, 0, MAX_INTEGER),
    cause: readInteger(event.cause, 0, MAX_INTEGER),
    techCode: readName(event.techCode),
    techInfo: readName(event.techInfo),
    cleared: typeof event.cleared === 'boolean' ? event.cleared : undefined,
    stationTransactionId: readName(event.transactionId),
  };
}
