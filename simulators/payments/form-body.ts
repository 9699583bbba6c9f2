/** A form as Stripe's libraries write it: `a=1&b[c]=2&d[0]=3`. Lists are objects with numbers as names. */
export interface Form {
  readonly [name: string]: string | Form;
}

const MAX_FIELDS = 200;
const MAX_DEPTH = 5;

/** @returns undefined for what is no such form, or too large a one */
export function readForm(text: string): Form | undefined {
  const form: Record<string, unknown> = Object.create(null);
  const fields = [...new URLSearchParams(text)];
  if (fields.length > MAX_FIELDS) return undefined;
  for (const [name, value] of fields) {
    const path = /^([^[\]]+)((?:\[[^[\]]*\])*)$/.exec(name);
    if (path === null) return undefined;
    const names = [path[1] ?? '', ...(path[2] ?? '').slice(1, -1).split('][')].filter((part) => part !== '');
    if (names.length > MAX_DEPTH) return undefined;
    let place = form;
    for (const part of names.slice(0, -1)) {
      place[part] ??= Object.create(null);
      if (typeof place[part] !== 'object') return undefined;
      place = place[part] as Record<string, unknown>;
    }
    place[names.at(-1) ?? ''] = value;
  }
  return form as Form;
}

export function textOf(form: Form, name: string): string | undefined {
  const value = form[name];
  return typeof value === 'string' ? value : undefined;
}

export function formOf(form: Form, name: string): Form {
  const value = form[name];
  return typeof value === 'object' ? value : {};
}

/** The texts of a list, or of a map's values. */
export function textsOf(form: Form, name: string): string[] {
  return Object.values(formOf(form, name)).filter((value): value is string => typeof value === 'string');
}
