import { once } from 'node:events';
import { Command, InvalidArgumentError, Option } from 'commander';
import { type Console, parseArguments, runFromTerminal, whole } from '../command-line.ts';
import { FAKE_SECRET_KEY, FAKE_WEBHOOK_SECRET, FakeStripe } from './fake-stripe.ts';
import { TEST_CARDS } from './test-cards.ts';

const PORT = 12_111;
const WEBHOOK_URL = 'http://127.0.0.1:8080/webhooks/payments/stripe';

const CARDS = `
Cards, by the names that Stripe has for tests:
  ${Object.keys(TEST_CARDS).join('\n  ')}`;

interface Options {
  readonly port: number;
  readonly webhookUrl: string;
}

/** `npm run fake-stripe`: a provider of payments to try things out with, on this machine only, until it is ended. See {@link CommandLine}. */
export async function fakeStripe(args: readonly string[], io: Console, signal: AbortSignal): Promise<number> {
  const program = new Command('fake-stripe')
    .description("Speaks Stripe's API on 127.0.0.1: test cards, signed notifications, no money. Nothing of it is kept.")
    .addOption(
      new Option('--port <number>', 'where it listens; 0 takes any free one').argParser(whole(0, 65_535)).default(PORT),
    )
    .addOption(new Option('--webhook-url <url>', 'whom it tells').argParser(httpUrl).default(WEBHOOK_URL))
    .addHelpText('after', CARDS);
  const ended = parseArguments(program, args, io);
  if (ended !== undefined) return ended;
  const { port, webhookUrl } = program.opts<Options>();
  try {
    await using stripe = await FakeStripe.start({
      port,
      webhookUrl,
      onTold: ({ type }, status) =>
        io.out(`${type} ${status === 0 ? 'reached nobody' : `was answered with ${status}`}`),
    });
    io.out(`fake Stripe listens on ${stripe.url} and tells ${webhookUrl}; start the server with`);
    io.out(
      `VOLTPILE_STRIPE_API_URL=${stripe.url} VOLTPILE_STRIPE_SECRET_KEY=${FAKE_SECRET_KEY} VOLTPILE_STRIPE_WEBHOOK_SECRET=${FAKE_WEBHOOK_SECRET} npm start`,
    );
    if (!signal.aborted) await once(signal, 'abort');
    return 0;
  } catch (error) {
    io.error(`error: ${(error as Error).message}`);
    return 1;
  }
}

function httpUrl(text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw new InvalidArgumentError('An address like http://127.0.0.1:8080/… is needed.');
  }
  return text;
}

if (import.meta.main) await runFromTerminal(fakeStripe);
