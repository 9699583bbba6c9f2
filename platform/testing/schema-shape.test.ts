import assert from 'node:assert/strict';
import { narrowings, schemaShape } from './schema-shape.ts';
import { createTestDatabase } from './test-database.ts';

const BEFORE = `
  create schema shop;
  create table shop.things (id int primary key, name text, price int, kind text not null default 'plain');
  create view shop.names as select name from shop.things`;

/** What each change is found to be; an empty list: whoever knows only the schema before lives on as he did. */
const CHANGES: readonly (readonly [change: string, found: readonly string[]])[] = [
  ['create table shop.more (id int primary key, name text not null)', []],
  ['alter table shop.things add column note text', []],
  ['alter table shop.things add column at timestamptz not null default now()', []],
  ['create index on shop.things (name)', []],
  ['alter table shop.things alter column kind drop not null', []],
  ['alter table shop.things add column note text not null', ['things.note must be given']],
  ['alter table shop.things alter column name set not null', ['things.name must be given']],
  ['alter table shop.things alter column kind drop default', ['things.kind must be given']],
  ['alter table shop.things drop column price', ['things.price is gone']],
  ['alter table shop.things rename column price to cost', ['things.price is gone']],
  ['alter table shop.things alter column price type bigint', ['things.price was integer and is bigint']],
  ['drop view shop.names', ['names.name is gone']],
  ['alter table shop.things add check (price > 0)', ['new rule, shop.things: CHECK ((price > 0))']],
  [
    'create unique index by_name on shop.things (name)',
    ['new rule, shop.things: CREATE UNIQUE INDEX by_name ON shop.things USING btree (name)'],
  ],
];

describe('what a change of a schema takes away', () => {
  for (const [change, found] of CHANGES) {
    it(`${change}: ${found.length === 0 ? 'nothing' : found.join(', ')}`, async () => {
      await using test = await createTestDatabase();
      await test.knex.raw(BEFORE);
      const before = await schemaShape(test.knex, 'shop');
      await test.knex.raw(change);
      assert.deepEqual(narrowings(before, await schemaShape(test.knex, 'shop')), found);
    });
  }
});
