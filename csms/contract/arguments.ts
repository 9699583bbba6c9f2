import type { ArgumentsCheck } from '@voltpile/kernel/port-contract';
import * as z from 'zod';

/**
 * What arguments of ports look like when they come over a network. It is the shape only, so that a call of another program is refused before anything is
 * done; what a value may be is for whoever serves the call to say, in its own errors, which are the same within one process. Fields that are not known are
 * let through: a newer version has sent them.
 */

export const text = z.string();
export const textOrNull = z.string().nullable();
export const number = z.number();
export const texts = z.array(z.string()).readonly();
export const anything = z.unknown();
/** An object of which nothing more is said here. */
export const facts = z.object({}) as z.ZodType<object>;
export const filter = z.record(
  z.string(),
  z.union([z.string(), z.number(), z.boolean(), z.null()]),
) as z.ZodType<object>;
export const page = z.object({ limit: z.number(), cursor: z.string().optional() });
export const money = z.object({ amount: z.string(), currency: z.string() });
export const scope = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('everything') }),
  z.object({ kind: z.literal('organizations'), organizationIds: texts }),
  z.object({ kind: z.literal('sites'), siteIds: texts }),
]);

type Shapes = readonly [] | readonly [z.ZodType, ...z.ZodType[]];

/**
 * Of a method that takes these arguments. One too many is let through: a newer version may know one more. A declaration that would refuse what the
 * method takes, or leaves an argument out, is not compiled.
 */
export function takes<const S extends Shapes>(...shapes: S): ArgumentsCheck<z.output<z.ZodTuple<S, null>>> {
  const all = z.tuple(shapes as unknown as [z.ZodType]).rest(z.unknown());
  return {
    problemOf(args) {
      const { error } = all.safeParse(args);
      return error === undefined ? undefined : firstProblem(error);
    },
  };
}

/** `argument 2.amount: Invalid input: expected string, received undefined` */
function firstProblem({ issues: [issue] }: z.ZodError): string {
  const [index, ...path] = issue?.path ?? [];
  const where = typeof index === 'number' ? [`argument ${index + 1}`, ...path].map(String).join('.') : 'arguments';
  return `${where}: ${issue?.message ?? 'wrong'}`;
}

/** What most questions of the API take. */
export const SCOPE_PAGE = takes(scope, page);
export const SCOPE_FILTER_PAGE = takes(scope, filter, page);
export const SCOPE_ID = takes(scope, text);
export const SCOPE_ID_PAGE = takes(scope, text, page);
export const SCOPE_ID_FILTER_PAGE = takes(scope, text, filter, page);
export const SCOPE_ID_FACTS = takes(scope, text, facts);
