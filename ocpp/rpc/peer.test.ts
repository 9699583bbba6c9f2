import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { type Instant, instant } from '@voltpile/kernel/clock';
import fc from 'fast-check';
import { MAX_QUEUED_CALLS, MAX_UNANSWERED_CALLS, RpcPeer, type RpcPeerOptions } from './peer.ts';
import type { CallOutcome, CallReply, InboundCall, OcppVersion } from './types.ts';

/** A peer with everything it did, and CALLs that wait until the test answers them. */
class Bench {
  readonly sent: string[] = [];
  readonly problems: string[] = [];
  readonly calls: InboundCall[] = [];
  readonly sends: InboundCall[] = [];
  readonly answers: ((reply: CallReply) => void)[] = [];
  readonly peer: RpcPeer;

  constructor(version: OcppVersion = 'ocpp1.6', options: Partial<RpcPeerOptions> = {}) {
    this.peer = new RpcPeer({
      version,
      send: (frame) => this.sent.push(frame),
      onCall: (call) => {
        this.calls.push(call);
        return new Promise((resolve) => this.answers.push(resolve));
      },
      onSend: (message) => this.sends.push(message),
      onProblem: (problem) => this.problems.push(problem.kind),
      clock: { now: () => instant(Date.now()) },
      ...options,
    });
  }

