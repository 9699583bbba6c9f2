import assert from 'node:assert/strict';
import { narrowings, schemaShape } from '@voltpile/platform/testing/schema-shape';
import { createTestDatabase } from '@voltpile/platform/testing/test-database';
import { ALL_MIGRATIONS } from './migrations.ts';

/** Steps that were looked at, and why an older version can live with what is said of them. */
const LOOKED_AT: Readonly<Record<string, string>> = {
  'csms/0004-transaction-events': 'the new check allows more than the one that it replaces',
  'csms/0010-connection-facts': 'the check is of the column that the step adds, which may be empty',
  'billing/0007-card-charges': 'made before the first release',
  'billing/0008-kept-whole': 'no version empties these tables',
  'identity/0002-audit-intents': 'the new check allows more than the one that it replaces',
  'billing/0009-received-payments': 'the new checks allow more than those that they replace',
  'billing/0010-row-digests':
    'the new triggers of older tables refuse nothing: they write a column that older versions do not know',
};

describe('versions side by side', () => {
  it('find a schema to which each step only adds, unless the step says since when nobody uses what it takes away', async () => {
    await using test = await createTestDatabase();
    const problems: Record<string, readonly string[]> = {};
    for (const { schema, migrations } of ALL_MIGRATIONS) {
      await test.knex.raw('create schema if not exists ??', [schema]);
      for (const { name, unusedSince, up } of migrations) {
        const before = await schemaShape(test.knex, schema);
        await up(test.knex);
        const found = narrowings(before, await schemaShape(test.knex, schema));
        const step = `${schema}/${name}`;
        if (found.length > 0 && unusedSince === undefined && !(step in LOOKED_AT)) problems[step] = found;
      }
    }
    assert.deepEqual(problems, {});
  });

  it('are told a step that exists, and came earlier', () => {
    for (const { migrations } of ALL_MIGRATIONS) {
      for (const [index, { unusedSince }] of migrations.entries()) {
        if (unusedSince === undefined) continue;
        assert.ok(
          migrations.slice(0, index).some(({ name }) => name === unusedSince),
          unusedSince,
        );
      }
    }
  });
});
