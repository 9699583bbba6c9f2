import { encodeBody } from '@voltpile/ykc/messages/body';
import type { MessageTable } from '@voltpile/ykc/messages/message';
import { arbitraryValues } from '@voltpile/ykc/testing/arbitrary-values';
import fc from 'fast-check';
import { NO_SERIAL, SERIAL } from './bodies.ts';
import { PILE_NO } from './pile-bench.ts';

/** Bodies of a type as piles may send them, with the values that handlers look at. */
export function arbitraryBodies(table: MessageTable): fc.Arbitrary<Buffer> {
  const telling: Record<string, fc.Arbitrary<string | number>> = {
    pileNo: fc.constant(PILE_NO),
    gun: fc.constantFrom('01', '01', '02', '00', '07', 'fa'),
    txSerial: fc.constantFrom(SERIAL, SERIAL, NO_SERIAL, 'deadbeef'.repeat(4)),
    status: fc.nat(4),
    plugged: fc.nat(1),
    mode: fc.integer({ min: 1, max: 3 }),
    needPwd: fc.nat(1),
    txType: fc.integer({ min: 1, max: 5 }),
    guns: fc.nat(255),
  };
  const known = Object.entries(telling).filter(([name]) => name in table.fields);
  const surplus = fc.constantFrom(Buffer.alloc(0), Buffer.of(7));
  return fc
    .tuple(arbitraryValues(table.fields), fc.record(Object.fromEntries(known)), surplus)
    .map(([values, more, rest]) => Buffer.concat([encodeBody(table, { ...values, ...more }), rest]));
}
