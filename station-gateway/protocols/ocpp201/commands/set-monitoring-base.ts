import { byStatus } from '../../ocpp-j/outcome.ts';
import type { Ocpp201Command } from '../command.ts';

/** SetMonitoringBase (OCPP 2.0.1 Part 2 §1.55; N03). */
export const setMonitoringBase: Ocpp201Command<'set-monitoring-base', 'SetMonitoringBase'> = {
  command: 'set-monitoring-base',
  action: 'SetMonitoringBase',
  toCalls: ({ payload }) => [payload],
  toOutcome: byStatus('Accepted'),
  fromPayload: ({ monitoringBase }) => ({ action: 'set-monitoring-base', payload: { monitoringBase } }),
};
