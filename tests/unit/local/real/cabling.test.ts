import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { budgetCommands, ensureLinks } from "../../../../local/network/links.js";
import { cityNamespace, linkTo, nodeBridge, nodeNamespace } from "../../../../local/network/names.js";
import { ensureCityNetwork, ensureNodeNetwork } from "../../../../local/network/namespaces.js";
import { localPlatform, type Platform } from "../../../../local/platform.js";
import { localConfig } from "../../../../local/stack.js";
import { cityNames, nusantara } from "../../../../stacks/topology.js";

/** A kernel that only writes down what it is told: the machine's own network is not touched. */
const mockKernel = {
  interfaces: new Map<string, string[]>(),
  lines: [] as { namespace: string; line: string }[],
  runs: [] as { command: string; input: string }[],
  rules: [] as string[],
  settings: [] as { namespace: string; settings: Record<string, string> }[],
};

const mockAdd = (namespace: string, name: string) =>
  mockKernel.interfaces.set(namespace, [...(mockKernel.interfaces.get(namespace) ?? []), name]);

jest.mock("../../../../local/network/commands.js", () => ({
  ...jest.requireActual<object>("../../../../local/network/commands.js"),
  requireRun: (file: string, args: readonly string[], input = "") => {
    mockKernel.runs.push({ command: [file, ...args].join(" "), input });
    return Promise.resolve(args.includes("tables") ? '{"nftables":[]}' : "");
  },
  ipBatch: (namespace: string, lines: readonly string[]) => {
    for (const line of lines) {
      mockKernel.lines.push({ namespace, line });
      const [, name, peer, far] = /^link add (\S+) type \S+(?: peer name (\S+) netns (\S+))?$/.exec(line) ?? [];
      if (name !== undefined) mockAdd(namespace, name);
      if (peer !== undefined && far !== undefined) mockAdd(far, peer);
    }
    return Promise.resolve("");
  },
  nftables: (namespace: string) => Promise.resolve(mockKernel.rules.push(namespace)),
  interfacesOf: (namespace: string) => Promise.resolve(mockKernel.interfaces.get(namespace) ?? []),
  setKernel: (namespace: string, settings: Record<string, string>) =>
    Promise.resolve(mockKernel.settings.push({ namespace, settings })),
}));

jest.mock("../../../../local/process.js", () => ({
  ...jest.requireActual<object>("../../../../local/process.js"),
  run: (file: string, args: readonly string[]) => {
    mockKernel.runs.push({ command: [file, ...args].join(" "), input: "" });
    return Promise.resolve({ exitCode: 0, stdout: "", stderr: "", output: "" });
  },
}));

const cities = cityNames(nusantara);
const configs = cities.map((city) => localConfig(localPlatform({}), city, "real"));
let platform: Platform;

beforeEach(() => {
  platform = { ...localPlatform({}), directory: mkdtempSync(join(tmpdir(), "cabling-")) };
  mockKernel.interfaces.clear();
  for (const list of [mockKernel.lines, mockKernel.runs, mockKernel.rules, mockKernel.settings]) list.length = 0;
});
afterEach(() => {
  rmSync(platform.directory, { recursive: true });
});

const linesOf = (namespace: string, start: string): string[] =>
  mockKernel.lines
    .filter((each) => each.namespace === namespace && each.line.startsWith(start))
    .map(({ line }) => line);

const node = { city: "jakarta", node: "jakarta-database-3", address: "10.11.200.251", pods: "10.10.249.0/24" };

async function everything(): Promise<void> {
  for (const config of configs) await ensureCityNetwork(platform, config);
  await ensureLinks(platform, configs);
  await ensureNodeNetwork(platform, { ...node, nodes: "10.11.0.0/16" });
  await ensureNodeNetwork(platform, {
    ...node,
    node: "jakarta-general-1",
    address: "10.11.200.250",
    nodes: "10.11.0.0/16",
  });
}

test("every interface has a name that the kernel takes (15 characters) and that no other of its namespace has", async () => {
  await everything();
  const namespaces = [...mockKernel.interfaces.values()];
  expect(namespaces).toHaveLength(cities.length + 2);
  for (const names of namespaces) {
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z0-9-]{1,15}$/);
  }
});

