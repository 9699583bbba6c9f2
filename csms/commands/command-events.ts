import type { NewEvent } from '../outbox/append-events.ts';
import type { CommandRecord } from '../persistence/commands-repository.ts';

/** Events are held in memory for those who watch; a longer answer is read from the command itself. */
const MAX_RESPONSE_LENGTH = 10_000;

/** The event that tells of a command as it now is. */
export function commandEvent(type: 'command.created' | 'command.finished', record: CommandRecord): NewEvent {
  const { view, organizationId, siteId } = record;
  const isLong = JSON.stringify(view.response ?? null).length > MAX_RESPONSE_LENGTH;
  const data = isLong ? { ...view, response: null, responseOmitted: true } : { ...view };
  return { type, organizationId, siteId, stationId: view.stationId, data };
}
