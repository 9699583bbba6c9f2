import assert from 'node:assert/strict';
import { DEFAULT_PILE_SETTINGS, type PileSettings, resolvePileSettings } from './pile-settings.ts';
import { invalidGatewaySetting } from './settings.ts';

describe('settings of connections of piles', () => {
  it('are the defaults where nothing else is said', () => {
    assert.deepEqual(resolvePileSettings({}), DEFAULT_PILE_SETTINGS);
    const { port, idleTimeoutSeconds, freshSeconds } = resolvePileSettings({ port: 0, idleTimeoutSeconds: 1.5 });
    assert.deepEqual([port, idleTimeoutSeconds, freshSeconds], [0, 1.5, 30]);
  });

  it('have limits that are more than nothing', () => {
    const numbers = Object.entries(DEFAULT_PILE_SETTINGS).filter(([, value]) => typeof value === 'number');
    assert.ok(numbers.length > 15);
    for (const [name] of numbers) {
      for (const value of [-1, Number.NaN, Number.POSITIVE_INFINITY, undefined, '5', ...(name === 'port' ? [] : [0])]) {
        assert.throws(
          () => resolvePileSettings({ [name]: value } as Partial<PileSettings>),
          (error: Error) => invalidGatewaySetting.is(error) && error.message.includes(`piles.${name}`),
          `${name} ${value}`,
        );
      }
    }
  });

  it('leave a pile the time for three heartbeats, and old connections that of a question', () => {
    const { idleTimeoutSeconds, freshSeconds, probeSeconds, loginTimeoutSeconds } = DEFAULT_PILE_SETTINGS;
    assert.ok(idleTimeoutSeconds > 3 * 10);
    assert.ok(probeSeconds < loginTimeoutSeconds && probeSeconds < freshSeconds);
  });
});
