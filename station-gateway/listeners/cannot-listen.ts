import { defineError } from '@voltpile/kernel/errors';

export const cannotListen = defineError(
  'gateway.cannot_listen',
  'FailedPrecondition',
  'The gateway cannot listen on {host} port {port}: {problem}.',
);
