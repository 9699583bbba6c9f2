import assert from 'node:assert/strict';
import fc from 'fast-check';
import { applyMessage, differenceOf, type ListEntry, type ListMessage } from './list-entries.ts';
import { listLimits } from './list-limits.ts';
import {
  afterAsking,
  afterSending,
  countSteps,
  type ListState,
  NEW_LIST,
  nextStep,
  retryAfterMs,
  whenAsking,
  whenInStep,
  whenLeaving,
  whenSentByHand,
  whenWanted,
} from './list-state.ts';

const LIMITS = listLimits({ entriesPerMessage: 3 }, 'components');

function entriesOf(...names: string[]): ListEntry[] {
  return names.map((idToken) => ({ idToken, idTokenInfo: { status: 'Accepted' } }));
}

function confirmed(versionNumber: number, ...names: string[]): ListState {
  return {
    ...NEW_LIST,
    status: 'in-step',
    managed: true,
    lastVersion: versionNumber,
    confirmed: { versionNumber, entries: entriesOf(...names) },
  };
}

/** A station that does as OCPP says: a difference needs a newer version, everything anew does not. */
class Station {
  version = 0;
  entries: ListEntry[] = [];

  take(message: ListMessage): 'accepted' | 'version-mismatch' {
    if (message.updateType === 'Differential' && message.versionNumber <= this.version) return 'version-mismatch';
    this.entries = applyMessage(this.entries, message);
    this.version = message.versionNumber;
    return 'accepted';
  }
}

