import type { SpawnOptions } from "node:child_process";
import spawn, { SubprocessError } from "nano-spawn";

export interface RunOptions {
  cwd?: string;
  /** Added to the environment of this process; `undefined` takes a variable away. */
  env?: Readonly<Record<string, string | undefined>>;
  /** What the process reads on its standard input. */
  input?: string;
  /** Milliseconds after which the process is ended. */
  timeout?: number;
  /** Ends the process when it is told. */
  signal?: AbortSignal;
  /** Called with each line of output, standard error included, as it comes. */
  onLine?: (line: string) => void;
}

export interface RunResult {
  /** 0 when it succeeded; 127 when there is no such program; 1 when a signal ended it. */
  exitCode: number;
  stdout: string;
  stderr: string;
  /** Both, interleaved. With `onLine` the only one that is filled. */
  output: string;
}

/** Runs a program to its end. A failure is a result, not an exception: callers know what to say about it. */
export async function run(file: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const { input, onLine, ...rest } = options;
  const lines: string[] = [];
  try {
    const subprocess = spawn(file, args, {
      ...(rest as Pick<SpawnOptions, "cwd" | "timeout" | "signal">),
      env: options.env ?? {},
      stdin: input === undefined ? "ignore" : { string: input },
    });
    if (onLine) {
      for await (const line of subprocess) {
        lines.push(line);
        onLine(line);
      }
    }
    const { stdout, stderr, output } = await subprocess;
    return { exitCode: 0, stdout, stderr, output: onLine ? lines.join("\n") : output };
  } catch (error) {
    if (!(error instanceof SubprocessError)) throw error;
    const missing = (error.cause as NodeJS.ErrnoException | undefined)?.code === "ENOENT";
    return {
      exitCode: missing ? 127 : (error.exitCode ?? 1),
      stdout: error.stdout,
      stderr: error.stderr,
      output: onLine ? lines.join("\n") : error.output,
    };
  }
}
