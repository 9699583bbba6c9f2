import { type AddressInfo, createServer, type Socket } from 'node:net';

/** What a mail server says, by command; `end` to the whole of a mail. `close` ends the connection in place of an answer, `silence` says nothing. */
export type MailScript = Readonly<
  Partial<Record<'greeting' | 'EHLO' | 'STARTTLS' | 'MAIL' | 'RCPT' | 'DATA' | 'end', string | 'close' | 'silence'>>
>;

export interface ScriptedMailServer extends AsyncDisposable {
  readonly url: string;
  /** Changed, it holds for connections from then on. */
  script: MailScript;
  /** Connections that there were. */
  readonly count: () => number;
  /** Resolves when somebody has said that, the next time. */
  heard(command: string): Promise<void>;
}

const USUAL: Required<MailScript> = {
  greeting: '220 mail.example.com',
  EHLO: '250 mail.example.com',
  STARTTLS: '502 not here',
  MAIL: '250 ok',
  RCPT: '250 ok',
  DATA: '354 go on',
  end: '250 taken',
};

/** A mail server that answers by a script: for what real ones do only when something is wrong. */
export async function startScriptedMailServer(first: MailScript = {}): Promise<ScriptedMailServer> {
  const sockets = new Set<Socket>();
  const waiting: { command: string; resolve: () => void }[] = [];
  let count = 0;
  const server = createServer((socket) => {
    count += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => {});
    const script = { ...USUAL, ...scripted.script };
    const say = (answer: string): void => {
      if (answer === 'close') socket.destroy();
      else if (answer !== 'silence') socket.write(`${answer}\r\n`);
    };
    const hear = (command: string): void => {
      for (const each of waiting.splice(0)) {
        if (each.command === command) each.resolve();
        else waiting.push(each);
      }
    };
    let body: string | undefined;
    let text = '';
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1');
      for (let end = text.indexOf('\r\n'); end >= 0; end = text.indexOf('\r\n')) {
        const line = text.slice(0, end);
        text = text.slice(end + 2);
        if (body !== undefined) {
          body = line === '.' ? undefined : line;
          if (body !== undefined) continue;
          hear('end');
          say(script.end);
          continue;
        }
        const [command = ''] = line.toUpperCase().split(' ');
        hear(command);
        const answer = command in script ? script[command as keyof MailScript] : '250 ok';
        if (command === 'DATA' && answer === USUAL.DATA) body = '';
        say(answer ?? '250 ok');
      }
    });
    say(script.greeting);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const scripted: ScriptedMailServer = {
    url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    script: first,
    count: () => count,
    heard: (command) => new Promise((resolve) => waiting.push({ command, resolve })),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return scripted;
}
