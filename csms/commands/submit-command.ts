import { type Clock, instant } from '@voltpile/kernel/clock';
import { defineError } from '@voltpile/kernel/errors';
import { uuidv7 } from '@voltpile/kernel/ids';
import { maskSecrets } from '@voltpile/kernel/mask-secrets';
import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import { expectProfiles } from '../charging-profiles/expect-profiles.ts';
import type { AccessScope } from '../contract/access-scope.ts';
import { type CommandClass, commandClass, type GivenCommand } from '../contract/commands.ts';
import type { CommandView } from '../contract/operator-ports.ts';
import type { StationLink } from '../contract/station-link.ts';
import { expectedReport } from '../device-model/expected-report.ts';
import { noteListSent } from '../local-lists/follow-outcome.ts';
import { type CommandRecord, insertCommand } from '../persistence/commands-repository.ts';
import { storeReportProgress } from '../persistence/device-model-statements.ts';
import { insertEvents } from '../persistence/outbox-events.ts';
import { runByKnex } from '../persistence/run-by-knex.ts';
import { storeAppIntent } from '../persistence/start-intents-repository.ts';
import { findStation, type StationRecord, setNextKey } from '../persistence/stations-repository.ts';
import { storeReservation } from '../reservations/prepare-reservation.ts';
import { hashStationKey } from '../stations/station-key.ts';
import { stationUnknown } from '../stations/station-writer.ts';
import { commandEvent } from './command-events.ts';
import type { CommandRunner } from './command-runner.ts';
import { interpretRequest } from './interpret-request.ts';
import { type PrepareDependencies, type PreparedCommand, prepareCommand } from './prepare-command.ts';

export const commandNotPermitted = defineError(
  'command.not_permitted',
  'PermissionDenied',
  'You may not give this command.',
);
export const commandNotSupported = defineError(
  'command.not_supported',
  'FailedPrecondition',
  'Station {stationId} cannot carry out {action}.',
);
export const badTimeout = defineError(
  'command.bad_timeout',
  'InvalidArgument',
  'A command waits for its answer for 1 to {max} seconds.',
);

const MAX_TIMEOUT_SECONDS = 600;

export interface SubmitDependencies extends PrepareDependencies {
  readonly clock: Clock;
  readonly link: () => StationLink | undefined;
  readonly runner: CommandRunner;
  readonly commandTimeoutSeconds: number;
  readonly secret: Buffer;
  readonly onEvents: () => void;
}

export interface CommandRequest {
  readonly action: string;
  readonly payload: unknown;
  readonly timeoutSeconds?: number | undefined;
  readonly requestedBy: string | null;
}

/** Checks a command, stores it, and sends it in the background; see {@link CommandsPort.submit}. */
export async function submitCommand(
  dependencies: SubmitDependencies,
  scope: AccessScope,
  stationId: string,
  request: CommandRequest,
  allowed: readonly CommandClass[],
): Promise<CommandView> {
  const { knex, link, runner, commandTimeoutSeconds, secret } = dependencies;
  const timeoutSeconds = request.timeoutSeconds ?? commandTimeoutSeconds;
  if (!(timeoutSeconds >= 1 && timeoutSeconds <= MAX_TIMEOUT_SECONDS)) throw badTimeout({ max: MAX_TIMEOUT_SECONDS });
  const station = stationId.includes('\u0000')
    ? undefined
    : await withDatabaseErrors(() => findStation(knex, scope, stationId));
  if (station === undefined) throw stationUnknown({ stationId });

  const asked = await interpretRequest(link(), station.view, request);
  checkMayBeGiven(station, asked, allowed);
  const release = runner.reserve(station.station, station.view.id);
  let sending = false;
  try {
    const prepared = await withDatabaseErrors(() => prepareCommand(dependencies, station, asked));
    const nextKeyHash = prepared.nextKey === null ? null : hashStationKey(secret, prepared.nextKey);
    const record = await store(dependencies, station, request, { prepared, nextKeyHash }, timeoutSeconds);
    if (station.openEpoch !== null) {
      const deadline = instant(Date.parse(record.view.deadline));
      const { command } = prepared;
      sending = true;
      runner.run(
        {
          commandId: record.view.id,
          station: station.station,
          epoch: station.openEpoch,
          command,
          deadline,
          nextKeyHash,
        },
        release,
      );
    }
    return record.view;
  } finally {
    if (!sending) release();
  }
}

function checkMayBeGiven(station: StationRecord, command: GivenCommand, allowed: readonly CommandClass[]): void {
  const { view } = station;
  const { action } = command;
  if (!allowed.includes(commandClass(action))) throw commandNotPermitted();
  // What a station can do is known from its last connection; before its first one the command just finds it offline.
  if (view.protocol !== null && !view.capabilities.includes(action)) {
    throw commandNotSupported({ stationId: view.id, action });
  }
}

/**
 * Stores the command with what belongs to it. A new key is stored before it is sent: a crash after the station has taken it must not lock the
 * station out. Until it is used, both keys are good.
 */
async function store(
  { knex, clock, onEvents }: SubmitDependencies,
  station: StationRecord,
  request: CommandRequest,
  { prepared, nextKeyHash }: { readonly prepared: PreparedCommand; readonly nextKeyHash: Buffer | null },
  timeoutSeconds: number,
): Promise<CommandRecord> {
  const now = clock.now();
  const isOnline = station.openEpoch !== null;
  const { command, intent, reservation } = prepared;
  const record = await withDatabaseErrors(() =>
    knex.transaction(async (trx) => {
      if (intent !== null && isOnline) await storeAppIntent(trx, intent);
      if (nextKeyHash !== null && isOnline) await setNextKey(trx, station.station, nextKeyHash);
      const id = uuidv7();
      // Known before the station is asked: parts may come before the answer.
      const report = isOnline ? expectedReport(command, id, now) : undefined;
      if (report !== undefined) await runByKnex(trx)([storeReportProgress([{ station: station.station, report }])]);
      const inserted = await insertCommand(trx, {
        id,
        organizationId: station.view.organizationId,
        station: station.station,
        action: request.action,
        payload: maskSecrets(request.payload),
        status: isOnline ? 'pending' : 'offline',
        response: isOnline ? null : { error: 'offline', message: 'The station is not connected.' },
        requestedBy: request.requestedBy,
        intentId: isOnline ? (intent?.id ?? null) : null,
        createdAt: now,
        deadline: instant(now + timeoutSeconds * 1000),
        finishedAt: isOnline ? null : now,
      });
      const events = [commandEvent('command.created', inserted)];
      if (reservation !== undefined) {
        const given = { commandId: id, createdBy: request.requestedBy, createdAt: now, isOnline };
        events.push(await storeReservation(trx, station.view.id, reservation, given));
      }
      if (isOnline) await expectProfiles(trx, station.station, command, { commandId: id, at: now });
      if (isOnline && command.action === 'send-local-list') {
        events.push(...(await noteListSent(trx, station.station, command.payload, now)));
      }
      if (!isOnline) events.push(commandEvent('command.finished', inserted));
      await insertEvents(trx, events);
      return inserted;
    }),
  );
  onEvents();
  return record;
}
