import { byStatus } from '../../ocpp-j/outcome.ts';
import type { Ocpp201Command } from '../command.ts';

/** SetMonitoringLevel (OCPP 2.0.1 Part 2 §1.56; N05). */
export const setMonitoringLevel: Ocpp201Command<'set-monitoring-level', 'SetMonitoringLevel'> = {
  command: 'set-monitoring-level',
  action: 'SetMonitoringLevel',
  toCalls: ({ payload }) => [payload],
  toOutcome: byStatus('Accepted'),
  fromPayload: ({ severity }) => ({ action: 'set-monitoring-level', payload: { severity } }),
};
