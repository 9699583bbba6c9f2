/** What asks a program to end. */
export type StopSignal = 'INT' | 'TERM';

/**
 * The beginning of a command for `/bin/sh` that runs a program as its child and holds the reading end of a pipe from us: its standard input. When the pipe
 * ends, because we asked or because we were killed, the program gets the signal: nothing is left behind, whatever happens to us. Signals for
 * the process group (a Ctrl-C) do not reach it. The first line of its output is the program's pid.
 *
 * @param name of the watchdog, in lists of processes
 * @returns what the program and its arguments follow
 */
export function watchdogArguments(name: string, signal: StopSignal): readonly string[] {
  return ['-c', script(signal), name];
}

function script(signal: StopSignal): string {
  return `
trap '' HUP INT TERM
exec 3<&0 </dev/null
"$@" 3<&- &
child=$!
echo "$child"
( read -r _ <&3; kill -${signal} "$child" ) >/dev/null 2>&1 &
watch=$!
exec 3<&-
wait "$child"
status=$?
kill -KILL "$watch" 2>/dev/null
exit "$status"
`;
}
