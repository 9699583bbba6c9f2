import type { Knex } from 'knex';

/** What a schema asks of those who read and write it. */
export interface SchemaShape {
  /** `table.column` → its type */
  readonly columns: ReadonlyMap<string, string>;
  /** Columns for which whoever inserts must give a value. */
  readonly demanded: ReadonlySet<string>;
  /** `table: definition` of checks, keys, unique indexes and triggers. */
  readonly rules: ReadonlySet<string>;
}

export async function schemaShape(knex: Knex, schema: string): Promise<SchemaShape> {
  const { rows: columns } = await knex.raw<{
    rows: { name: string; type: string; nullable: boolean; filled: boolean }[];
  }>(
    `select c.relname || '.' || a.attname as name, format_type(a.atttypid, a.atttypmod) as type, not a.attnotnull as nullable,
       a.atthasdef or a.attidentity <> '' as filled
     from pg_attribute a join pg_class c on c.oid = a.attrelid
     where c.relnamespace = to_regnamespace(?) and c.relkind in ('r', 'p', 'v') and not c.relispartition
       and a.attnum > 0 and not a.attisdropped`,
    [schema],
  );
  const { rows: rules } = await knex.raw<{ rows: { rule: string }[] }>(
    `select conrelid::regclass || ': ' || pg_get_constraintdef(oid) as rule from pg_constraint
       where connamespace = to_regnamespace(?) and conrelid <> 0 and conparentid = 0 and contype <> 'n'
     union all
     select i.indrelid::regclass || ': ' || replace(pg_get_indexdef(i.indexrelid), i.indexrelid::regclass::text, '') from pg_index i
       join pg_class c on c.oid = i.indrelid
       where c.relnamespace = to_regnamespace(?) and i.indisunique and not c.relispartition
     union all
     select t.tgrelid::regclass || ': ' || pg_get_triggerdef(t.oid) from pg_trigger t join pg_class c on c.oid = t.tgrelid
       where c.relnamespace = to_regnamespace(?) and not t.tgisinternal and not c.relispartition`,
    [schema, schema, schema],
  );
  return {
    columns: new Map(columns.map(({ name, type }) => [name, type])),
    demanded: new Set(columns.filter(({ nullable, filled }) => !nullable && !filled).map(({ name }) => name)),
    rules: new Set(rules.map(({ rule }) => rule)),
  };
}

/**
 * What a version that knows only the schema before could stumble over: what is gone or has another type, what must be given now, what is refused now.
 *
 * @returns a line for each; empty: the step only adds
 */
export function narrowings(before: SchemaShape, after: SchemaShape): string[] {
  const found: string[] = [];
  const tables = new Set([...before.columns.keys()].map(tableOf));
  for (const [column, type] of before.columns) {
    const now = after.columns.get(column);
    if (now === undefined) found.push(`${column} is gone`);
    else if (now !== type) found.push(`${column} was ${type} and is ${now}`);
  }
  for (const column of after.demanded) {
    if (tables.has(tableOf(column)) && !before.demanded.has(column)) found.push(`${column} must be given`);
  }
  for (const rule of after.rules) {
    const table = rule.slice(0, rule.indexOf(':')).replace(/^.*\./, '');
    if (tables.has(table) && !before.rules.has(rule)) found.push(`new rule, ${rule}`);
  }
  return found;
}

function tableOf(column: string): string {
  return column.slice(0, column.indexOf('.'));
}
