import type { MonitoringReport, VariableMonitor } from '@voltpile/csms/contract/station-port';
import type { Exchange } from '../../ocpp-j/exchange.ts';
import { readInteger, readName } from '../../ocpp-j/values/fields.ts';
import type { Ocpp201Message } from '../message.ts';
import { readComponent, readVariable } from '../values/components.ts';
import { readLimit } from '../values/limits.ts';
import { readEach } from '../values/read-each.ts';
import { readReportPart } from '../values/report-part.ts';

const MAX_INTEGER = 2_147_483_647;

/** NotifyMonitoringReport (OCPP 2.0.1 Part 2 §1.39; N02): a part of the monitors that are set. */
export const notifyMonitoringReport: Ocpp201Message<'NotifyMonitoringReport'> = {
  action: 'NotifyMonitoringReport',
  isTransactional: false,
  async handle(request, exchange) {
    const part = readReportPart(request);
    if (part === undefined) return null;
    const monitors = readEach(request.monitor, '/monitor', exchange, (item) => readMonitored(item, exchange));
    await exchange.port.monitoringReported({ origin: exchange.origin(), part, monitors });
    return {};
  },
};

/** MonitoringDataType (§2.43). */
function readMonitored(
  data: Readonly<Record<string, unknown>>,
  exchange: Exchange,
): MonitoringReport['monitors'][number] | undefined {
  const component = readComponent(data.component);
  const variable = readVariable(data.variable);
  if (component === undefined || variable === undefined) return undefined;
  return {
    component,
    variable,
    monitors: readEach(data.variableMonitoring, '/monitor[]/variableMonitoring', exchange, readMonitor),
  };
}

/** VariableMonitoringType (§2.53). */
function readMonitor(monitor: Readonly<Record<string, unknown>>): VariableMonitor | undefined {
  const id = readInteger(monitor.id, 0, MAX_INTEGER);
  const value = readLimit(monitor.value);
  if (id === undefined || value === undefined) return undefined;
  return {
    id,
    type: readName(monitor.type) ?? 'UpperThreshold',
    value,
    severity: readInteger(monitor.severity, 0, 9) ?? 9,
    transaction: monitor.transaction === true,
  };
}
