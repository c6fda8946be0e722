/**
 * Does work without keeping stacks of errors. Pulumi takes one for every promise, and jest even maps each of its frames,
 * which is most of what a capture costs; leave this out to see where an error inside a program comes from.
 */
export async function withoutStacks<Result>(work: () => Promise<Result>): Promise<Result> {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return await work();
  } finally {
    Error.stackTraceLimit = limit;
  }
}
