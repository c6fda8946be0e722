import { createServer } from "node:net";
import { Sandbox } from "../support/sandbox.js";

/** What `make up` refuses before it starts anything. */
jest.setTimeout(120_000);

const sandbox = new Sandbox("refusals", 27_100);

afterAll(() => {
  sandbox.remove();
});

test("a port in use is named, with what to do, before anything is started", async () => {
  const server = createServer().listen(sandbox.ports()[0], "127.0.0.1");
  const { status, output } = await sandbox.start("up", { CITIES: "jakarta" });
  server.close();
  expect(status).toBe(1);
  expect(output).toMatch(/port 27100, for the API server of jakarta, is in use/);
  expect(output).toContain("NUSANTARA_PORT_BASE");
});

test("a city that needs another one's outputs says which", () => {
  const { status, output } = sandbox.run("up", { CITIES: "bandung" });
  expect(status).toBe(1);
  expect(output).toContain('make up CITIES="jakarta bandung"');
});

test("what can't be done is said: unknown kinds of nodes, an unknown city, an engine that is not there", () => {
  expect(sandbox.run("up", { NODES: "docker" }).output).toContain("set it to real or simulated, or leave it out");
  expect(sandbox.run("up", { CITIES: "jakrta" }).output).toContain('"jakrta" is no city; did you mean "jakarta"?');
  expect(sandbox.run("up", { ENGINE: "terraform" }).output).toContain('set it to "pulumi" or "kubectl"');
});

test("the problems of all cities come at once, and a file that is no YAML is named by line, without its contents", () => {
  sandbox.edit("bandung", "headroom: 0.5", "headroom: -1");
  sandbox.edit("surabaya", "headroom: 0.5", "headrom: 0.5");
  const { output } = sandbox.run("up");
  expect(output).toContain("(Pulumi.bandung.yaml with local/cities/bandung.yaml)");
  expect(output).toContain('unknown key; did you mean "headroom"?');
  sandbox.edit("bandung", "headroom: -1", "password: hunter2: [");
  const broken = sandbox.run("up").output;
  expect(broken).toMatch(/Pulumi\.bandung\.yaml, line \d+, column \d+: no valid YAML/);
  expect(broken).not.toContain("hunter2");
});
