import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** start-postgres asks every five seconds. */
jest.setTimeout(60_000);

const images = resolve(__dirname, "../../images");
let root: string;
let runs: Run[];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "scripts-"));
  runs = [];
});
afterEach(() => {
  for (const run of runs) run.kill();
  rmSync(root, { recursive: true });
});

/** Runs a command and gathers what it says. */
class Run {
  output = "";
  readonly ended: Promise<number | null>;
  readonly process: ChildProcess;

  constructor(command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env) {
    this.process = spawn(command, args, { env, stdio: ["ignore", "pipe", "pipe"], detached: true });
    runs.push(this);
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream?.on("data", (data: Buffer) => {
        this.output += data.toString();
      });
    }
    this.ended = new Promise((done) => this.process.on("close", done));
  }

  /** Ends it with all that it started, however a test left it. */
  kill(): void {
    const { pid } = this.process;
    if (pid === undefined) return;
    try {
      process.kill(-pid, "SIGKILL");
    } catch {
      // It has ended.
    }
  }

  async says(text: string): Promise<void> {
    const end = Date.now() + 30_000;
    while (!this.output.includes(text)) {
      if (Date.now() > end) throw new Error(`waited in vain for "${text}" in:\n${this.output}`);
      await sleep(50);
    }
  }
}

describe("reload-on-change", () => {
  /** Puts a new generation of files into a directory as the kubelet does it. */
  function mount(directory: string, generation: string): void {
    mkdirSync(join(directory, `..${generation}`), { recursive: true });
    symlinkSync(`..${generation}`, join(directory, "..data_tmp"));
    renameSync(join(directory, "..data_tmp"), join(directory, "..data"));
  }
  const start = (options: readonly string[], program: string): Run =>
    new Run(join(images, "shared/reload-on-change"), [...options, root, "--", "bash", "-c", program]);
  const talking = ["HUP", "USR2", "TERM", "INT", "QUIT"].map(
    (name, index) => `trap 'echo ${name}; ${index < 2 ? "" : `exit ${index}`}' ${name};`,
  );
  const program = `${talking.join(" ")} echo ready; while :; do sleep 0.05; done`;

  test.each([
    ["HUP", []],
    ["USR2", ["--signal", "USR2"]],
  ])("sends %s for each change of what is mounted, and for nothing else", async (signal, options) => {
    mount(root, "one");
    const run = start(["--every", "0.1", ...options], program);
    await run.says("ready");
    await sleep(400);
    expect(run.output).toBe("ready\n");
    for (const generation of ["two", "three"]) {
      run.output = "";
      mount(root, generation);
      await run.says(`reload-on-change: ${root} changed, sent SIG${signal} to bash`);
      await run.says(`${signal}\n`);
    }
    run.process.kill("SIGTERM");
    expect(await run.ended).toBe(2);
  });

  test("does not signal a program that would end of it: not yet, or never", async () => {
    mount(root, "one");
    const run = start(["--every", "0.1"], `echo ready; sleep 1; ${program}`);
    await run.says("ready");
    mount(root, "two");
    await run.says("HUP\n");
    run.process.kill("SIGTERM");
    expect(await run.ended).toBe(2);
  });

  test.each([
    ["SIGTERM", 2, []],
    ["SIGINT", 3, []],
    ["SIGQUIT", 4, []],
    ["SIGTERM", 3, ["--stop", "INT"]],
  ] as const)("passes %s on and ends with the program's code %d", async (signal, code, options) => {
    const run = start(options, program);
    await run.says("ready");
    run.process.kill(signal);
    expect(await run.ended).toBe(code);
  });

  test.each([
    ["exit 3", 3],
    ["kill -KILL $$", 137],
  ])("%s: ends with it", async (text, code) => {
    expect(await start([], text).ended).toBe(code);
  });

  test.each([
    [["--", "true"], "usage:"],
    [["/not/there", "--", "true"], "there is no directory /not/there"],
    [["relative", "--", "true"], "relative is no absolute path"],
    [["/tmp"], "usage:"],
    [["--signal", "NONE", "/tmp", "--", "true"], "no signal: NONE"],
    [["--every", "0", "/tmp", "--", "true"], "--every needs seconds, not 0"],
    [["--evry", "1", "/tmp", "--", "true"], "there is no option --evry"],
  ])("%j is refused", (args, message) => {
    const { status, stderr } = spawnSync(join(images, "shared/reload-on-change"), args, { encoding: "utf8" });
    expect(stderr).toContain(message);
    expect(status).toBe(64);
  });
});

