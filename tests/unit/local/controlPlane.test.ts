import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { components, untilReady } from "../../../local/controlPlane.js";
import { errorsIn, wordsIn } from "../../../local/kwokctl.js";
import { clusterDirectory, localPlatform, type Platform } from "../../../local/platform.js";
import { endProcesses, ownPrograms } from "../../../local/processes.js";

let root: string;
let platform: Platform;
let cluster: string;

/** Stands in for kwokctl and kubectl: programs of a control plane are processes that sleep. */
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "control-plane-"));
  platform = { ...localPlatform({}), directory: root, tools: join(root, "tools") };
  cluster = clusterDirectory(platform, "jakarta");
  for (const path of ["bin", "pids", "logs"]) mkdirSync(join(cluster, path), { recursive: true });
  mkdirSync(join(platform.tools, "bin"), { recursive: true });
  for (const name of components) symlinkSync("/bin/sleep", join(cluster, "bin", name));
  program("kubectl", "exit 0");
  starts({});
});
afterEach(async () => {
  await endProcesses([...ownPrograms(cluster).values()]);
  rmSync(root, { recursive: true });
});

function program(name: string, text: string): void {
  writeFileSync(join(platform.tools, "bin", name), `#!/bin/bash\n${text}\n`);
  chmodSync(join(platform.tools, "bin", name), 0o755);
}

/** @param short how often a program ends at once before it stays. */
function starts(short: Readonly<Record<string, number>>): void {
  const counts = Object.entries(short).map(([name, count]) => `[${name}]=${count}`);
  program(
    "kwokctl",
    `declare -A short=(${counts.join(" ")})
cd ${cluster}
for name in ${components.join(" ")}; do
  kill -0 "$(cat pids/$name.pid 2>/dev/null)" 2>/dev/null && continue
  echo . >>count-$name
  echo "$name: start $(wc -l <count-$name)" >>logs/$name.log
  seconds=60
  (( $(wc -l <count-$name) <= \${short[$name]:-0} )) && seconds=0
  $PWD/bin/$name $seconds >/dev/null 2>&1 &
  echo $! >pids/$name.pid
done
sleep 0.05`,
  );
}

const quick = { patience: 10_000, pause: 5 };

test("programs that ended while others came up are started again, until all run and the control plane answers", async () => {
  starts({ "kube-apiserver": 1, "metrics-server": 2 });
  await untilReady(platform, "jakarta", quick);
  expect([...ownPrograms(cluster).keys()].sort()).toEqual([...components].sort());
});

test("a program that keeps ending is named with its last words, and no other is", async () => {
  starts({ etcd: 1000 });
  const error = await untilReady(platform, "jakarta", { patience: 300, pause: 5 }).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ message: "the control plane of jakarta did not become ready" });
  const { explanation } = error as { explanation: string };
  expect(explanation).toMatch(/etcd was started \d+ times\n {4}etcd says: etcd: start/);
  expect(explanation).not.toContain("kube-apiserver");
});

test("a control plane that runs and does not answer is told from one that ends", async () => {
  program("kubectl", "exit 1");
  await expect(untilReady(platform, "jakarta", { patience: 200, pause: 5 })).rejects.toMatchObject({
    explanation: expect.stringMatching(/its programs run, but it does not answer\n {2}→/) as string,
  });
});

test("what kwokctl refuses is said in its own words", async () => {
  program("kwokctl", `echo '{"level":"ERROR","msg":"Failed to load","err":"no such file"}'; exit 1`);
  await expect(untilReady(platform, "jakarta", { patience: 200, pause: 5 })).rejects.toMatchObject({
    explanation: expect.stringContaining("Failed to load: no such file") as string,
  });
});

test("errors that kwokctl goes on after are found, each once, and a log without any speaks by its end", () => {
  const line = '{"level":"ERROR","msg":"Failed to apply","err":"timeout"}';
  expect(errorsIn(`{"level":"INFO","msg":"Creating"}\n${line}\n${line}\n`)).toEqual(["Failed to apply: timeout"]);
  expect(errorsIn('{"level":"INFO","msg":"Load resources","failedCounter":2}')).toEqual(["2 objects were left out"]);
  expect([errorsIn("panic\n"), wordsIn("panic\n")]).toEqual([[], ["panic"]]);
});
