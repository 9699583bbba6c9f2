import { isStorable } from '@voltpile/platform/database/storable-text';

/** OCPI's own values lie four deep; this is room for whatever else somebody puts into a display text. */
const MOST_DEPTH = 12;
/** Of the JSON text: more than any real tariff, and little enough that a page of them is answered at once. */
export const MOST_CONTENT_CHARACTERS = 131_072;

/**
 * Why a content cannot be kept: what OCPI has beside prices is any JSON, and `jsonb` does not take all of that.
 *
 * @returns texts as `/tariff_alt_text must not …`; empty when there is nothing
 */
export function problemsWithStoring(content: object): string[] {
  const problem = findProblem(content, '', 0);
  if (problem !== undefined) return [problem];
  const { length } = JSON.stringify(content);
  return length > MOST_CONTENT_CHARACTERS
    ? [`/ must be at most ${MOST_CONTENT_CHARACTERS} characters of JSON; it is ${length}`]
    : [];
}

function findProblem(value: unknown, path: string, depth: number): string | undefined {
  if (typeof value === 'string') {
    return isStorable(value) ? undefined : `${path} must not contain NUL or half of a character`;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth > MOST_DEPTH) return `${path} must not be nested deeper than ${MOST_DEPTH} levels`;
  for (const [name, inner] of Object.entries(value)) {
    if (!isStorable(name)) return `${path} must not have names with NUL or half of a character`;
    const problem = findProblem(inner, `${path}/${name.replaceAll(' ', '_')}`, depth + 1);
    if (problem !== undefined) return problem;
  }
  return undefined;
}
