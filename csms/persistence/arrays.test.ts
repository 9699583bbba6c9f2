import assert from 'node:assert/strict';
import { createTestDatabase, type TestDatabase } from '@voltpile/platform/testing/test-database';
import fc from 'fast-check';
import { joinedTexts, plainArray, textArray } from './array-literal.ts';
import { integerArray, smallintArray, timeArray, uuidArray } from './binary-array.ts';

describe('arrays for bulk statements', () => {
  let database: TestDatabase;
  before(async () => {
    database = await createTestDatabase();
  });
  after(() => database.dispose());
  const back = async (type: string, value: unknown): Promise<unknown[]> =>
    (await database.pool.query(`select $1::${type}[] as it`, [value])).rows[0].it;
  const decimals = async (value: string): Promise<unknown[]> =>
    (await database.pool.query('select $1::numeric[]::text[] as it', [value])).rows[0].it;

  it('bring every text back as it was, NUL aside', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.option(fc.string({ unit: 'binary' })), { maxLength: 8 }), async (texts) => {
        const expected = texts.map((text) => text?.toWellFormed().replaceAll('\u0000', '\ufffd') ?? null);
        assert.deepEqual(await back('text', textArray(texts)), expected);
      }),
      { numRuns: 200 },
    );
  });

  it('bring texts back that were joined, the separator aside', async () => {
    const texts = ['{"a":"\\u001e, \\"x\\""}', 'b\u001ec', '\u0000', "it's"];
    const { rows } = await database.pool.query(`select string_to_array($1, E'\\x1e') as it`, [joinedTexts(texts)]);
    assert.deepEqual(rows[0].it, [texts[0], 'b\ufffdc', '\ufffd', "it's"]);
  });

  it('bring numbers, ids and times back', async () => {
    assert.deepEqual(await decimals(plainArray(['1.50', null, 12n, 3])), ['1.50', null, '12', '3']);
    assert.deepEqual(await back('int', integerArray([0, -1, 2_147_483_647])), [0, -1, 2_147_483_647]);
    assert.deepEqual(await back('smallint', smallintArray([7])), [7]);
    const id = '0190aaaa-bbbb-7ccc-8ddd-eeeeffff0000';
    const other = 'ffffffff-0000-7000-8000-000000000001';
    assert.deepEqual(await back('uuid', uuidArray([id, id, null, other, id])), [id, id, null, other, id]);
    for (const values of [[], [null], [null, id]]) assert.deepEqual(await back('uuid', uuidArray(values)), values);
    assert.deepEqual(await back('timestamptz', timeArray([])), []);
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.option(fc.date({ min: new Date('1900-01-01'), max: new Date('2300-01-01'), noInvalidDate: true })),
          { maxLength: 5 },
        ),
        async (dates) =>
          assert.deepEqual(await back('timestamptz', timeArray(dates.map((date) => date?.getTime() ?? null))), dates),
      ),
      { numRuns: 100 },
    );
  });
});
