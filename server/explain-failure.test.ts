import assert from 'node:assert/strict';
import { defineError, internalError } from '@voltpile/kernel/errors';
import { explainFailure } from './explain-failure.ts';

const cannotListen = defineError('x.cannot_listen', 'FailedPrecondition', 'Cannot listen on {port}.');

describe('explainFailure', () => {
  for (const [error, expected] of [
    [cannotListen({ port: 1 }), /^Cannot listen on 1\.$/],
    [
      cannotListen({ port: 1 }, Object.assign(new Error(), { code: 'EADDRINUSE' })),
      /^Cannot listen on 1\. Another program/,
    ],
    [Object.assign(new Error(), { code: 'EACCES', path: '/d' }), /^Cannot write \/d: not permitted/],
    [Object.assign(new Error(), { code: 'ENOSPC', path: '/d' }), /^Cannot write \/d: the disk is full/],
    [Object.assign(new Error(), { code: 'ENOTDIR', path: '/d' }), /^\/d is in the way/],
    [Object.assign(new Error(), { code: 'ENOENT', path: '/d' }), /^\/d does not exist/],
  ] as const) {
    it(`says ${expected}`, () => assert.match(explainFailure(error) ?? '', expected));
  }

  it('says what to do about a taken port once, where the error says it', () => {
    const taken = cannotListen({ port: 1 }, Object.assign(new Error(), { code: 'EADDRINUSE' }));
    assert.equal(explainFailure(taken, null), 'Cannot listen on 1.');
  });

  it('leaves the unforeseen to a stack trace', () => {
    assert.equal(explainFailure(internalError({}, new Error('boom'))), undefined);
    assert.equal(explainFailure(new TypeError('boom')), undefined);
    assert.equal(explainFailure('boom'), undefined);
  });
});
