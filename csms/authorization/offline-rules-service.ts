import { defineError } from '@voltpile/kernel/errors';
import { withDatabaseErrors } from '@voltpile/platform/database/connection';
import type { Knex } from 'knex';
import { type AccessScope, EVERYTHING } from '../contract/access-scope.ts';
import type { OfflineRulesPort, OfflineRulesView } from '../contract/offline-rules-port.ts';
import type { CommandsPort } from '../contract/operator-ports.ts';
import { findOrganization } from '../persistence/organizations-repository.ts';
import { findSite } from '../persistence/sites-repository.ts';
import { findStation } from '../persistence/stations-repository.ts';
import { organizationNotFound, siteNotFound } from '../sites/sites-service.ts';
import { vocabularyOf } from '../stations/station-vocabulary.ts';
import { stationUnknown } from '../stations/station-writer.ts';
import { offlineVariables } from './offline-variables.ts';

export const noOfflineRules = defineError(
  'offline_rules.none',
  'FailedPrecondition',
  'The site of station {stationId} has no rules for stations without connection.',
);

/** What stations may do without connection, as their sites have it. */
export function createOfflineRulesService(dependencies: {
  readonly knex: Knex;
  readonly commands: CommandsPort;
}): OfflineRulesPort {
  const { knex, commands } = dependencies;

  const view = (scope: AccessScope, stationId: string): Promise<OfflineRulesView> =>
    withDatabaseErrors(async () => {
      const station = stationId.includes('\u0000') ? undefined : await findStation(knex, scope, stationId);
      if (station === undefined) throw stationUnknown({ stationId });
      const { organizationId, siteId, capabilities } = station.view;
      // Who may see the station may know what holds for it.
      const site = await findSite(knex, EVERYTHING, siteId);
      if (site === undefined) throw siteNotFound({ siteId });
      const organization = await findOrganization(knex, EVERYTHING, organizationId);
      if (organization === undefined) throw organizationNotFound({ organizationId });
      const { offlinePolicy: policy } = site;
      const { masterPassGroupId } = organization;
      const variables = offlineVariables({ ...policy, masterPassGroupId }, vocabularyOf(capabilities));
      return { stationId, policy, masterPassGroupId, variables };
    });

  return {
    get: view,

    apply: async (scope, stationId, { requestedBy }) => {
      const { variables } = await view(scope, stationId);
      if (variables.length === 0) throw noOfflineRules({ stationId });
      const payload = {
        variables: variables.map(({ component, variable, value }) => ({
          ...(component === null ? {} : { component: { name: component } }),
          variable,
          value,
        })),
      };
      return commands.submit(scope, stationId, { action: 'set-variables', payload, requestedBy }, ['configure']);
    },
  };
}
