import assert from 'node:assert/strict';
import { defineError, ERROR_KINDS } from '@voltpile/kernel/errors';
import { HTTP_OF_KIND, toProblem } from './problem.ts';

describe('problem documents', () => {
  it('have one status for each kind of error', () => {
    const statuses = ERROR_KINDS.map((kind) => {
      const { status, body } = toProblem(defineError('a.b', kind, 'Text.')(), 'r1');
      assert.equal(body.status, status);
      return [kind, status];
    });
    assert.deepEqual(Object.fromEntries(statuses), {
      InvalidArgument: 400,
      NotFound: 404,
      Conflict: 409,
      FailedPrecondition: 409,
      Unauthenticated: 401,
      PermissionDenied: 403,
      Unavailable: 503,
      Internal: 500,
    });
    assert.equal(Object.keys(HTTP_OF_KIND).length, ERROR_KINDS.length);
  });

  it('carry code, text and public details of a classified error', () => {
    const error = defineError('station.not_found', 'NotFound', 'There is no station {id}.')({ id: 'CP1' });
    assert.deepEqual(toProblem(error, 'r1').body, {
      type: 'urn:voltpile:problem:station.not_found',
      title: 'Not found',
      status: 404,
      detail: 'There is no station CP1.',
      code: 'station.not_found',
      details: { id: 'CP1' },
      requestId: 'r1',
    });
  });

  it('list the problems of an argument field by field', () => {
    const error = defineError(
      'command.invalid_payload',
      'InvalidArgument',
      'Bad payload.',
    )({
      problems: ['/periods/0/limit must be integer', 'something else'],
    });
    assert.deepEqual(toProblem(error, 'r1').body.errors, [
      { path: 'periods.0.limit', message: 'must be integer' },
      { path: '', message: 'something else' },
    ]);
  });

  it('name the one field of an argument', () => {
    const error = defineError(
      'site.invalid',
      'InvalidArgument',
      '{field} must be {expected}.',
    )({
      field: 'currency',
      expected: 'an ISO 4217 code',
    });
    assert.deepEqual(toProblem(error, 'r1').body.errors, [{ path: 'currency', message: 'must be an ISO 4217 code' }]);
  });

  it('tell nothing of an unforeseen error, nor of an internal one', () => {
    for (const error of [
      new TypeError('secret place /etc/shadow'),
      defineError('store.broken', 'Internal', 'secret place {file}')({ file: '/etc/shadow' }),
      'just text: secret',
    ]) {
      const { status, body, cause } = toProblem(error, 'r1');
      assert.equal(status, 500);
      assert.equal(body.code, 'internal');
      assert.doesNotMatch(JSON.stringify(body), /secret|shadow|store/);
      assert.ok(cause !== undefined);
    }
  });

  it('say when to come back while the database is away', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    const { status, headers, body } = toProblem(refused, 'r1');
    assert.deepEqual([status, headers['Retry-After'], body.code], [503, '5', 'database.unavailable']);
    const own = defineError('x.y', 'Unavailable', 'Later.')({ retryAfterSeconds: 2.2 });
    assert.equal(toProblem(own, 'r1').headers['Retry-After'], '3');
  });

  it('name the authentication scheme when it is missing', () => {
    const error = defineError('auth.x', 'Unauthenticated', 'No.')();
    assert.match(toProblem(error, 'r1').headers['WWW-Authenticate'] ?? '', /^Bearer /);
  });

  it('blame the sender for what the body parser refuses', () => {
    const thrown = (facts: object): unknown => Object.assign(new Error('x'), facts);
    assert.equal(toProblem(thrown({ status: 413, type: 'entity.too.large', limit: 10 }), 'r').status, 413);
    assert.equal(
      toProblem(thrown({ status: 400, type: 'entity.parse.failed' }), 'r').body.code,
      'request.malformed_json',
    );
    assert.equal(toProblem(thrown({ status: 415, type: 'charset.unsupported' }), 'r').status, 415);
    assert.equal(toProblem(thrown({ status: 400, type: 'request.aborted' }), 'r').body.code, 'request.malformed');
    assert.equal(toProblem(new URIError('x'), 'r').body.code, 'request.malformed_url');
  });
});
