import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { credentials, status, type ServiceError } from "@grpc/grpc-js";
import { AnalyzerClient } from "@pulumi/pulumi/proto/analyzer_grpc_pb";
import * as messages from "@pulumi/pulumi/proto/analyzer_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { UserError, lastLines } from "../errors.js";
import { packDirectory, type PackProgram } from "./pack.js";

/** Which stack a pack is started for. */
export interface AnalyzedStack {
  project: string;
  stack: string;
  /** Configuration values by full key, as the engine passes them. */
  config: Readonly<Record<string, string>>;
}

/** The size that the engine and the SDK allow a message, in bytes. */
const largestMessage = 400 * 1024 * 1024;
const options = { "grpc.max_receive_message_length": largestMessage, "grpc.max_send_message_length": largestMessage };

/** Milliseconds that a pack may take to start on a machine that has much else to do. */
const startTimeout = 300_000;

type Callback<Response> = (error: ServiceError | null, response: Response) => void;

const answerOf = <Response>(call: (callback: Callback<Response>) => unknown): Promise<Response> =>
  new Promise((resolve, reject) => {
    call((error, response) => {
      if (error) reject(error);
      else resolve(response);
    });
  });

/** A pack in a process of its own, spoken to as the engine does. */
export class Analyzer {
  private constructor(
    private readonly stack: AnalyzedStack,
    private readonly process: ChildProcess,
    private readonly client: AnalyzerClient,
  ) {}

  /**
   * Starts the pack for a stack.
   * @param root the project, whose settings and waivers it reads.
   * @throws UserError with its last words when it ends instead of listening, as it does for settings that are wrong.
   */
  static async start(root: string, program: PackProgram, stack: AnalyzedStack): Promise<Analyzer> {
    const { PATH, HOME } = process.env;
    const child = spawn(process.execPath, program, {
      cwd: packDirectory(root),
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        PATH,
        HOME,
        PULUMI_CONFIG: JSON.stringify(stack.config),
        PULUMI_NODEJS_ORGANIZATION: "organization",
        PULUMI_NODEJS_PROJECT: stack.project,
        PULUMI_NODEJS_STACK: stack.stack,
        PULUMI_NODEJS_DRY_RUN: "true",
      },
    });
    // A pack outlives whoever started it, unless that sees to it.
    const reap = (): void => void child.kill("SIGKILL");
    process.once("exit", reap);
    child.once("exit", () => process.off("exit", reap));
    try {
      const port = await portOf(child);
      const client = new AnalyzerClient(`127.0.0.1:${port}`, credentials.createInsecure(), options);
      const analyzer = new Analyzer(stack, child, client);
      await analyzer.shakeHands();
      return analyzer;
    } catch (error) {
      reap();
      throw error;
    }
  }

  private async shakeHands(): Promise<void> {
    const handshake = new messages.AnalyzerHandshakeRequest();
    await answerOf<unknown>((callback) => this.client.handshake(handshake, callback)).catch((error: unknown) => {
      // The SDK for Node.js does not know this call, and the engine goes on without it.
      if ((error as ServiceError).code !== status.UNIMPLEMENTED) throw error;
    });
  }

  /** Tells the pack of a preview or an update that begins. */
  async begin(preview: boolean): Promise<void> {
    const request = new messages.AnalyzerStackConfigureRequest();
    request.setStack(this.stack.stack).setProject(this.stack.project).setOrganization("organization");
    request.setDryRun(preview);
    await answerOf<unknown>((callback) => this.client.configureStack(request, callback));
  }

  /** Switches policies off, as the engine's own configuration of a pack can. */
  async disable(...policies: readonly string[]): Promise<void> {
    const request = new messages.ConfigureAnalyzerRequest();
    for (const policy of policies) {
      const config = new messages.PolicyConfig();
      config.setEnforcementlevel(messages.EnforcementLevel.DISABLED).setProperties(new Struct());
      request.getPolicyconfigMap().set(policy, config);
    }
    await answerOf<unknown>((callback) => this.client.configure(request, callback));
  }

  /** What the pack says of itself. */
  info(): Promise<messages.AnalyzerInfo> {
    return answerOf((callback) => this.client.getAnalyzerInfo(new Empty(), callback));
  }

  analyze(request: messages.AnalyzeRequest): Promise<messages.AnalyzeResponse> {
    return answerOf((callback) => this.client.analyze(request, callback));
  }

  analyzeStack(request: messages.AnalyzeStackRequest): Promise<messages.AnalyzeResponse> {
    return answerOf((callback) => this.client.analyzeStack(request, callback));
  }

  stop(): void {
    this.client.close();
    this.process.kill("SIGKILL");
  }
}

/** The port that a pack listens on: the first line of its output, and nothing else. */
function portOf(child: ChildProcess): Promise<number> {
  const { stdout, stderr } = child;
  if (!stdout || !stderr) throw new Error("the pack was started without pipes");
  let errors = "";
  stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  return new Promise((resolve, reject) => {
    const fail = (what: string): void => {
      clearTimeout(timer);
      reject(new UserError(what, "mend what it says, in policy/, and run the command again", lastLines(errors, 20)));
    };
    const timer = setTimeout(() => {
      fail(`the policy pack did not start within ${startTimeout / 1000} s`);
    }, startTimeout);
    child.once("error", (error) => {
      fail(`the policy pack can't be started: ${error.message}`);
    });
    // Not before its output is read to the end, or its last words are lost.
    child.once("close", (code) => {
      fail(`the policy pack ended with exit code ${code ?? "none"} instead of listening`);
    });
    createInterface(stdout).once("line", (line) => {
      clearTimeout(timer);
      const port = Number(line);
      if (Number.isInteger(port) && port > 0) resolve(port);
      else fail(`the policy pack wrote "${line}" instead of its port: nothing may be printed while it is loaded`);
    });
  });
}
