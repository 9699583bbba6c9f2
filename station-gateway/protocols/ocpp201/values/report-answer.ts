import { withFacts } from '../../ocpp-j/facts.ts';
import { byStatus } from '../../ocpp-j/outcome.ts';

/**
 * What a station says to the request of a report (GenericDeviceModelStatusEnumType). That there is nothing to report is an answer as well:
 * then no part comes.
 */
export const outcomeOfReport = withFacts<unknown>(byStatus('Accepted', 'EmptyResultSet'), ({ status }) =>
  status === 'EmptyResultSet' ? { kind: 'report-empty' } : undefined,
);
