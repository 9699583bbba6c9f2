import assert from 'node:assert/strict';
import { ERROR_KINDS } from '@voltpile/kernel/errors';
import { errorCodeOfKind, readErrorCode, spellErrorCode } from './error-codes.ts';

describe('OCPP error codes', () => {
  it('rule 16: are spelled as each version spells them', () => {
    const spellings = (['ocpp1.6', 'ocpp2.0.1', 'ocpp2.1'] as const).map((version) => [
      spellErrorCode(version, 'FormatViolation'),
      spellErrorCode(version, 'OccurrenceConstraintViolation'),
    ]);
    assert.deepEqual(spellings, [
      ['FormationViolation', 'OccurenceConstraintViolation'],
      ['FormatViolation', 'OccurenceConstraintViolation'],
      ['FormatViolation', 'OccurrenceConstraintViolation'],
    ]);
  });

  it('rule 16: are understood in every spelling', () => {
    assert.equal(readErrorCode('FormationViolation'), 'FormatViolation');
    assert.equal(readErrorCode('FormatViolation'), 'FormatViolation');
    assert.equal(readErrorCode('OccurenceConstraintViolation'), 'OccurrenceConstraintViolation');
    assert.equal(readErrorCode('OccurrenceConstraintViolation'), 'OccurrenceConstraintViolation');
    assert.equal(readErrorCode('Nonsense'), undefined);
    assert.equal(readErrorCode('constructor'), undefined);
  });

  it('1.6 never sends a code that it does not have', () => {
    assert.equal(spellErrorCode('ocpp1.6', 'RpcFrameworkError'), 'FormationViolation');
    assert.equal(spellErrorCode('ocpp1.6', 'MessageTypeNotSupported'), 'GenericError');
  });

  it('there is one for every kind of error', () => {
    assert.deepEqual(
      ERROR_KINDS.map((kind) => readErrorCode(spellErrorCode('ocpp2.1', errorCodeOfKind(kind)))),
      ERROR_KINDS.map(errorCodeOfKind),
    );
    assert.equal(errorCodeOfKind('Unavailable'), 'InternalError');
    assert.equal(errorCodeOfKind('PermissionDenied'), 'SecurityError');
  });
});