describe("links between cities", () => {
  beforeEach(() => ensureLinks(platform, configs));

  test("are capped on both of their ends with the budget of the topology", () => {
    const capped = mockKernel.runs.filter(({ command, input }) => command.startsWith("tc ") && input !== "");
    const expected = cities.flatMap((city) =>
      cities
        .filter((other) => other !== city)
        .map((other) => ({
          command: `tc -n ${cityNamespace(platform, city)} -batch -`,
          input: budgetCommands(linkTo(other), nusantara.linkBudgetMegabits).join("\n"),
        })),
    );
    expect(capped).toHaveLength(expected.length);
    expect(capped).toEqual(expect.arrayContaining(expected));
  });

  test("lead to nodes, pods and services of the other city, by the other end of the same link", () => {
    for (const own of configs) {
      for (const other of configs.filter((each) => each !== own)) {
        const near = cityNamespace(platform, own.city);
        const far = cityNamespace(platform, other.city);
        const [peer = ""] = linesOf(far, "address replace").filter((line) => line.endsWith(` dev ${linkTo(own.city)}`));
        const via = /^address replace ([\d.]+)\/30 /.exec(peer)?.[1] ?? "none";
        const routes = linesOf(near, "route replace").filter((line) => line.includes(` dev ${linkTo(other.city)} `));
        const router = own.network.nodes.replace("0.0/16", "0.1");
        expect(routes.sort()).toEqual(
          Object.values(other.network)
            .map((range) => `route replace ${range} via ${via} dev ${linkTo(other.city)} src ${router}`)
            .sort(),
        );
      }
    }
  });

  test("that are there already stay, and are capped and healed anew: an earlier run may have been cut off", async () => {
    const [caps, rules] = [mockKernel.runs.length, mockKernel.rules.length];
    await ensureLinks(platform, configs);
    const added = mockKernel.lines.filter(({ line }) => line.startsWith("link add"));
    expect(added).toHaveLength((cities.length * (cities.length - 1)) / 2);
    expect(mockKernel.runs).toHaveLength(2 * caps);
    expect(mockKernel.rules).toHaveLength(2 * rules);
  });

  test("have rules in every city's router", () => {
    expect(mockKernel.rules).toEqual(cities.map((city) => cityNamespace(platform, city)));
  });
});

test("a single city has no link", async () => {
  await ensureLinks(platform, configs.slice(0, 1));
  expect(mockKernel.lines).toEqual([]);
});

describe("a node's network", () => {
  test("is one cable to its city's bridge, with the router as the only way out and the way back to its pods", async () => {
    await everything();
    const own = nodeNamespace(platform, node.node);
    const router = cityNamespace(platform, "jakarta");
    expect(mockKernel.interfaces.get(own)).toEqual(["eth0"]);
    expect(linesOf(own, "address replace")).toEqual(["address replace 10.11.200.251/16 dev eth0"]);
    expect(linesOf(own, "route replace")).toEqual(["route replace default via 10.11.0.1"]);
    expect(linesOf(router, "route replace 10.10.249.0/24")).toContain("route replace 10.10.249.0/24 via 10.11.200.251");
    const [cable = ""] = linesOf(router, "link set").filter((line) => line.includes(`alias ${node.node} `));
    expect(cable).toContain(` master ${nodeBridge} up`);
  });

  test("is plugged in once, however often it is looked after", async () => {
    await everything();
    await everything();
    expect(linesOf(cityNamespace(platform, "jakarta"), "link add node-")).toHaveLength(2);
    expect(linesOf(cityNamespace(platform, "jakarta"), `link add ${nodeBridge}`)).toHaveLength(1);
  });

  test("forwards packets, or no pod could be reached", async () => {
    await everything();
    const forwarding = mockKernel.settings.filter(({ settings }) => settings["net.ipv4.ip_forward"] === "1");
    expect(forwarding.map(({ namespace }) => namespace)).toEqual(
      expect.arrayContaining([
        nodeNamespace(platform, node.node),
        ...cities.map((city) => cityNamespace(platform, city)),
      ]),
    );
  });
});
