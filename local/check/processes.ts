import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { availableParallelism } from "node:os";
import { commandLine } from "../platform.js";
import { explain, ExplainedError } from "../explain.js";
import type { CheckedStack } from "./checkedStack.js";
import { joined, type CheckReport } from "./report.js";

/** What a process that judges stacks answers for each of them. */
type Answer = { report: CheckReport } | { error: string };

/** Judges one stack in this process. */
export type JudgeStack = (checked: CheckedStack) => Promise<CheckReport>;

/**
 * Judges stacks in this process and in others beside it: Pulumi's runtime captures one program at a time in each.
 * @throws ExplainedError for whatever went wrong in another one, and what `judge` throws in this one.
 */
export async function judgeInProcesses(stacks: readonly CheckedStack[], judge: JudgeStack): Promise<CheckReport> {
  const reports = new Map<CheckedStack, CheckReport>();
  const waiting = [...stacks];
  const work = async (judgeNext: JudgeStack): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
      reports.set(next, await judgeNext(next));
  };
  const others = Math.min(availableParallelism(), stacks.length) - 1;
  const children = Array.from({ length: others }, () => fork(commandLine, ["check-part"]));
  try {
    await Promise.all(
      [
        judge,
        ...children.map(
          (child): JudgeStack =>
            (next) =>
              reportOf(child, next),
        ),
      ].map(work),
    );
  } finally {
    for (const child of children) child.kill();
  }
  return joined(stacks.flatMap((checked) => reports.get(checked) ?? []));
}

async function reportOf(child: ChildProcess, checked: CheckedStack): Promise<CheckReport> {
  const stopped = new AbortController();
  const ended = once(child, "exit", stopped).then(() => {
    throw new ExplainedError(`the process that judges ${checked.stack} ended, as it should not; it says why above`);
  });
  const answered = once(child, "message", stopped).then(([answer]) => answer as Answer);
  child.send(checked);
  try {
    const answer = await Promise.race([answered, ended]);
    if ("error" in answer) throw new ExplainedError(answer.error);
    return answer.report;
  } finally {
    for (const each of [answered, ended]) each.catch(() => undefined);
    stopped.abort();
  }
}

/** Judges what the process that started this one asks for, until that lets go of it. */
export function serveChecks(judge: JudgeStack): void {
  process.on("message", (checked: CheckedStack) => {
    judge(checked).then(
      (report) => process.send?.({ report } satisfies Answer),
      (error: unknown) => process.send?.({ error: explain(error) } satisfies Answer),
    );
  });
}
