import * as pulumi from "@pulumi/pulumi";
import { unwrapSecrets } from "./secrets.js";

/** One resource as the program registered it, before any provider saw it. */
export interface CapturedResource {
  /** With the whole chain of parent types, as the engine builds it. */
  urn: string;
  type: string;
  name: string;
  /** False for components. */
  custom: boolean;
  /** Inputs; secret values stay wrapped (see secrets.ts). */
  inputs: Record<string, unknown>;
  /** URN of the parent; absent for the stack itself. */
  parent?: string;
  /** URN of an explicit provider; absent means that the engine would use a default one. */
  provider?: string;
  /** URNs. */
  dependencies: string[];
  protect: boolean;
  retainOnDelete: boolean;
  ignoreChanges: string[];
  /** Properties whose change makes a new resource; absent where there are none. */
  replaceOnChanges?: string[];
  /** Present where the old resource goes before its replacement comes. */
  deleteBeforeReplace?: true;
  /** How long the engine waits for its creation, e.g. `660s`; absent where the provider's default counts. */
  createTimeout?: string;
}

export interface CapturedStack {
  project: string;
  stack: string;
  resources: CapturedResource[];
  /** Outputs; secret values stay wrapped. */
  outputs: Record<string, unknown>;
}

/** What stands in for providers and other stacks while a program is captured. */
export interface Surroundings {
  /** Properties that a provider would compute, added to the inputs. */
  compute(resource: {
    type: string;
    urn: string;
    inputs: Record<string, unknown>;
  }): Promise<Record<string, unknown>> | Record<string, unknown>;
  /** Outputs of another stack. Throws when there are none. */
  stackOutputs(stack: string): Record<string, unknown>;
  /** Whether another stack published an output as a secret. @default true for each */
  isSecretOutput?(name: string): boolean;
}

export interface CaptureArgs {
  project: string;
  stack: string;
  /** Configuration values by full key, as Pulumi passes them. */
  config: Record<string, string>;
  /** Keys of `config` that were encrypted. */
  secretKeys: string[];
  /** The program: what the main module exports. */
  program: () => unknown;
  surroundings: Surroundings;
  /** Whether it is a preview: then what `surroundings` do not compute is unknown to the program. @default false */
  preview?: boolean;
}

interface Struct {
  toJavaScript(): Record<string, unknown>;
}

/** The part of a registration request that is looked at (pulumi/resource.proto). */
interface Request {
  getType(): string;
  getName(): string;
  getParent(): string;
  getCustom(): boolean;
  getProvider(): string;
  getObject(): Struct | undefined;
  getProperties(): Struct | undefined;
  getDependenciesList(): string[];
  getProtect(): boolean;
  getRetainondelete(): boolean;
  getIgnorechangesList(): string[];
  getReplaceonchangesList(): string[];
  getDeletebeforereplace(): boolean;
  getCustomtimeouts(): { getCreate(): string } | undefined;
}

interface OutputsRequest {
  getUrn(): string;
  getOutputs(): Struct | undefined;
}

type Callback = (error: unknown, response: unknown) => void;

/** The mock runtime's monitor, as far as it is wrapped here. */
interface Monitor {
  newUrn(parent: string, type: string, name: string): string;
  registerResource(request: Request, callback: Callback): Promise<void>;
  readResource(request: Request, callback: Callback): Promise<void>;
  registerResourceOutputs(request: OutputsRequest, callback: Callback): void;
}

const stackType = "pulumi:pulumi:Stack";
export const stackReferenceType = "pulumi:pulumi:StackReference";

/**
 * Runs a program in Pulumi's own mock runtime and records what it registers. One program at a time: the runtime is
 * global to the process.
 *
 * @throws The first error of the program, of a duplicate URN, or of the surroundings.
 */
