import type { OcppVersion } from './rpc/types.ts';

/** The two schemas of one action. */
export interface ActionSchemas {
  readonly action: string;
  readonly request: object;
  readonly response: object;
}

/**
 * The Open Charge Alliance's JSON schemas, as the npm package `typed-ocpp` carries them. They are read from there at run time, never
 * copied or edited here (their licence allows no derivatives).
 *
 * The schema modules are imported by their path: the package's own entry point also compiles every schema of all versions at import,
 * which costs seconds and 200 MB.
 */
const SOURCES: Partial<Record<OcppVersion, () => Promise<object>>> = {
  'ocpp1.6': () => import('typed-ocpp/dist/ocpp16/schemas.js'),
};

const REQUEST = 'Request';

/** Every action of the version that has schemas. Throws for a version whose messages are not supported yet. */
export async function loadSchemas(version: OcppVersion): Promise<ActionSchemas[]> {
  const source = SOURCES[version];
  if (source === undefined) throw new Error(`There are no message schemas for ${version} here.`);
  const byName = new Map(Object.entries(await source()) as [string, object][]);
  const actions: ActionSchemas[] = [];
  for (const [name, request] of byName) {
    if (!name.endsWith(REQUEST)) continue;
    const action = name.slice(0, -REQUEST.length);
    const response = byName.get(`${action}Response`);
    if (response === undefined) throw new Error(`The schema of the answer to ${action} of ${version} is missing.`);
    actions.push({ action, request, response });
  }
  return actions;
}
