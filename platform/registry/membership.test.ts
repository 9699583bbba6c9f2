import assert from 'node:assert/strict';
import type { Instance } from './instances.ts';
import { judge, type Member } from './membership.ts';

const NOW = '2026-05-01T12:00:00.000Z';

function instance(facts: Partial<Instance> = {}): Instance {
  return {
    service: 'csms',
    id: 'id',
    node: 'a',
    host: 'host',
    pid: 7,
    version: '1.0.0',
    startedAt: '2026-05-01T11:00:00.000Z',
    zone: null,
    http: null,
    ...facts,
  };
}

/** What is known after these rounds, and what was said in the last one. */
function after(...rounds: readonly (readonly Instance[])[]) {
  const known = new Map<string, Member>();
  let kinds: string[] = [];
  for (const seen of rounds) {
    const { members, changes } = judge([...known.values()], seen, NOW);
    for (const member of members) known.set(`${member.service} ${member.node}`, member);
    kinds = changes.map(({ kind, member }) => `${member.service} of ${member.node} ${kind}`);
  }
  return { known: [...known.values()], kinds };
}

const LATER = { startedAt: '2026-05-01T11:30:00.000Z', pid: 8 };

describe('the members of a cluster', () => {
  it('appear once, each role by itself', () => {
    const both = [instance(), instance({ service: 'billing' })];
    assert.deepEqual(after(both).kinds, ['csms of a appeared', 'billing of a appeared']);
    assert.deepEqual(after(both, both).kinds, []);
  });

  it('vanish when they have not answered three times in a row', () => {
    const one = [instance()];
    assert.deepEqual(after(one, [], []).kinds, []);
    assert.deepEqual(after(one, [], [], one, [], []).kinds, []);
    assert.deepEqual(after(one, [], [], []).kinds, ['csms of a vanished']);
    assert.deepEqual(after(one, [], [], [], []).kinds, []);
  });

  it('return as the same process, or are restarted', () => {
    const one = [instance()];
    assert.deepEqual(after(one, [], [], [], one).kinds, ['csms of a returned']);
    assert.deepEqual(after(one, [], [], [], [instance(LATER)]).kinds, ['csms of a restarted']);
    assert.deepEqual(after(one, [instance(LATER)]).kinds, ['csms of a restarted']);
  });

  it('that have stopped are not missed, and an answer given before does not bring them back', () => {
    const { known } = after([instance()]);
    const stopped = known.map((member): Member => ({ ...member, state: 'stopped' }));
    assert.deepEqual(judge(stopped, [], NOW), { members: [], changes: [] });
    assert.deepEqual(judge(stopped, [instance()], NOW), { members: [], changes: [] });
    assert.deepEqual(
      judge(stopped, [instance(LATER)], NOW).changes.map(({ kind }) => kind),
      ['restarted'],
    );
  });

  it('with the data folder of another one do not make a history of it', () => {
    const [older, newer] = [instance(), instance(LATER)];
    assert.deepEqual(after([newer], [older, newer], [newer, older], [older]).kinds, []);
    // The newer one is gone: after a while the other one counts.
    assert.deepEqual(after([newer], [older], [older], [older]).kinds, ['csms of a vanished']);
    assert.deepEqual(after([newer], [older], [older], [older], [older]).kinds, ['csms of a restarted']);
  });
});
