import { type AccessScope, EVERYTHING } from '@voltpile/csms/contract/access-scope';
import type { CommandAction } from '@voltpile/csms/contract/commands';
import type { CommandsPort, CommandView } from '@voltpile/csms/contract/operator-ports';
import type { Clock } from '@voltpile/kernel/clock';
import type { Uuid } from '@voltpile/kernel/ids';
import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import type { Logger } from '@voltpile/platform/telemetry/logger';
import type { Knex } from 'knex';
import {
  deleteRequest,
  insertRequest,
  lockByCommand,
  lockRequest,
  type NewRequest,
  type RequestDetails,
  type RequestKind,
  type RequestRow,
  readRequest,
  retarget,
  setCommand,
  storeProgress,
} from './persistence/requests-repository.ts';
import { makeToken } from './transfer-token.ts';

export interface RequestCommandsOptions {
  readonly knex: Knex;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly commands: CommandsPort;
  /** Where stations reach `/files`, without a slash at the end. */
  readonly publicUrl: () => string;
}

type LogDetail = RequestDetails['log-request'];

/** Nothing will come of a request whose command ended so. After `timeout` and `unknown` the station may still act. */
const REFUSED: ReadonlySet<string> = new Set(['rejected', 'failed', 'offline']);

/** Gives stations the commands that requests need, and takes note of how they end. */
export class RequestCommands {
  readonly #options: RequestCommandsOptions;

  constructor(options: RequestCommandsOptions) {
    this.#options = options;
  }

  /**
   * Stores the request, gives the command, and notes which it was. The request is stored first: the station may use the address before we
   * hear that the command is on its way. A request whose command the domain refuses is taken back.
   *
   * @param also stored with the request
   * @throws what the domain throws
   */
  async start<K extends RequestKind>(
    scope: AccessScope,
    request: NewRequest<K>,
    command: { readonly action: CommandAction; readonly payload: unknown },
    also: (trx: Knex) => Promise<void>,
  ): Promise<{ readonly command: CommandView; readonly row: RequestRow }> {
    const { knex, logger } = this.#options;
    await withDatabaseErrors(() =>
      knex.transaction(async (trx) => {
        await insertRequest(trx, request);
        await also(trx);
      }),
    );
    let given: CommandView;
    try {
      given = await this.#give(scope, request.id, request.place.stationId, command, request.requestedBy);
    } catch (error) {
      await withDatabaseErrors(() => knex.transaction((trx) => deleteRequest(trx, request.id))).catch((err: unknown) =>
        logger.warn({ err, request: request.id }, 'a refused request could not be taken back'),
      );
      throw error;
    }
    const row = await withDatabaseErrors(() => readRequest(knex, request.id));
    return { command: given, row: row as RequestRow };
  }

  /** A command has ended; nothing happens when it was not one of a request, or its end is known already. */
  commandEnded(commandId: Uuid, status: string): Promise<void> {
    return this.#ended((trx) => lockByCommand(trx, commandId), status);
  }

  async #give(
    scope: AccessScope,
    requestId: Uuid,
    stationId: string,
    command: { readonly action: CommandAction; readonly payload: unknown },
    requestedBy: string | null,
  ): Promise<CommandView> {
    const { knex, commands } = this.#options;
    // Whoever may ask for the whole may have its parts: the caller's right was looked at before.
    const given = await commands.submit(scope, stationId, { ...command, requestedBy }, ['configure']);
    await withDatabaseErrors(() => setCommand(knex, requestId, given.id));
    // The command may have ended before we knew its id; then nobody has told us.
    const now = given.status === 'pending' ? await commands.get(scope, given.id) : given;
    if (now.status !== 'pending') await this.commandEnded(given.id, now.status);
    return given;
  }

  async #ended(find: (trx: Knex) => Promise<RequestRow | undefined>, status: string): Promise<void> {
    const { knex, clock, publicUrl } = this.#options;
    const again = await withDatabaseErrors(() =>
      knex.transaction(async (trx) => {
        const row = await find(trx);
        if (row === undefined || row.command_status !== null) return undefined;
        if (canAskOtherwise(row, status)) {
          const { token, hash } = makeToken();
          await retarget(trx, row.id, {
            tokenHash: hash,
            detail: { ...(row.detail as LogDetail), command: 'get-diagnostics' },
          });
          return { row, token };
        }
        const isRefused = REFUSED.has(status) && row.state === 'pending';
        const state = isRefused ? 'rejected' : row.state === 'pending' && status === 'accepted' ? 'running' : row.state;
        await storeProgress(trx, row, {
          progress: { state, status: row.status },
          commandStatus: status,
          revoke: isRefused,
          now: clock.now(),
        });
        return undefined;
      }),
    );
    if (again === undefined) return;
    const { row, token } = again;
    const location = uploadLocation(publicUrl(), token);
    const payload = logPayload('get-diagnostics', row.number, location, row.detail as LogDetail);
    try {
      await this.#give(EVERYTHING, row.id, row.station_id, { action: 'get-diagnostics', payload }, row.requested_by);
    } catch (err) {
      this.#options.logger.warn({ err, request: row.id }, 'a log could not be asked for by the older command');
      await this.#ended((trx) => lockRequest(trx, row.id), 'failed');
    }
  }
}

/**
 * Stations of OCPP 1.6 without the security extension do not know GetLog, and tell so only when asked: the same is asked by
 * GetDiagnostics then, which all of them know. What else can fail about GetLog does no harm a second time.
 */
function canAskOtherwise(row: RequestRow, status: string): boolean {
  if (row.kind !== 'log-request' || row.state !== 'pending' || status !== 'failed') return false;
  const { command, logType, otherwise } = row.detail as LogDetail;
  return command === 'get-log' && logType === 'DiagnosticsLog' && otherwise;
}

/** With a slash at the end: stations put the name of their file right behind it. */
export function uploadLocation(publicUrl: string, token: string): string {
  return `${publicUrl}/upload/${token}/`;
}

/** The payload by which a log is asked for. */
export function logPayload(
  action: 'get-log' | 'get-diagnostics',
  number: number,
  location: string,
  detail: LogDetail,
): Readonly<Record<string, unknown>> {
  const { logType, oldest, latest, retries, retryIntervalSeconds } = detail;
  const given = { oldest, latest, retries, retryIntervalSeconds };
  return {
    ...(action === 'get-log' ? { requestId: number, logType } : {}),
    location,
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null)),
  };
}
