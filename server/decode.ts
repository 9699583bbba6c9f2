import { VoltpileError } from '@voltpile/kernel/errors';
import { inspectOcpp } from '@voltpile/ocpp/inspect';
import { inspectFrame, notAFrame } from '@voltpile/ykc/inspect';

const USAGE = `npm run -s decode -- <hex>        a frame of 云快充 (YKC); spaces do not matter
npm run -s decode -- '<JSON>'     a message of OCPP-J

Prints its fields as JSON. What cannot be read at all is {"error": …}, with exit code 1.`;

/** `npm run -s decode`: one message, for people at a pile. */
const input = process.argv.slice(2).join(' ').trim();
if (input === '' || input === '--help') {
  console.log(USAGE);
  process.exitCode = input === '' ? 1 : 0;
} else {
  try {
    console.log(JSON.stringify(await decode(input), null, 2));
  } catch (error) {
    if (!(error instanceof VoltpileError)) throw error;
    console.log(JSON.stringify({ error: { code: error.code, message: error.message } }, null, 2));
    process.exitCode = 1;
  }
}

async function decode(text: string): Promise<unknown> {
  if (text.startsWith('[') || text.startsWith('{')) return inspectOcpp(text);
  const hex = text.replace(/0x|[\s:,-]/gi, '');
  if (hex.length % 2 === 1 || !/^[0-9a-f]*$/i.test(hex)) throw notAFrame({ reason: 'neither hex digits nor JSON' });
  return inspectFrame(Buffer.from(hex, 'hex'));
}