describe('the state of a local list', () => {
  it('begins with the question of what is there', () => {
    assert.deepEqual(nextStep(NEW_LIST, entriesOf('A'), LIMITS, false), { kind: 'ask-version' });
    const heard = afterAsking(whenAsking(NEW_LIST), 4000);
    assert.deepEqual(nextStep(heard, entriesOf('A'), LIMITS, false), {
      kind: 'send',
      message: { versionNumber: 4001, updateType: 'Full', localAuthorizationList: entriesOf('A') },
    });
  });

  it('sends a difference where it is known, in parts, and everything where one side is empty', () => {
    const state = confirmed(7, 'A', 'B', 'C', 'D', 'E');
    assert.deepEqual(nextStep(state, entriesOf('B', 'C', 'D', 'E', 'F'), LIMITS, false), {
      kind: 'send',
      message: {
        versionNumber: 8,
        updateType: 'Differential',
        localAuthorizationList: [{ idToken: 'A' }, ...entriesOf('F')],
      },
    });
    assert.deepEqual(nextStep(state, [], LIMITS, false), {
      kind: 'send',
      message: { versionNumber: 8, updateType: 'Full', localAuthorizationList: [] },
    });
    const first = nextStep(confirmed(7), entriesOf('A', 'B', 'C', 'D'), LIMITS, false);
    assert.equal(first.kind === 'send' && first.message.updateType, 'Full');
    assert.equal(first.kind === 'send' && first.message.localAuthorizationList?.length, 3);
    assert.deepEqual(nextStep(state, state.confirmed?.entries ?? [], LIMITS, false), { kind: 'none' });
  });

  it('asks a station that was restarted, and believes it when the version is the same', () => {
    const state = confirmed(7, 'A');
    assert.deepEqual(nextStep(state, entriesOf('A'), LIMITS, true), { kind: 'ask-version' });
    const asked = whenAsking(state);
    assert.equal(asked.status, 'in-step', 'a question alone changes nothing');
    assert.deepEqual(afterAsking(asked, 7), { ...state, asking: false });
    const other = afterAsking(asked, 5);
    assert.deepEqual([other.confirmed, other.heardVersion, other.status], [null, 5, 'pending']);
    const step = nextStep(other, entriesOf('A'), LIMITS, false);
    assert.ok(step.kind === 'send' && step.message.updateType === 'Full' && step.message.versionNumber === 8);
  });

  it('finds out what became of a message that nobody answered', () => {
    const before = confirmed(7, 'A');
    const message: ListMessage = {
      versionNumber: 8,
      updateType: 'Differential',
      localAuthorizationList: entriesOf('B'),
    };
    const left = whenLeaving(before, message);
    assert.deepEqual(nextStep(left, entriesOf('A', 'B'), LIMITS, false), { kind: 'ask-version' });
    const lost = afterSending(left, 'no-answer');
    assert.deepEqual([lost.status, lost.failures, lost.lastError], ['failed', 1, 'no-answer']);
    for (const state of [left, lost]) {
      const taken = afterAsking(whenAsking(state), 8);
      assert.deepEqual(taken.confirmed, { versionNumber: 8, entries: entriesOf('A', 'B') });
      const missed = afterAsking(whenAsking(state), 7);
      assert.deepEqual([missed.confirmed, missed.sent], [before.confirmed, null]);
      assert.equal(afterAsking(whenAsking(state), 3).confirmed, null);
    }
  });

  it('takes version 0 for an empty list', () => {
    const none = afterAsking(whenAsking(NEW_LIST), 0);
    assert.deepEqual(nextStep(none, [], LIMITS, false), { kind: 'none' }, 'there is nothing to send');
    assert.deepEqual(afterAsking(whenAsking(confirmed(7, 'A')), 0).confirmed, { versionNumber: 0, entries: [] });
    const emptied = afterSending(
      whenLeaving(confirmed(7, 'A'), { versionNumber: 8, updateType: 'Full', localAuthorizationList: [] }),
      'accepted',
    );
    assert.equal(afterAsking(whenAsking(emptied), 0).confirmed?.versionNumber, 8);
    assert.equal(whenInStep(emptied).managed, false);
  });

  it('sends everything after a refusal, and at once after the first version that does not fit', () => {
    const left = whenLeaving(confirmed(7, 'A'), {
      versionNumber: 8,
      updateType: 'Differential',
      localAuthorizationList: entriesOf('B'),
    });
    const mismatch = afterSending(left, 'version-mismatch');
    assert.deepEqual([mismatch.confirmed, mismatch.lastError, retryAfterMs(mismatch)], [null, 'version-mismatch', 0]);
    const refused = afterSending(left, 'refused');
    assert.deepEqual([refused.confirmed, refused.status, retryAfterMs(refused)], [null, 'failed', 60_000]);
    assert.equal(retryAfterMs({ failures: 2, lastError: 'version-mismatch' }), 120_000);
    assert.equal(retryAfterMs({ failures: 30, lastError: 'refused' }), 6 * 3600_000);
    assert.deepEqual(afterSending(left, 'not-sent').confirmed, left.confirmed);
    assert.equal(afterSending(left, 'not-supported').status, 'unsupported');
    assert.equal(afterAsking(whenAsking(left), -1).status, 'unsupported');
    assert.equal(afterAsking(whenAsking(left), null).lastError, 'no-answer');
  });

  it('knows nothing of a list that was sent by hand, until it is wanted again', () => {
    const byHand = whenSentByHand(confirmed(7, 'A'), 50);
    assert.deepEqual(
      [byHand.status, byHand.operatorManaged, byHand.confirmed, byHand.lastVersion],
      ['unknown', true, null, 50],
    );
    const wanted = whenWanted(byHand, false);
    assert.deepEqual([wanted.status, wanted.operatorManaged], ['pending', false]);
    assert.deepEqual(nextStep(wanted, [], LIMITS, false), { kind: 'ask-version' });
    const full = whenWanted(confirmed(7, 'A'), true);
    assert.deepEqual([full.confirmed, full.status], [null, 'pending']);
  });

  it('begins anew with 1 when the versions have run out', () => {
    const step = nextStep(confirmed(2_147_483_647, 'A', 'B'), entriesOf('A', 'C'), LIMITS, false);
    assert.ok(step.kind === 'send' && step.message.updateType === 'Full' && step.message.versionNumber === 1);
  });

  it('reaches the wanted list whatever is lost on the way, and whenever we are killed', () => {
    const names = fc.uniqueArray(fc.constantFrom('A', 'B', 'C', 'D', 'E', 'F', 'G', 'H'));
    // What becomes of each message: it arrives or not, and the answer arrives or not (killed, or the line was cut); a station may be replaced.
    const mishaps = fc.array(fc.constantFrom('none', 'lost', 'unheard', 'killed', 'replaced', 'changed'), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(names, names, names, mishaps, (held, first, then, fate) => {
        const station = new Station();
        station.entries = entriesOf(...held);
        station.version = held.length === 0 ? 0 : 5;
        let wanted = entriesOf(...first);
        let state: ListState = NEW_LIST;
        let isDoubtful = false;
        const left = [...fate];
        for (let turn = 0; ; turn += 1) {
          assert.ok(turn < 100, 'it comes to an end');
          const mishap = left.shift() ?? 'none';
          if (mishap === 'changed') wanted = entriesOf(...then);
          if (mishap === 'replaced') {
            station.entries = entriesOf('X', 'Y');
            station.version = 900;
            isDoubtful = true;
          }
          const step = nextStep(state, wanted, LIMITS, isDoubtful && state.confirmed !== null);
          if (step.kind === 'none') {
            state = whenInStep(state);
            if (left.length === 0) break;
            continue;
          }
          if (step.kind === 'ask-version') {
            state = whenAsking(state);
            if (mishap === 'killed') continue;
            if (mishap === 'lost' || mishap === 'unheard') {
              state = afterAsking(state, null);
              continue;
            }
            state = afterAsking(state, station.version);
            isDoubtful = false;
            continue;
          }
          const { message } = step;
          assert.ok(message.versionNumber > station.version || message.updateType === 'Full');
          assert.ok((message.localAuthorizationList?.length ?? 0) <= 3);
          const promised = countSteps(state, wanted, LIMITS);
          state = whenLeaving(state, message);
          const answer = mishap === 'lost' ? undefined : station.take(message);
          if (mishap === 'killed') continue;
          state = afterSending(state, answer === undefined || mishap === 'unheard' ? 'no-answer' : answer);
          if (mishap === 'none' && answer === 'accepted') {
            assert.equal(countSteps(state, wanted, LIMITS), promised - 1);
          }
        }
        assert.deepEqual(differenceOf(station.entries, wanted), []);
        // An empty list may have version 0.
        if (station.version > 0) assert.equal(state.confirmed?.versionNumber, station.version);
        assert.deepEqual([state.status, state.failures], ['in-step', 0]);
      }),
      { numRuns: 500 },
    );
  });
});
