import assert from 'node:assert/strict';
import fc from 'fast-check';
import { badSettingsText, formatSettings, parseSettings } from './config-file.ts';

describe('settings as text', () => {
  it('are YAML or JSON, and numbers are what is written', () => {
    const expected = { A: '50.00', B: 'true', C: 'a,b', D: '0x10' };
    assert.deepEqual(parseSettings('# all\nA: 50.00\nB: true\nC: [a, b]\nD: "0x10"\nE:\n'), expected);
    assert.deepEqual(parseSettings('{"A": 50.00, "B": true, "C": ["a", "b"], "D": "0x10", "E": ""}'), expected);
    for (const nothing of ['', '{}', '# only a comment\n']) assert.deepEqual(parseSettings(nothing), {});
  });

  it('are refused with the place and without the text when they are wrong', () => {
    for (const [text, expected] of [
      ['A: hunter2\nA: 2', /line 2: duplicate key/],
      ['A: "hunter2', /line 1: missing char/],
      ['hunter2', /no names with values/],
      ['A: {b: hunter2}', /A is not text, a number or a list/],
      ['[hunter2]', /no names with values/],
      [`A: ${'x'.repeat(300_000)}`, /more than 262144 characters/],
    ] as const) {
      assert.throws(
        () => parseSettings(text),
        (error: Error) => badSettingsText.is(error) && expected.test(error.message) && !/hunter2/.test(error.message),
        text.slice(0, 20),
      );
    }
  });

  it('come back as they were, in the order of their names, whatever stands in them', () => {
    const name = fc.stringMatching(/^[A-Z][A-Z0-9_]{0,40}$/);
    const value = fc.oneof(fc.string({ unit: 'binary', minLength: 1 }), fc.string({ unit: 'grapheme', minLength: 1 }));
    fc.assert(
      fc.property(fc.dictionary(name, value, { noNullPrototype: true }), (texts) => {
        const text = formatSettings(texts, (of) =>
          of.length % 2 === 0 ? 'what it is for: "quoted" # and more' : undefined,
        );
        assert.deepEqual(parseSettings(text), texts);
        const reversed = Object.fromEntries(Object.entries(texts).reverse());
        assert.equal(
          formatSettings(reversed, () => undefined),
          formatSettings(texts, () => undefined),
        );
      }),
    );
  });
});
