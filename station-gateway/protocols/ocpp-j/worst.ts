import type { CommandOutcome } from '@voltpile/csms/contract/station-link';
import type { CallOutcome } from '@voltpile/ocpp/rpc/types';

/** The status of a command in several parts is the last of these that any of its parts has. */
const SEVERITY: readonly CommandOutcome['status'][] = [
  'accepted',
  'rejected',
  'failed',
  'offline',
  'timeout',
  'unknown',
];

/** The status of a whole by those of its parts, each with the answer that it comes from. */
export function worstStatus(
  parts: readonly { readonly status: CommandOutcome['status']; readonly answer: CallOutcome }[],
): CommandOutcome['status'] {
  let worst: CommandOutcome['status'] = 'accepted';
  let anySent = false;
  for (const part of parts) {
    // Offline means that nothing at all was sent.
    const status = part.status === 'offline' && anySent ? 'unknown' : part.status;
    anySent ||= part.answer.kind !== 'closed' || part.answer.sent;
    if (SEVERITY.indexOf(status) > SEVERITY.indexOf(worst)) worst = status;
  }
  return worst;
}
