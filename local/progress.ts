/** Milliseconds between two lines of progress where a terminal does not overwrite them. */
const pause = 15_000;

/** Where a task shows how far it is. */
export interface Task {
  title: string;
  output: string;
}

/**
 * A function that shows progress on a task: each message on a terminal, one now and then in a log, where every
 * message is a line that stays.
 */
export function progressOf(task: Task, terminal: boolean = process.stdout.isTTY): (message: string) => void {
  let last = Date.now();
  return (message) => {
    if (!terminal && Date.now() - last < pause) return;
    last = Date.now();
    task.output = message;
  };
}
