import assert from 'node:assert/strict';
import { type Instant, instant } from '@voltpile/kernel/clock';
import fc from 'fast-check';
import { followAnswer, followPart, MAX_PARTS, type ReceivedPart, type ReportProgress } from './report-progress.ts';

const START = Date.parse('2026-03-01T12:00:00Z');
const at = (seconds: number): Instant => instant(START + seconds * 1000);

function part(sequenceNumber: number, last: number, seconds = sequenceNumber): ReceivedPart {
  return {
    kind: 'device',
    requestId: 7,
    sequenceNumber,
    toBeContinued: sequenceNumber !== last,
    generatedAt: at(seconds - 1),
    receivedAt: at(seconds),
    itemCount: 10,
    flags: [],
  };
}

function follow(parts: readonly ReceivedPart[], from?: ReportProgress): { reports: ReportProgress[]; fresh: number } {
  const reports: ReportProgress[] = from === undefined ? [] : [from];
  let fresh = 0;
  for (const each of parts) {
    const { progress, isNew } = followPart(reports.at(-1), each);
    if (isNew) fresh += 1;
    if (reports.at(-1)?.id === progress.id) reports.pop();
    reports.push(progress);
  }
  return { reports, fresh };
}

describe('progress of a report in parts', () => {
  it('is complete whatever the order and number of its parts, counted from 0 or from 1', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }).chain((count) =>
          fc.record({
            first: fc.constantFrom(0, 1),
            count: fc.constant(count),
            // Every part at least once, some more often, in any order.
            order: fc.array(fc.integer({ min: 0, max: count - 1 }), { maxLength: 12 }).chain((more) =>
              fc.shuffledSubarray([...Array(count).keys(), ...more], {
                minLength: count + more.length,
                maxLength: count + more.length,
              }),
            ),
          }),
        ),
        ({ first, count, order }) => {
          const parts = order.map((index, when) => part(index + first, count - 1 + first, when));
          const { reports, fresh } = follow(parts);
          const [report] = reports;
          assert.equal(reports.length, 1);
          assert.equal(fresh, count);
          assert.equal(report?.status, 'complete');
          assert.equal(report?.itemCount, count * 10);
          assert.deepEqual(
            report?.parts,
            [...Array(count).keys()].map((index) => index + first),
          );
          assert.equal(report?.firstPartAt, at(0));
        },
      ),
    );
  });

  it('is not complete while a part is missing', () => {
    fc.assert(
      fc.property(fc.integer({ min: 3, max: 12 }), fc.nat(), (count, chosen) => {
        // Not the first: without it the report looks as if it were counted from 1.
        const missing = 1 + (chosen % (count - 1));
        const parts = [...Array(count).keys()].filter((index) => index !== missing).map((n) => part(n, count - 1));
        assert.equal(follow(parts).reports[0]?.status, 'receiving');
        const all = follow([...parts, part(missing, count - 1, 100)]).reports;
        assert.deepEqual([all.length, all[0]?.status], [1, 'complete']);
      }),
    );
  });

  it('goes on after it was given up', () => {
    const [open] = follow([part(0, 2), part(2, 2)]).reports as [ReportProgress];
    const [done] = follow([part(1, 2, 5000)], { ...open, status: 'timed-out', finishedAt: at(1000) }).reports;
    assert.deepEqual([done?.status, done?.finishedAt], ['complete', at(5000)]);
  });

  it('begins anew when a station uses the number again later', () => {
    const { reports } = follow([part(0, 1), part(1, 1), part(0, 1, 4000), part(1, 1, 4001)]);
    assert.deepEqual(
      reports.map(({ status, firstPartAt }) => [status, firstPartAt]),
      [
        ['complete', at(0)],
        ['complete', at(4000)],
      ],
    );
  });

  it('keeps what was asked for, and waits from the answer on', () => {
    const asked = {
      ...(follow([part(0, 1)]).reports[0] as ReportProgress),
      status: 'requested',
      base: 'FullInventory',
      coversAll: true,
      parts: [],
      lastPart: null,
      activeAt: at(0),
    } as const;
    assert.deepEqual(followAnswer(asked, 'accepted', at(5)), { ...asked, activeAt: at(5) });
    assert.deepEqual(
      [followAnswer(asked, 'refused', at(5)).status, followAnswer(asked, 'refused', at(5)).finishedAt],
      ['refused', at(5)],
    );
    const empty = followAnswer(asked, 'empty', at(5));
    assert.deepEqual([empty.status, empty.finishedAt, empty.itemCount], ['complete', at(5), asked.itemCount]);
    // Parts may come before the answer; then it says nothing new.
    const [receiving] = follow([part(0, 1, 6)], asked).reports as [ReportProgress];
    assert.deepEqual([receiving.base, receiving.coversAll, receiving.id], ['FullInventory', true, asked.id]);
    assert.equal(followAnswer(receiving, 'refused', at(7)), receiving);
  });

  it('has a limit', () => {
    const full = { ...(follow([part(0, -1)]).reports[0] as ReportProgress), parts: [...Array(MAX_PARTS).keys()] };
    const { progress } = followPart(full, part(MAX_PARTS, MAX_PARTS));
    assert.deepEqual(
      [progress.parts.length, progress.status, progress.flags],
      [MAX_PARTS, 'receiving', ['too-many-parts']],
    );
  });
});
