import { httpProbes } from "../../../components/kubernetes/probes.js";

interface Probe {
  httpGet: { path: string; port: string };
  periodSeconds: number;
  timeoutSeconds: number;
  failureThreshold: number;
}

const probes = (args: Partial<Parameters<typeof httpProbes>[0]> = {}) =>
  httpProbes({ path: "/check", port: "http", ...args }) as Record<
    "startupProbe" | "readinessProbe" | "livenessProbe",
    Probe
  >;

/** Longest time from the moment that a container stops answering until it has an effect. */
const reaction = ({ periodSeconds, failureThreshold }: Probe): number => periodSeconds * failureThreshold;

test("all three probes ask for the health check (M16)", () => {
  const { startupProbe, readinessProbe, livenessProbe } = probes();
  for (const { httpGet } of [startupProbe, readinessProbe, livenessProbe]) {
    expect(httpGet).toEqual({ path: "/check", port: "http" });
  }
});

test("readiness may ask for more than whether to restart", () => {
  const { startupProbe, readinessProbe, livenessProbe } = probes({ readinessPath: "/check?for=readiness" });
  const paths = [startupProbe, readinessProbe, livenessProbe].map(({ httpGet }) => httpGet.path);
  expect(paths).toEqual(["/check", "/check?for=readiness", "/check"]);
});

test("a hung replica leaves the Service within ten seconds and is restarted only later", () => {
  const { readinessProbe, livenessProbe } = probes();
  expect(reaction(readinessProbe)).toBeLessThanOrEqual(10);
  expect(reaction(livenessProbe)).toBeGreaterThan(reaction(readinessProbe));
});

test("no probe is still waiting for an answer when the next one is due", () => {
  for (const { timeoutSeconds, periodSeconds } of Object.values(probes())) {
    expect(timeoutSeconds).toBeLessThanOrEqual(periodSeconds);
  }
});

test.each([
  [undefined, 60],
  [90, 90],
  [5, 6],
])("a container that may take %p s to start gets %d s", (startSeconds, seconds) => {
  const { startupProbe } = probes(startSeconds === undefined ? {} : { startSeconds });
  expect(reaction(startupProbe)).toBe(seconds);
});
