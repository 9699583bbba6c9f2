/** A piece of SQL with its values for knex's `?` placeholders. Texts come from code only, never from a caller. */
export interface Sql {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** A piece of SQL: `sql('site_id = ?', siteId)`. */
export function sql(text: string, ...values: readonly unknown[]): Sql {
  return { text, values };
}

/** All conditions joined by AND; absent ones are left out, none is `true`. */
export function allOf(conditions: readonly (Sql | undefined)[]): Sql {
  const present = conditions.filter((condition) => condition !== undefined);
  if (present.length === 0) return sql('true');
  return {
    text: present.map((condition) => `(${condition.text})`).join(' and '),
    values: present.flatMap((condition) => condition.values),
  };
}

/** Escapes `%`, `_` and the backslash, so that a text matches itself in LIKE. */
export function likePattern(text: string): string {
  return `%${text.replace(/[\\%_]/g, '\\$&')}%`;
}
