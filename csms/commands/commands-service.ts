import { defineError } from '@voltpile/kernel/errors';
import { isUuid } from '@voltpile/kernel/ids';
import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import { type KeysetList, makePage, readPageRequest } from '@voltpile/platform/database/keyset-page';
import type { CommandsPort } from '../contract/operator-ports.ts';
import { findCommand, listCommands } from '../persistence/commands-repository.ts';
import { type SubmitDependencies, submitCommand } from './submit-command.ts';

export const commandNotFound = defineError('command.not_found', 'NotFound', 'There is no command {commandId}.');

const COMMANDS: KeysetList = { name: 'commands', isKey: isUuid };

/** Commands as people give and watch them. */
export function createCommandsService(dependencies: SubmitDependencies): CommandsPort {
  const { knex } = dependencies;
  return {
    submit: (scope, stationId, request, allowed) => submitCommand(dependencies, scope, stationId, request, allowed),

    get: (scope, id) =>
      withDatabaseErrors(async () => {
        const found = isUuid(id) ? await findCommand(knex, scope, id) : undefined;
        if (found === undefined) throw commandNotFound({ commandId: id });
        return found.view;
      }),

    list: (scope, filter, page) =>
      withDatabaseErrors(async () => {
        const { limit, after } = readPageRequest(COMMANDS, page);
        if (filter.stationId?.includes('\u0000')) return { items: [], nextCursor: null };
        const rows = await listCommands(knex, scope, filter, after, limit + 1);
        return makePage(
          COMMANDS,
          rows,
          limit,
          ({ view }) => view.id,
          ({ view }) => view,
        );
      }),
  };
}
