import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  encodeCall,
  encodeCallError,
  encodeCallResult,
  encodeCallResultError,
  isProperMessageId,
  parseFrame,
} from './frames.ts';

describe('OCPP-J frames', () => {
  it('reads each kind', () => {
    assert.deepEqual(parseFrame('[2,"a","Heartbeat",{}]', 'ocpp1.6'), {
      type: 'call',
      messageId: 'a',
      action: 'Heartbeat',
      payload: {},
    });
    assert.deepEqual(parseFrame('[3,"a",{"status":"Accepted"}]', 'ocpp1.6'), {
      type: 'call-result',
      messageId: 'a',
      payload: { status: 'Accepted' },
    });
    assert.deepEqual(parseFrame('[4,"a","NotImplemented","no",{"x":1}]', 'ocpp2.0.1'), {
      type: 'call-error',
      messageId: 'a',
      code: 'NotImplemented',
      description: 'no',
      details: { x: 1 },
    });
    assert.equal(parseFrame('[5,"a","FormatViolation","",{}]', 'ocpp2.1').type, 'call-result-error');
    assert.deepEqual(parseFrame('[6,"a","NotifyPeriodicEventStream",{}]', 'ocpp2.1'), {
      type: 'send',
      messageId: 'a',
      action: 'NotifyPeriodicEventStream',
      payload: {},
    });
  });

  it('lets pass what stations in the field do', () => {
    const numeric = parseFrame('[2,17,"Heartbeat",{}]', 'ocpp1.6');
    assert.equal(numeric.type === 'call' && numeric.messageId, 17);
    const bare = parseFrame('[2,"a","Heartbeat"]', 'ocpp1.6');
    assert.equal(bare.type === 'call' && bare.payload, undefined);
    const long = parseFrame(`[2,"${'x'.repeat(255)}","Heartbeat",{},"more"]`, 'ocpp1.6');
    assert.equal(long.type, 'call');
    assert.deepEqual(parseFrame('[4,"a"]', 'ocpp1.6'), {
      type: 'call-error',
      messageId: 'a',
      code: 'GenericError',
      description: '',
      details: undefined,
    });
    const vendor = parseFrame(`[4,"a","${'Odd'.repeat(200)}",null,null]`, 'ocpp1.6');
    assert.equal(vendor.type === 'call-error' && vendor.code.length, 255);
  });

  const malformed = [
    ['{', 'ocpp1.6', 'not-json', null, true],
    ['', 'ocpp1.6', 'not-json', null, true],
    ['{}', 'ocpp1.6', 'not-a-message', null, true],
    ['null', 'ocpp1.6', 'not-a-message', null, true],
    ['[]', 'ocpp1.6', 'not-a-message', null, true],
    ['["2","a","Heartbeat",{}]', 'ocpp1.6', 'not-a-message', null, true],
    ['[2,"a",7,{}]', 'ocpp1.6', 'not-a-message', 'a', true],
    ['[6,"a",7,{}]', 'ocpp2.1', 'not-a-message', 'a', false],
    ['[2,null,"Heartbeat",{}]', 'ocpp1.6', 'bad-message-id', null, true],
    ['[2,1.5,"Heartbeat",{}]', 'ocpp1.6', 'bad-message-id', null, true],
    [`[2,"${'x'.repeat(256)}","Heartbeat",{}]`, 'ocpp2.0.1', 'bad-message-id', null, true],
    ['[3,null,{}]', 'ocpp2.0.1', 'bad-message-id', null, false],
    ['[1,"a","Heartbeat",{}]', 'ocpp1.6', 'unknown-message-type', 'a', true],
    ['[2.5,"a","Heartbeat",{}]', 'ocpp1.6', 'unknown-message-type', 'a', true],
    ['[7,"a","Heartbeat",{}]', 'ocpp2.1', 'unknown-message-type', 'a', true],
    ['[5,"a","FormatViolation","",{}]', 'ocpp2.0.1', 'unknown-message-type', 'a', false],
    ['[6,"a","NotifyPeriodicEventStream",{}]', 'ocpp1.6', 'unknown-message-type', 'a', false],
  ] as const;
  for (const [text, version, problem, messageId, answerable] of malformed) {
    it(`says why ${text.slice(0, 40)} is no message of ${version}`, () => {
      const frame = parseFrame(text, version);
      assert(frame.type === 'malformed');
      assert.deepEqual([frame.problem, frame.messageId, frame.answerable], [problem, messageId, answerable]);
    });
  }

  it('writes what it reads', () => {
    const name = fc.string({ minLength: 1, maxLength: 36 });
    fc.assert(
      fc.property(name, name, fc.dictionary(fc.string(), fc.jsonValue()), (messageId, action, body) => {
        const payload = JSON.parse(JSON.stringify(body)) as object;
        assert.deepEqual(parseFrame(encodeCall(messageId, action, payload), 'ocpp1.6'), {
          type: 'call',
          messageId,
          action,
          payload,
        });
        assert.deepEqual(parseFrame(encodeCallResult(messageId, payload), 'ocpp1.6'), {
          type: 'call-result',
          messageId,
          payload,
        });
      }),
    );
  });

  it('writes errors in the version’s spelling, without details, at most 255 characters', () => {
    assert.equal(encodeCallError('ocpp1.6', 'a', 'FormatViolation', 'bad'), '[4,"a","FormationViolation","bad",{}]');
    assert.equal(
      encodeCallResultError('a', 'OccurrenceConstraintViolation', 'bad'),
      '[5,"a","OccurrenceConstraintViolation","bad",{}]',
    );
    const long = JSON.parse(encodeCallError('ocpp1.6', 3, 'GenericError', 'y'.repeat(300))) as string[];
    assert.equal(long[1], 3);
    assert.equal(long[3]?.length, 255);
  });

  it('knows a proper message id', () => {
    assert.deepEqual(['a', 'x'.repeat(36), '', 'x'.repeat(37), 5].map(isProperMessageId), [
      true,
      true,
      false,
      false,
      false,
    ]);
  });
});
