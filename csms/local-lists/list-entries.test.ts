import assert from 'node:assert/strict';
import fc from 'fast-check';
import { applyMessage, differenceOf, type ListChange, type ListEntry, type ListMessage } from './list-entries.ts';
import { countMessages, fitting, listLimits } from './list-limits.ts';

const types = fc.option(fc.constantFrom('ISO14443', 'Central', 'eMAID'), { nil: undefined });
const values = fc.constantFrom('a', 'B', 'c', 'D', 'e', 'F', 'g', 'H', 'i', 'J');
const entries = fc.record({
  idToken: values,
  type: types,
  status: fc.constantFrom('Accepted', 'Blocked'),
  group: fc.option(fc.constantFrom('G1', 'G2'), { nil: undefined }),
  expiresAt: fc.option(fc.constantFrom('2027-01-01T00:00:00.000Z', '2028-01-01T00:00:00.000Z'), { nil: undefined }),
});
const list = fc.uniqueArray(entries, { selector: ({ idToken }) => idToken, maxLength: 10 }).map((rows) =>
  rows.map(
    ({ idToken, type, status, group, expiresAt }) =>
      ({
        idToken,
        ...(type === undefined ? {} : { idTokenType: type }),
        idTokenInfo: {
          status,
          ...(group === undefined ? {} : { groupIdToken: group }),
          ...(expiresAt === undefined ? {} : { expiresAt }),
        },
      }) as ListEntry,
  ),
);

function message(changes: readonly ListChange[], versionNumber = 2): ListMessage {
  return { versionNumber, updateType: 'Differential', localAuthorizationList: [...changes] };
}

function sorted(all: readonly ListEntry[]): ListEntry[] {
  return all.toSorted((one, other) => (one.idToken < other.idToken ? -1 : 1));
}

describe('differences of local lists', () => {
  it('turn one list into the other, in two rounds where a type changes', () => {
    fc.assert(
      fc.property(list, list, (before, after) => {
        const first = differenceOf(before, after);
        const between = applyMessage(before, message(first));
        const second = differenceOf(between, after);
        const typeOf = new Map(before.map(({ idToken, idTokenType }) => [idToken, idTokenType]));
        const changesType = after.some(
          (entry) => typeOf.has(entry.idToken) && typeOf.get(entry.idToken) !== entry.idTokenType,
        );
        assert.equal(second.length > 0, changesType);
        assert.deepEqual(sorted(applyMessage(between, message(second))), sorted(after));
      }),
    );
  });

  it('are empty between a list and itself, however it is ordered', () => {
    fc.assert(fc.property(list, (all) => assert.deepEqual(differenceOf(all, all.toReversed()), [])));
  });

  it('name each token once, what takes away first', () => {
    fc.assert(
      fc.property(list, list, (before, after) => {
        const changes = differenceOf(before, after);
        assert.equal(new Set(changes.map(({ idToken }) => idToken.toLowerCase())).size, changes.length);
        const firstAddition = changes.findIndex(({ idTokenInfo }) => idTokenInfo !== undefined);
        const lastRemoval = changes.findLastIndex(({ idTokenInfo }) => idTokenInfo === undefined);
        assert.ok(firstAddition === -1 || lastRemoval < firstAddition);
      }),
    );
  });

  it('know tokens without regard to case, and times by what they mean', () => {
    const at = (idToken: string, expiresAt: string): ListEntry => ({
      idToken,
      idTokenInfo: { status: 'Accepted', expiresAt },
    });
    assert.deepEqual(
      differenceOf([at('Card', '2027-01-01T00:00:00.000Z')], [at('CARD', '2027-01-01T01:00:00+01:00')]),
      [],
    );
    assert.equal(differenceOf([at('Card', '2027-01-01T00:00:00Z')], [at('card', '2027-01-02T00:00:00Z')]).length, 1);
  });

  it('replace everything with a full message, whatever was before', () => {
    fc.assert(
      fc.property(list, list, (before, after) => {
        const full: ListMessage = { versionNumber: 9, updateType: 'Full', localAuthorizationList: [...after] };
        assert.deepEqual(applyMessage(before, full), after);
        assert.deepEqual(applyMessage(before, { versionNumber: 9, updateType: 'Full' }), []);
      }),
    );
  });
});

describe('limits of local lists', () => {
  const told = fc.record({
    entriesPerMessage: fc.option(fc.integer({ min: -1, max: 1000 }), { nil: undefined }),
    bytesPerMessage: fc.option(fc.integer({ min: 0, max: 3000 }), { nil: undefined }),
  });

  it('cut what there is to tell into messages that lose nothing and keep to them', () => {
    fc.assert(
      fc.property(list, told, (all, limits) => {
        const { entriesPerMessage, bytesPerMessage } = listLimits(limits, 'components');
        const parts: ListEntry[][] = [];
        for (let from = 0; from < all.length; from += parts.at(-1)?.length ?? 0) {
          parts.push([...fitting(all, listLimits(limits, 'components'), from)]);
        }
        assert.deepEqual(parts.flat(), all);
        assert.equal(countMessages(all, listLimits(limits, 'components')), parts.length);
        for (const part of parts) {
          assert.ok(part.length >= 1 && part.length <= entriesPerMessage);
          assert.ok(part.length === 1 || JSON.stringify(part).length < bytesPerMessage);
        }
      }),
    );
  });

  it('are careful where a station has told none, or nonsense', () => {
    assert.deepEqual(listLimits({}, 'keys'), {
      entriesPerMessage: 20,
      bytesPerMessage: 200_000,
      maxEntries: 10_000,
      maxValueLength: 20,
    });
    assert.equal(listLimits({ entriesPerMessage: 0 }, 'keys').entriesPerMessage, 20);
    assert.equal(listLimits({ entriesPerMessage: 100_000, maxEntries: 32 }, 'components').entriesPerMessage, 500);
    assert.equal(listLimits({ maxEntries: 32 }, 'components').maxEntries, 32);
  });
});