const asRoot = process.getuid?.() === 0 ? describe : describe.skip;
if (process.getuid?.() !== 0) process.stderr.write("Left out: start-postgres, for this is not run as root.\n");

asRoot("start-postgres", () => {
  const bootstrap = { BOOTSTRAP_POD: "core-0" };

  beforeEach(() => {
    for (const path of ["etc/database", "bin", "volume/data"]) mkdirSync(join(root, path), { recursive: true });
    writeFileSync(join(root, "etc/database/patroni-core-0.yaml"), "");
    program("reload-on-change", 'echo "started $*"');
    program("database", 'echo "database $*"');
    program("curl", `echo "$*" >> ${root}/asked; cat ${root}/answer`);
  });
  function program(name: string, text: string): void {
    writeFileSync(join(root, "bin", name), `#!/bin/bash\n${text}\n`);
    chmodSync(join(root, "bin", name), 0o755);
  }
  const answer = (text: string): void => {
    writeFileSync(join(root, "answer"), text);
  };
  const asked = (): string => readFileSync(join(root, "asked"), "utf8");
  /** As the first process of its own, like in a container, with the test's own /etc. */
  const start = (environment: NodeJS.ProcessEnv): Run =>
    new Run(
      "unshare",
      [
        "--mount",
        "--pid",
        "--fork",
        "--kill-child",
        "--mount-proc",
        "bash",
        "-c",
        `mount --bind ${root}/etc /etc && exec ${images}/postgres/bin/start-postgres`,
      ],
      {
        PATH: `${root}/bin:${process.env.PATH}`,
        PGDATA: join(root, "volume/data"),
        POD_NAME: "core-0",
        MEMBER_NAME: "jakarta-core-0",
        ETCD_ENDPOINTS: "https://one:2379,https://two:2379",
        ...environment,
      },
    );
  /** The process of the script, in the namespace that `unshare` waits for. */
  const scriptOf = ({ process: { pid } }: Run): number =>
    Number(readFileSync(`/proc/${pid ?? 0}/task/${pid ?? 0}/children`, "utf8"));
  const data = () => {
    writeFileSync(join(root, "volume/data/PG_VERSION"), "17\n");
  };
  const awaited = `database await-start --member jakarta-core-0 --data-directory`;
  const started =
    "started --signal HUP /etc/database /run/certificates -- run-patroni /etc/database/patroni-core-0.yaml\n";

  test("starts Patroni at once where there is data, with directories that PostgreSQL accepts", async () => {
    data();
    chmodSync(join(root, "volume/data"), 0o770);
    const run = start({});
    expect(await run.ended).toBe(0);
    expect(run.output).toBe(`${awaited} ${root}/volume/data\n${started}`);
    const { stdout } = spawnSync("stat", ["--format=%a", "volume/data", "volume/spool"], { cwd: root });
    expect(stdout.toString()).toMatch(/^700\n/);
  });

  test("waits without data until the cluster has a leader, and says so once", async () => {
    answer('{"header":{}}');
    const run = start({ BOOTSTRAP_POD: "core-1" });
    await run.says("waiting: etcd knows no leader of nusantara that the data could be copied from");
    answer('{"header":{},"succeeded":true}');
    expect(await run.ended).toBe(0);
    expect(run.output).toContain(started);
    expect(run.output.split("waiting").length).toBe(2);
    const keys = [...asked().matchAll(/"key":"([^"]+)"/g)].map(([, key = ""]) => Buffer.from(key, "base64").toString());
    expect([...new Set(keys)]).toEqual(["/service/nusantara/initialize", "/service/nusantara/leader"]);
  });

  test("forgets without data what lies beside it about timelines, and with data keeps it", async () => {
    answer('{"header":{},"succeeded":true}');
    const note = join(root, "volume/passed-over-timelines");
    writeFileSync(note, "5\n");
    mkdirSync(join(root, "volume/histories"));
    data();
    expect(await start({}).ended).toBe(0);
    expect(existsSync(note)).toBe(true);
    rmSync(join(root, "volume/data/PG_VERSION"));
    expect(await start({}).ended).toBe(0);
    expect([note, join(root, "volume/histories")].filter((path) => existsSync(path))).toEqual([]);
  });

  test("the one that makes the cluster waits for a quorum alone", async () => {
    program("curl", `echo "$*" >> ${root}/asked; cat ${root}/answer 2>/dev/null`);
    const run = start(bootstrap);
    await run.says("waiting: no quorum of etcd answers");
    expect(asked()).toMatch(/https:\/\/one:2379.*\n.*https:\/\/two:2379/);
    answer('{"header":{}}');
    expect(await run.ended).toBe(0);
    expect(run.output).toContain(started);
  });

  test("ends while it waits when it is told to", async () => {
    answer("{}");
    const run = start({});
    await run.says("waiting");
    process.kill(scriptOf(run), "SIGTERM");
    expect(await run.ended).toBe(143);
  });

  test("waits as long as a person holds the member back, and ends when it is told to", async () => {
    data();
    program("database", 'echo "jakarta-core-0 waits: a hold is set"; exec sleep 60');
    const run = start({});
    await run.says("a hold is set");
    process.kill(scriptOf(run), "SIGTERM");
    expect(await run.ended).toBe(143);
    expect(run.output).not.toContain("started");
  });

  test("does not start what the settings can't be read for", async () => {
    data();
    program("database", 'echo "✖ operations.yaml: city is missing"; exit 1');
    const run = start({});
    expect(await run.ended).toBe(1);
    expect(run.output).toBe("✖ operations.yaml: city is missing\n");
  });

  describe("beside Patroni", () => {
    const title = (text: string): string => `(exec -a "${text}" /bin/sleep 60) &`;
    const recovers = title("postgres: nusantara: startup recovering 000000030000000000000007");
    const streams = title("postgres: nusantara: walreceiver streaming 0/7000148");
    const asks = `database rejoin --member jakarta-core-0`;
    beforeEach(() => {
      data();
      program("sleep", "exec /bin/sleep 0.1");
    });

    test("asks whether a replica that gets nothing has left the history", async () => {
      program("reload-on-change", `${recovers} /bin/sleep 60`);
      await start({}).says(asks);
    });

    test.each([
      ["a replica that streams", recovers + streams],
      ["a primary", title("postgres: nusantara: checkpointer")],
    ])("does not ask about %s", async (_, processes) => {
      program("reload-on-change", `${processes} /bin/sleep 3`);
      const run = start({});
      expect(await run.ended).toBe(0);
      expect(run.output).toContain(awaited);
      expect(run.output).not.toContain(asks);
    });

    test("fills the places of timelines that were passed over", async () => {
      writeFileSync(join(root, "volume/passed-over-timelines"), "5\n");
      program("reload-on-change", "/bin/sleep 60");
      await start({}).says(`database fill-timelines --data-directory ${root}/volume/data`);
    });

    const room = (blocks: number) => {
      program("stat", `echo ${blocks} 4096`);
    };
    const yields = "database must-yield --member jakarta-core-0";

    test("ends a member without room for a segment of WAL, which may yield", async () => {
      room(4095);
      program("reload-on-change", "trap 'exit 143' TERM; while :; do /bin/sleep 0.1; done");
      const run = start({});
      expect(await run.ended).toBe(143);
      expect(run.output).toContain(yields);
    });

    test.each([
      ["a member without room that may not yield", 0, true],
      ["a member with room for a segment", 4096, false],
    ])("does not end %s", async (_, blocks, isAsked) => {
      room(blocks);
      program("database", `echo "database $*"; [[ $1 != must-yield ]]`);
      program("reload-on-change", "/bin/sleep 3");
      const run = start({});
      expect(await run.ended).toBe(0);
      expect(run.output.includes(yields)).toBe(isAsked);
    });
  });

  test.each([
    [{ POD_NAME: "core-7" }, 64, "there is no file /etc/database/patroni-core-7.yaml"],
    [{ POD_NAME: undefined }, 1, "start-postgres needs POD_NAME"],
    [{ MEMBER_NAME: undefined }, 1, "start-postgres needs MEMBER_NAME"],
    [{ ETCD_ENDPOINTS: undefined }, 1, "start-postgres needs ETCD_ENDPOINTS while there is no data"],
  ])("with %j there is one clear message", async (environment, code, message) => {
    const run = start(environment);
    expect(await run.ended).toBe(code);
    expect(run.output).toContain(message);
  });
});

describe("rewind", () => {
  test.each([
    ["what Patroni asks in every round", ["--help"], "pg_rewind --help\n"],
    [
      "a rewind",
      ["-D", "/data", "--source-server", "host=a"],
      "python3 -m database.rewind -D /data --source-server host=a\n",
    ],
  ])("starts Python for nothing but a rewind: %s", async (_, args, expected) => {
    for (const name of ["pg_rewind", "python3"]) {
      writeFileSync(join(root, name), `#!/bin/sh\necho ${name} "$@"\n`);
      chmodSync(join(root, name), 0o755);
    }
    const run = new Run(join(images, "postgres/bin/rewind"), args, { PATH: `${root}:${process.env.PATH}` });
    expect(await run.ended).toBe(0);
    expect(run.output).toBe(expected);
  });
});
