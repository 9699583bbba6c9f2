import { defineError } from '@voltpile/kernel/errors';

/** There is no connection, or it went before the answer came. Transaction messages wait and are sent again. */
export const connectionLost = defineError(
  'simulator.connection_lost',
  'Unavailable',
  'The connection was lost before {action} was answered.',
);

/** The central system did not answer a CALL in (real) time. */
export const callTimedOut = defineError(
  'simulator.call_timed_out',
  'Unavailable',
  'The central system did not answer {action} in time.',
);

/** The central system answered with CALLERROR, or with a payload that breaks its schema. */
export const callRefused = defineError(
  'simulator.call_refused',
  'FailedPrecondition',
  '{action} was answered with {code}: {description}',
  { retryable: true },
);

export const stationStopped = defineError('simulator.stopped', 'FailedPrecondition', 'The station has been stopped.');

export const invalidOption = defineError(
  'simulator.invalid_option',
  'InvalidArgument',
  'The option {option} is not valid: {reason}',
);

export const unknownConnector = defineError(
  'simulator.unknown_connector',
  'InvalidArgument',
  'Station {identity} has no connector {connectorId}.',
);

/** Something was asked of a simulated person or car that is not possible now: plugging in twice, unplugging nothing. */
export const notPossible = defineError('simulator.not_possible', 'FailedPrecondition', '{reason}');

/** Every try of the reconnect policy failed. */
export const connectFailed = defineError(
  'simulator.connect_failed',
  'Unavailable',
  'Could not connect to {url} after {attempts} attempts: {reason}',
);
