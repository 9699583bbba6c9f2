import { type Command, InvalidArgumentError } from 'commander';

/** Where a command line writes; tests give their own. */
export interface Console {
  out(line: string): void;
  error(line: string): void;
}

/**
 * What `npm run …` starts.
 *
 * @param args what follows the program's name
 * @param signal ends it as Ctrl-C does
 * @returns the exit code: 0; 1 when nothing could be done; 2 for a command line that makes no sense
 */
export type CommandLine = (args: readonly string[], io: Console, signal: AbortSignal) => Promise<number>;

/** Runs it in this process until it ends, or Ctrl-C and SIGTERM end it; a second one leaves at once. */
export async function runFromTerminal(run: CommandLine): Promise<void> {
  const interrupted = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (interrupted.signal.aborted) process.exit(130);
      process.stderr.write('ending; once more to leave at once\n');
      interrupted.abort(new Error(name));
    });
  }
  // A reader that goes away (`| head`) ends the run quietly.
  process.stdout.on('error', () => interrupted.abort(new Error('nobody reads')));
  const io = {
    out: (line: string) => void process.stdout.write(`${line}\n`),
    error: (line: string) => void process.stderr.write(`${line}\n`),
  };
  process.exitCode = await run(process.argv.slice(2), io, interrupted.signal);
}

/**
 * Reads the arguments of a program; help and what is wrong go to the console.
 *
 * @returns undefined, or the exit code with which it ends at once
 */
export function parseArguments(program: Command, args: readonly string[], io: Console): number | undefined {
  program
    .exitOverride()
    .configureOutput({ writeOut: (text) => io.out(text.trimEnd()), writeErr: (text) => io.error(text.trimEnd()) });
  try {
    program.parse([...args], { from: 'user' });
    return undefined;
  } catch (error) {
    return (error as { exitCode?: number }).exitCode === 0 ? 0 : 2;
  }
}

/** Reads a whole number of an option. */
export function whole(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min || value > max) {
      throw new InvalidArgumentError(`A whole number from ${min} to ${max} is needed.`);
    }
    return value;
  };
}