export async function capture(args: CaptureArgs): Promise<CapturedStack> {
  const { project, stack, surroundings, preview = false } = args;
  const resources = new Map<string, CapturedResource>();
  const failure = new FirstFailure();
  let current = "";

  pulumi.runtime.setAllConfig(args.config, args.secretKeys);
  await pulumi.runtime.setMocks(
    {
      newResource: async ({ type, name, inputs, custom }) => {
        const urn = current;
        const plain = unwrapSecrets(inputs) as Record<string, unknown>;
        if (custom === false) return { id: "", state: {} };
        const computed =
          type === stackReferenceType
            ? referencedOutputs(surroundings, plain)
            : await surroundings.compute({ type, urn, inputs: plain });
        return { id: preview ? "" : `${name}-id`, state: { ...plain, ...computed } };
      },
      call: ({ token }) => {
        throw new Error(`the program calls the function "${token}", which nothing stands in for without an engine`);
      },
    },
    project,
    stack,
    preview,
    "organization",
  );

  const monitor = pulumi.runtime.getMonitor() as unknown as Monitor;
  // The mock runtime's URNs keep only the nearest parent's type; the engine's have the whole chain.
  monitor.newUrn = (parent, type, name) => {
    const parentType = parent.split("::")[2];
    const chain = parentType === undefined || parentType === stackType ? type : `${parentType}$${type}`;
    return ["urn:pulumi:" + stack, project, chain, name].join("::");
  };
  const record =
    (forward: (request: Request, callback: Callback) => Promise<void>) =>
    async (request: Request, callback: Callback): Promise<void> => {
      const resource = describe(request, monitor);
      if (resources.has(resource.urn)) {
        failure.note(new Error(`two resources have the URN ${resource.urn}: give one another name or another parent`));
        return;
      }
      resources.set(resource.urn, resource);
      // Read by newResource, which the monitor calls before it first yields.
      current = resource.urn;
      await forward(request, (error, response) => {
        // A failed request gets no answer: an error would reject every output that depends on it, with nobody to notice.
        if (error !== null && error !== undefined) failure.note(error);
        else callback(error, response);
      });
    };
  monitor.registerResource = record(monitor.registerResource.bind(monitor));
  monitor.readResource = record(monitor.readResource.bind(monitor));

  let outputs: Record<string, unknown> = {};
  const registerOutputs = monitor.registerResourceOutputs.bind(monitor);
  monitor.registerResourceOutputs = (request, callback) => {
    if (resources.get(request.getUrn())?.type === stackType) outputs = request.getOutputs()?.toJavaScript() ?? {};
    registerOutputs(request, callback);
  };

  await run(args.program, failure);
  return {
    project,
    stack,
    resources: [...resources.values()].filter(({ type }) => type !== stackType),
    outputs,
  };
}

function describe(request: Request, monitor: Monitor): CapturedResource {
  const parent = request.getParent();
  // A provider reference is `urn::id`.
  const provider = request.getProvider().split("::").slice(0, -1).join("::");
  const registered = typeof request.getCustom === "function";
  const createTimeout = registered ? (request.getCustomtimeouts()?.getCreate() ?? "") : "";
  return {
    urn: monitor.newUrn(parent, request.getType(), request.getName()),
    type: request.getType(),
    name: request.getName(),
    custom: registered ? request.getCustom() : true,
    inputs: (registered ? request.getObject() : request.getProperties())?.toJavaScript() ?? {},
    ...(parent !== "" && { parent }),
    ...(provider !== "" && { provider }),
    dependencies: [...request.getDependenciesList()].sort(),
    protect: registered && request.getProtect(),
    retainOnDelete: registered && request.getRetainondelete(),
    ignoreChanges: registered ? [...request.getIgnorechangesList()].sort() : [],
    ...(registered &&
      request.getReplaceonchangesList().length > 0 && {
        replaceOnChanges: [...request.getReplaceonchangesList()].sort(),
      }),
    ...(registered && request.getDeletebeforereplace() && { deleteBeforeReplace: true as const }),
    ...(createTimeout !== "" && { createTimeout }),
  };
}

function referencedOutputs(surroundings: Surroundings, inputs: Record<string, unknown>): Record<string, unknown> {
  const stack = String(inputs.name).split("/").at(-1) ?? "";
  const outputs = surroundings.stackOutputs(stack);
  const isSecret = (name: string): boolean => surroundings.isSecretOutput?.(name) ?? true;
  return { outputs, secretOutputNames: Object.keys(outputs).filter(isSecret) };
}

/** The first thing that went wrong, and a way to wait for it. */
class FirstFailure {
  private error: { cause: unknown } | undefined;
  private stop: () => void = () => undefined;
  /** Settles as soon as the program can't go on. */
  readonly stopped = new Promise<void>((resolve) => {
    this.stop = resolve;
  });

  /** Something that the program waits for will never come. */
  readonly note = (cause: unknown): void => {
    this.remember(cause);
    this.stop();
  };

  /** The program itself has ended; what it registered before may still be under way. */
  remember(cause: unknown): void {
    this.error ??= { cause };
  }

  /** @throws The error, when there was one. */
  rethrow(): void {
    if (this.error) throw this.error.cause;
  }
}

const ignore = (): void => undefined;

/** Runs the program to its end, every registration included, or to its first failure. */
async function run(program: () => unknown, failure: FirstFailure): Promise<void> {
  const guarded = async (): Promise<unknown> => {
    try {
      return await program();
    } catch (error) {
      failure.remember(error);
      return {};
    }
  };
  process.on("unhandledRejection", failure.note);
  const ended = pulumi.runtime.runInPulumiStack(guarded).then(() => pulumi.runtime.disconnect(), failure.note);
  await Promise.race([ended, failure.stopped]);
  // Node tells of rejections only between two turns of its loop, and all that came before may have been one.
  await new Promise(setImmediate);
  process.off("unhandledRejection", failure.note);
  // An error inside an output goes on to reject others that nobody waits for, at any later time.
  process.off("unhandledRejection", ignore).on("unhandledRejection", ignore);
  failure.rethrow();
  process.off("unhandledRejection", ignore);
}
