import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import type { AccessScope } from '@voltpile/csms/contract/access-scope';
import type { SitesPort } from '@voltpile/csms/contract/operator-ports';
import { defineError } from '@voltpile/kernel/errors';
import { isUuid, type Uuid } from '@voltpile/kernel/ids';
import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import type { Logger } from '@voltpile/platform/telemetry/logger';
import type { Knex } from 'knex';
import { type FileContents, FileRefused } from '../contract/files.ts';
import type { DiskStore } from './disk-store.ts';
import type { FileIntake } from './file-intake.ts';
import { fileNotFound } from './files-service.ts';
import { sendFile } from './http/send-file.ts';
import { findFile, toFirmwareView } from './persistence/files-repository.ts';
import type { TransferBudget } from './transfer-budget.ts';
import { type SpeedLimit, watchSpeed } from './watch-speed.ts';

/** The same code that the stations' domain uses. */
export const organizationNotFound = defineError(
  'organization.not_found',
  'NotFound',
  'There is no organisation {organizationId}.',
);

export interface FileContentsOptions {
  readonly knex: Knex;
  readonly logger: Logger;
  readonly sites: SitesPort;
  readonly disk: DiskStore;
  readonly intake: FileIntake;
  readonly budget: TransferBudget;
  readonly speedLimit: SpeedLimit;
}

/** The contents of files, for operators. */
export function createFileContents(options: FileContentsOptions): FileContents {
  const { knex, logger, sites, disk, intake, budget, speedLimit } = options;

  /** Firmware belongs to an organisation as a whole; who may see single sites only can have none. */
  const owner = async (scope: AccessScope, organizationId: Uuid | undefined): Promise<Uuid> => {
    if (scope.kind === 'sites') throw organizationNotFound({ organizationId: organizationId ?? null });
    if (organizationId !== undefined) return (await sites.getOrganization(scope, organizationId)).id;
    const { items } = await sites.listOrganizations(scope, { limit: 1 });
    if (items[0] === undefined) throw organizationNotFound({ organizationId: null });
    return items[0].id;
  };

  return {
    async storeFirmware(scope, facts, request, declaredBytes) {
      const organizationId = await owner(scope, facts.organizationId);
      let bytes = 0;
      const stopWatching = watchSpeed(
        speedLimit,
        () => bytes,
        () => request.destroy(),
      );
      try {
        const { file, isNew } = await intake.firmware(
          { organizationId, uploadedBy: facts.uploadedBy, sha256: facts.sha256 },
          {
            name: facts.name,
            contentType: facts.contentType,
            declaredBytes,
            source: piecesOf(request),
            onProgress: (now) => {
              bytes = now;
            },
          },
        );
        return { file: toFirmwareView(file), isNew };
      } finally {
        stopWatching();
      }
    },

    async send(scope, { id, sort }, request, response) {
      const file = isUuid(id) ? await withDatabaseErrors(() => findFile(knex, scope, id, sort)) : undefined;
      if (file === undefined || file.status !== 'complete') throw fileNotFound({ fileId: id });
      const transfer = budget.begin(`operator:${id}`);
      if (transfer === undefined) throw new FileRefused('busy');
      try {
        const outcome = await sendFile(file, disk, speedLimit, request, response);
        if (outcome === 'no-such-range' || outcome === 'other-content') {
          throw new FileRefused(outcome, Number(file.size_bytes));
        }
        if (outcome === 'missing') {
          logger.error({ file: id }, 'the content of a file is not on disk');
          throw fileNotFound({ fileId: id });
        }
      } finally {
        transfer.end();
      }
    },
  };
}

/** Without ending the request when we stop reading: it is still to be answered. */
function piecesOf(request: IncomingMessage | Readable): AsyncIterable<Buffer> {
  return request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
}