  /** Message id of the last frame sent. */
  get lastId(): string {
    return (JSON.parse(this.sent.at(-1) ?? '[]') as string[])[1] as string;
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('RpcPeer', () => {
  beforeEach(() => mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 1_700_000_000_000 }));
  afterEach(() => mock.timers.reset());

  const inMs = (milliseconds: number): Instant => instant(Date.now() + milliseconds);

  describe('CALLs of the station', () => {
    it('are answered with the same id', async () => {
      const bench = new Bench();
      bench.peer.receive('[2,"a","Heartbeat",{}]');
      assert.deepEqual(bench.calls, [
        { messageId: 'a', action: 'Heartbeat', payload: {}, frame: '[2,"a","Heartbeat",{}]' },
      ]);
      bench.answers[0]?.({ kind: 'result', payload: { currentTime: 'now' } });
      await turn();
      assert.deepEqual(bench.sent, ['[3,"a",{"currentTime":"now"}]']);
      assert.deepEqual(bench.problems, []);
    });

    it('are answered with an error, or not at all, when the handler says so', async () => {
      const bench = new Bench();
      bench.peer.receive('[2,"a","Odd",{}]');
      bench.peer.receive('[2,"b","Heartbeat",{}]');
      bench.answers[0]?.({ kind: 'error', code: 'NotImplemented', description: 'unknown' });
      bench.answers[1]?.({ kind: 'none' });
      await turn();
      assert.deepEqual(bench.sent, ['[4,"a","NotImplemented","unknown",{}]']);
    });

    it('rule 13: are taken while an earlier one is unanswered', async () => {
      const bench = new Bench();
      bench.peer.receive('[2,"a","StatusNotification",{}]');
      bench.peer.receive('[2,"b","Heartbeat",{}]');
      assert.deepEqual(
        bench.calls.map((call) => call.messageId),
        ['a', 'b'],
      );
    });

    it('rule 14: are taken and answered while a CALL of ours is under way', async () => {
      const bench = new Bench();
      const outcome = bench.peer.call('Reset', { type: 'Soft' }, { deadline: inMs(1000) });
      const { lastId } = bench;
      bench.peer.receive('[2,"a","StatusNotification",{}]');
      bench.answers[0]?.({ kind: 'result', payload: {} });
      await turn();
      assert.equal(bench.sent.at(-1), '[3,"a",{}]');
      bench.peer.receive(`[3,"${lastId}",{"status":"Accepted"}]`);
      assert.deepEqual(await outcome, { kind: 'result', payload: { status: 'Accepted' } });
    });

    it('rule 1: with the id of an unanswered one are dropped, and one answer serves', async () => {
      const bench = new Bench();
      bench.peer.receive('[2,"a","StartTransaction",{}]');
      bench.peer.receive('[2,"a","StartTransaction",{}]');
      bench.answers[0]?.({ kind: 'result', payload: {} });
      await turn();
      assert.equal(bench.calls.length, 1);
      assert.deepEqual(bench.sent, ['[3,"a",{}]']);
      assert.deepEqual(bench.problems, ['duplicate-message-id']);
      bench.peer.receive('[2,"a","StartTransaction",{}]');
      assert.equal(bench.calls.length, 2, 'once answered, the same id is a new question');
    });

    it('with ids beyond the specification are answered as they came, and reported', async () => {
      const bench = new Bench();
      const long = 'x'.repeat(80);
      bench.peer.receive('[2,17,"Heartbeat",{}]');
      bench.peer.receive(`[2,"${long}","Heartbeat",{}]`);
      bench.answers[0]?.({ kind: 'result', payload: {} });
      bench.answers[1]?.({ kind: 'result', payload: {} });
      await turn();
      assert.deepEqual(bench.sent, ['[3,17,{}]', `[3,"${long}",{}]`]);
      assert.deepEqual(bench.problems, ['bad-message-id', 'bad-message-id']);
    });

    it('are dropped and reported when too many are unanswered', () => {
      const bench = new Bench();
      for (let i = 0; i < MAX_UNANSWERED_CALLS + 5; i++) bench.peer.receive(`[2,"${i}","Heartbeat",{}]`);
      assert.equal(bench.calls.length, MAX_UNANSWERED_CALLS);
      assert.deepEqual(new Set(bench.problems), new Set(['too-many-calls']));
    });

    it('stay unanswered when the handler fails', async () => {
      const failing = new Bench('ocpp1.6', { onCall: () => Promise.reject(new Error('no')) });
      failing.peer.receive('[2,"a","Heartbeat",{}]');
      const throwing = new Bench('ocpp1.6', {
        onCall: () => {
          throw new Error('no');
        },
      });
      throwing.peer.receive('[2,"a","Heartbeat",{}]');
      const unwritable = new Bench('ocpp1.6', {
        onCall: () => Promise.resolve({ kind: 'result', payload: { n: 1n } }),
      });
      unwritable.peer.receive('[2,"a","Heartbeat",{}]');
      await turn();
      for (const bench of [failing, throwing, unwritable]) {
        assert.deepEqual(bench.sent, []);
        assert.deepEqual(bench.problems, ['handler-failed']);
      }
    });

    it('are not answered after close', async () => {
      const bench = new Bench();
      bench.peer.receive('[2,"a","Heartbeat",{}]');
      bench.peer.close();
      bench.answers[0]?.({ kind: 'result', payload: {} });
      bench.peer.receive('[2,"b","Heartbeat",{}]');
      await turn();
      assert.deepEqual(bench.sent, []);
      assert.equal(bench.calls.length, 1);
    });

    it('survive a socket that throws', async () => {
      const bench = new Bench('ocpp1.6', {
        send: () => {
          throw new Error('gone');
        },
      });
      bench.peer.receive('[2,"a","Heartbeat",{}]');
      bench.answers[0]?.({ kind: 'result', payload: {} });
      await turn();
      assert.deepEqual(await bench.peer.call('Reset', {}, { deadline: inMs(100) }), { kind: 'closed', sent: false });
    });
  });

  describe('CALLs of ours', () => {
    it('go one at a time, in order', async () => {
      const bench = new Bench();
      const first = bench.peer.call('Reset', { type: 'Soft' }, { deadline: inMs(1000), messageId: 'one' });
      const second = bench.peer.call('ClearCache', {}, { deadline: inMs(1000), messageId: 'two' });
      assert.deepEqual(bench.sent, ['[2,"one","Reset",{"type":"Soft"}]']);
      assert.equal(bench.peer.queuedCalls, 1);
      bench.peer.receive('[3,"one",{"status":"Accepted"}]');
      assert.deepEqual(bench.sent.slice(1), ['[2,"two","ClearCache",{}]']);
      assert.equal(bench.peer.queuedCalls, 0);
      bench.peer.receive('[4,"two","NotSupported","no cache",{"a":1}]');
      assert.deepEqual(await first, { kind: 'result', payload: { status: 'Accepted' } });
      assert.deepEqual(await second, {
        kind: 'error',
        code: 'NotSupported',
        description: 'no cache',
        details: { a: 1 },
      });
    });

    it('rule 16: an error code is understood in any spelling', async () => {
      const bench = new Bench('ocpp2.0.1');
      const outcome = bench.peer.call('Reset', {}, { deadline: inMs(1000) });
      bench.peer.receive(`[4,"${bench.lastId}","FormationViolation","",{}]`);
      const result = await outcome;
      assert.equal(result.kind === 'error' && result.code, 'FormatViolation');
    });

    it('are matched when the station gives the id back as a number', async () => {
      const bench = new Bench();
      const outcome = bench.peer.call('Reset', {}, { deadline: inMs(1000), messageId: '42' });
      bench.peer.receive('[3,42,{}]');
      assert.deepEqual(await outcome, { kind: 'result', payload: {} });
    });

    it('have a deadline that includes the wait in the queue', async () => {
      const bench = new Bench();
      const outcomes = [1, 2, 3].map(() => bench.peer.call('Reset', {}, { deadline: inMs(300) }));
      mock.timers.tick(299);
      assert.equal(bench.sent.length, 1);
      mock.timers.tick(1);
      assert.deepEqual(await Promise.all(outcomes), [{ kind: 'timeout' }, { kind: 'timeout' }, { kind: 'timeout' }]);
      assert.equal(bench.peer.queuedCalls, 0);
    });

    it('that wait leave the queue at their own deadline, and the next goes on', async () => {
      const bench = new Bench();
      const long = bench.peer.call('Reset', {}, { deadline: inMs(1000), messageId: 'long' });
      const short = bench.peer.call('ClearCache', {}, { deadline: inMs(10), messageId: 'short' });
      const last = bench.peer.call('GetLocalListVersion', {}, { deadline: inMs(2000), messageId: 'last' });
      mock.timers.tick(10);
      assert.deepEqual(await short, { kind: 'timeout' });
      mock.timers.tick(990);
      assert.deepEqual(await long, { kind: 'timeout' });
      assert.deepEqual(
        bench.sent.map((frame) => (JSON.parse(frame) as string[])[1]),
        ['long', 'last'],
      );
      bench.peer.receive('[3,"last",{"listVersion":0}]');
      assert.equal((await last).kind, 'result');
    });

    it('with a deadline in the past are not sent', async () => {
      const bench = new Bench();
      assert.deepEqual(await bench.peer.call('Reset', {}, { deadline: inMs(0) }), { kind: 'timeout' });
      assert.deepEqual(bench.sent, []);
    });

    it('with a deadline beyond any timer wait', () => {
      const bench = new Bench();
      void bench.peer.call('Reset', {}, { deadline: inMs(1e13) });
      mock.timers.tick(1000);
      assert.equal(bench.sent.length, 1);
      bench.peer.close();
    });

    it('rule 15: a late answer is reported and never answered', async () => {
      const bench = new Bench('ocpp2.1');
      const outcome = bench.peer.call('Reset', {}, { deadline: inMs(10), messageId: 'late' });
      mock.timers.tick(10);
      assert.deepEqual(await outcome, { kind: 'timeout' });
      bench.peer.receive('[3,"late",{}]');
      bench.peer.receive('[3,"stray",{}]');
      bench.peer.receive('[4,"stray","GenericError","",{}]');
      assert.equal(bench.sent.length, 1);
      assert.deepEqual(bench.problems, ['late-result', 'unmatched-result', 'unmatched-result']);
    });

    it('remembers a bounded number of timeouts', () => {
      const bench = new Bench();
      for (let i = 0; i < 100; i++) {
        void bench.peer.call('Reset', {}, { deadline: inMs(1), messageId: `${i}` });
        mock.timers.tick(1);
      }
      bench.peer.receive('[3,"0",{}]');
      bench.peer.receive('[3,"99",{}]');
      assert.deepEqual(bench.problems, ['unmatched-result', 'late-result']);
    });

    it('beyond the queue’s limit are refused', async () => {
      const bench = new Bench();
      const outcomes: Promise<CallOutcome>[] = [];
      for (let i = 0; i <= MAX_QUEUED_CALLS; i++) outcomes.push(bench.peer.call('Reset', {}, { deadline: inMs(10) }));
      const refused = await bench.peer.call('Reset', {}, { deadline: inMs(10) });
      assert.equal(refused.kind === 'error' && refused.code, 'InternalError');
      mock.timers.tick(10);
      assert(((await Promise.all(outcomes)) as CallOutcome[]).every((outcome) => outcome.kind === 'timeout'));
    });

    it('that cannot be written as JSON are refused', async () => {
      const outcome = await new Bench().peer.call('Reset', { n: 1n }, { deadline: inMs(10) });
      assert.equal(outcome.kind, 'error');
    });

    it('end as closed, and tell whether the station may have seen them', async () => {
      const bench = new Bench();
      const first = bench.peer.call('Reset', {}, { deadline: inMs(1000) });
      const second = bench.peer.call('Reset', {}, { deadline: inMs(1000) });
      bench.peer.close();
      bench.peer.close();
      assert.deepEqual(await first, { kind: 'closed', sent: true });
      assert.deepEqual(await second, { kind: 'closed', sent: false });
      assert.deepEqual(await bench.peer.call('Reset', {}, { deadline: inMs(1000) }), { kind: 'closed', sent: false });
    });

    it('2.1: an answer without an object is answered with CALLRESULTERROR, before 2.1 it is not', async () => {
      for (const [version, answers] of [
        ['ocpp2.1', ['[5,"one","FormatViolation","The payload is not an object.",{}]']],
        ['ocpp2.0.1', []],
      ] as const) {
        const bench = new Bench(version);
        const outcome = bench.peer.call('Reset', {}, { deadline: inMs(1000), messageId: 'one' });
        bench.peer.receive('[3,"one",7]');
        assert.deepEqual(bench.sent.slice(1), answers);
        assert.deepEqual(await outcome, { kind: 'result', payload: 7 });
      }
    });
  });

  describe('frames that are no message', () => {
    const cases = [
      ['ocpp1.6', '{', 'not-json', null],
      ['ocpp1.6', '{}', 'not-a-message', null],
      ['ocpp1.6', '[2,"a",7,{}]', 'not-a-message', '[4,"a","FormationViolation","the action is not a string",{}]'],
      ['ocpp1.6', '[2,null,"Heartbeat",{}]', 'bad-message-id', null],
      ['ocpp1.6', '[9,"a","Heartbeat",{}]', 'unknown-message-type', null],
      ['ocpp1.6', '[6,"a","NotifyPeriodicEventStream",{}]', 'unknown-message-type', null],
      ['ocpp2.0.1', '{', 'not-json', '[4,"-1","RpcFrameworkError","the frame is not JSON",{}]'],
      ['ocpp2.0.1', '[2,"a",7,{}]', 'not-a-message', '[4,"a","FormatViolation","the action is not a string",{}]'],
      [
        'ocpp2.0.1',
        '[9,"a","Heartbeat",{}]',
        'unknown-message-type',
        '[4,"a","MessageTypeNotSupported","message type 9 is not known in ocpp2.0.1",{}]',
      ],
      ['ocpp2.0.1', '[5,"a","FormatViolation","",{}]', 'unknown-message-type', null],
      ['ocpp2.1', '[3,null,{}]', 'bad-message-id', null],
      ['ocpp2.1', '[5,"a","FormatViolation","",{}]', 'invalid-result', null],
    ] as const;
    for (const [version, frame, problem, answer] of cases) {
      it(`${version}: ${frame} is reported${answer === null ? '' : ' and answered'}`, () => {
        const bench = new Bench(version);
        bench.peer.receive(frame);
        assert.deepEqual(bench.problems, [problem]);
        assert.deepEqual(bench.sent, answer === null ? [] : [answer]);
      });
    }

    it('an error description never repeats what the frame said', () => {
      for (const version of ['ocpp1.6', 'ocpp2.0.1', 'ocpp2.1'] as const) {
        const bench = new Bench(version);
        for (const frame of [
          '[2,"a",{"secret":1},{}]',
          '"secret"',
          '[9,"a","secret"]',
          '{"secret"',
          '[2,["secret"],1]',
        ]) {
          bench.peer.receive(frame);
        }
        assert(!bench.sent.join().includes('secret'));
      }
    });
  });

  it('2.1: a SEND is taken and never answered', async () => {
    const bench = new Bench('ocpp2.1');
    bench.peer.receive('[6,"a","NotifyPeriodicEventStream",{"id":1}]');
    assert.deepEqual(bench.sends.length, 1);
    assert.deepEqual(bench.sends[0]?.payload, { id: 1 });
    const failing = new Bench('ocpp2.1', {
      onSend: () => {
        throw new Error('no');
      },
    });
    failing.peer.receive('[6,"a","NotifyPeriodicEventStream",{}]');
    await turn();
    assert.deepEqual([...bench.sent, ...failing.sent], []);
    assert.deepEqual(failing.problems, ['handler-failed']);
  });

  it('never throws, whatever comes', () => {
    const version = fc.constantFrom<OcppVersion>('ocpp1.6', 'ocpp2.0.1', 'ocpp2.1');
    const message = fc
      .array(fc.oneof(fc.integer({ min: -1, max: 8 }), fc.string(), fc.jsonValue()), { maxLength: 6 })
      .map((parts) => JSON.stringify(parts));
    const almost = fc
      .tuple(fc.integer({ min: 2, max: 6 }), fc.string(), fc.string(), fc.jsonValue())
      .map((parts) => JSON.stringify(parts));
    fc.assert(
      fc.property(version, fc.array(fc.oneof(fc.string(), message, almost), { maxLength: 20 }), (which, frames) => {
        const bench = new Bench(which);
        for (const frame of frames) bench.peer.receive(frame);
        assert(bench.sent.length <= frames.length);
        assert(bench.calls.length <= MAX_UNANSWERED_CALLS);
      }),
      { numRuns: 500 },
    );
    const bench = new Bench();
    bench.peer.receive('['.repeat(1_000_000));
    bench.peer.receive(`[2,"a","X",${'['.repeat(200_000)}${']'.repeat(200_000)}]`);
    assert.equal(bench.calls.length, 1);
  });
});
