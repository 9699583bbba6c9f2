import type { OcppVersion } from './rpc/types.ts';

/** The two schemas of one action. */
export interface ActionSchemas {
  readonly action: string;
  readonly request: object;
  /** null for a SEND, which is never answered. */
  readonly response: object | null;
}

/**
 * The Open Charge Alliance's JSON schemas, as the npm package `typed-ocpp` carries them. They are read from there at run time, never
 * copied or edited here (their licence allows no derivatives).
 *
 * The schema modules are imported by their path: the package's own entry point also compiles every schema of all versions at import,
 * which costs seconds and 200 MB.
 */
const SOURCES: Record<OcppVersion, () => Promise<object>> = {
  'ocpp1.6': () => import('typed-ocpp/dist/ocpp16/schemas.js'),
  'ocpp2.0.1': () => import('typed-ocpp/dist/ocpp20/schemas.js'),
  'ocpp2.1': () => import('typed-ocpp/dist/ocpp21/schemas.js'),
};

const REQUEST = 'Request';
const RESPONSE = 'Response';

/** Every action of the version that has schemas. */
export async function loadSchemas(version: OcppVersion): Promise<ActionSchemas[]> {
  const byName = new Map(Object.entries(await SOURCES[version]()) as [string, object][]);
  const actions: ActionSchemas[] = [];
  for (const [name, schema] of byName) {
    if (name.endsWith(RESPONSE)) continue;
    const isCall = name.endsWith(REQUEST);
    const action = isCall ? name.slice(0, -REQUEST.length) : name;
    const response = byName.get(`${action}${RESPONSE}`);
    if (isCall && response === undefined)
      throw new Error(`The schema of the answer to ${action} of ${version} is missing.`);
    actions.push({ action, request: schema, response: response ?? null });
  }
  return actions;
}
