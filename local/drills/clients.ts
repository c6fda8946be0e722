import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { createWriteStream, mkdirSync, type WriteStream } from "node:fs";
import { dirname } from "node:path";
import { createInterface } from "node:readline";
import type { EntryPoint } from "../../components/postgres/layout.js";
import { lastLines, UserError } from "../errors.js";
import { inNamespace } from "../network/commands.js";
import { cityNamespace } from "../network/names.js";
import { tool, type Platform } from "../platform.js";
import { parseEvent, Recorder, type ClientEvent, type History } from "./history.js";

/** What a client is told first; local/tools/drills/drill-client/settings.go reads it. */
export interface ClientSettings {
  city: string;
  /** Certificate of the data tier's authority, in PEM. */
  authority: string;
  database: string;
  user: string;
  password: string;
  entryPoints: Readonly<
    Record<
      EntryPoint,
      {
        host: string;
        port: number;
        serverName: string;
        /** What an answer may take, and a login. */
        answerMilliseconds: number;
      }
    >
  >;
  /** What an operation waits for one of its client's connections. */
  timeoutMilliseconds: number;
}

/** What a client can be told to do. */
export type ClientCommand =
  | { command: "members"; members: Readonly<Record<string, { url: string; serverName: string }>> }
  | { command: "prepare" | "stop" }
  | {
      command: "load";
      run: string;
      clients: readonly string[];
      writesPerSecond: number;
      readsPerSecond: number;
    }
  | { command: "rows"; entry: EntryPoint; run: string }
  | { command: "wal"; bytes: number; bytesPerSecond: number }
  | { command: "etcd"; url: string };

interface Waiting {
  resolve: (result: unknown) => void;
  reject: (error: Error) => void;
}

/**
 * Command line of a client in the network of its city's router. Clients stand for machines of their own, so they come
 * before everything that they measure: else they would measure how they wait for a processor themselves. A nice value
 * would count within their own session only, where the kernel groups sessions (sched_autogroup, sched(7)).
 */
export const clientCommand = (platform: Platform, city: string): [string, string[]] =>
  inNamespace(cityNamespace(platform, city), "chrt", ["--rr", "1", tool(platform, "drill-client")]);

/** The client of one city: a process that runs until it is closed. */
export class DrillClient {
  readonly city: string;
  private readonly recorder: Recorder;
  private readonly process: ChildProcessWithoutNullStreams;
  private readonly file: WriteStream;
  private readonly waiting = new Map<number, Waiting>();
  private readonly ended: Promise<void>;
  private commands = 0;
  private words = "";
  private isOver = false;

  /** @param command that starts it. @param file where its history is kept as it told it. */
  constructor([program, args]: [string, string[]], settings: ClientSettings, file: string) {
    this.city = settings.city;
    this.recorder = new Recorder(settings.city);
    mkdirSync(dirname(file), { recursive: true });
    this.file = createWriteStream(file, { mode: 0o600 });
    // Nothing of the environment: PGHOST and its kin would count.
    this.process = spawn(program, args, { env: { PATH: process.env.PATH } });
    this.process.stderr.on("data", (text: Buffer) => (this.words += text.toString()));
    // A client that has ended says why itself; what is written to it after that is of no interest.
    this.process.stdin.on("error", () => undefined);
    this.ended = new Promise((resolve) => {
      this.process.once("error", (error) => {
        this.words += error.message;
        resolve();
      });
      this.process.once("close", () => {
        resolve();
      });
    });
    void this.ended.then(() => {
      this.abandon();
    });
    createInterface({ input: this.process.stdout }).on("line", (line) => {
      this.file.write(`${line}\n`);
      try {
        this.hear(parseEvent(line));
      } catch (error) {
        // Nothing that follows would mean anything; whoever waits for it learns why.
        this.words += error instanceof Error ? error.message : String(error);
        this.process.stdin.end();
      }
    });
    this.say(settings);
  }

  /** What it has told so far. */
  get history(): History {
    return this.recorder.history;
  }

  /**
   * Has it do something.
   * @returns its answer, which the caller knows the form of.
   * @throws Error with the client's words.
   */
  async command(order: ClientCommand): Promise<unknown> {
    if (this.isOver) throw this.lastWords();
    const id = (this.commands += 1);
    const answer = new Promise<unknown>((resolve, reject) => this.waiting.set(id, { resolve, reject }));
    this.say({ id, ...order });
    return answer;
  }

  /** Ends it, once what is under way has come to an end. */
  async close(): Promise<void> {
    this.process.stdin.end();
    await this.ended;
    await new Promise((resolve) => this.file.end(resolve));
  }

  private say(message: object): void {
    this.process.stdin.write(`${JSON.stringify(message)}\n`);
  }

  private hear(event: ClientEvent): void {
    if (event.type !== "answer") {
      this.recorder.add(event);
      return;
    }
    const waiting = this.waiting.get(event.id);
    this.waiting.delete(event.id);
    if (event.error === undefined) waiting?.resolve(event.result);
    else waiting?.reject(new Error(`the client in ${this.city}: ${event.error}`));
  }

  private abandon(): void {
    this.isOver = true;
    for (const { reject } of this.waiting.values()) reject(this.lastWords());
    this.waiting.clear();
  }

  private lastWords(): UserError {
    return new UserError(`the client in ${this.city} has ended`, "run it again", lastLines(this.words, 4));
  }
}
