import type { AuditIntents } from '../identity/audit-intents.ts';
import type { AuditActor } from '../identity/audit-log.ts';
import type { RequestOrigin } from '../identity/caller.ts';
import { toProblem } from './problem.ts';
import type { Route, RouteResult } from './route.ts';

/**
 * Carries a request out, of a route with an {@link Route.intent} so that it leaves a trace whatever happens on the way: the intent is written first, and its
 * entry in the audit log takes its place afterwards. Such an answer has nothing left to be audited.
 *
 * @throws Unavailable `audit.unavailable` when the intent cannot be written; what `run` throws
 */
export async function runWithTrace(
  { intent }: Route,
  intents: AuditIntents,
  run: () => Promise<RouteResult>,
  about: {
    readonly actor: AuditActor;
    readonly origin: RequestOrigin;
    readonly objectId: string | null;
    readonly body: unknown;
  },
): Promise<RouteResult> {
  if (intent === undefined) return run();
  const { actor, origin, objectId, body } = about;
  const open = await intents.begin(actor, { ...intent, objectId, request: body }, origin);
  let result: RouteResult;
  try {
    result = await run();
  } catch (error) {
    // A failure of our own may have come after the deed: then the intent stays.
    if (toProblem(error, origin.requestId).status < 500) await intents.drop(open);
    throw error;
  }
  if (!('audit' in result)) throw new Error('an intent is for what is audited');
  await intents.complete(open, result.audit);
  return { ...result, audit: null };
}
