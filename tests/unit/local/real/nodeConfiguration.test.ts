import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import {
  apiServerOf,
  inside,
  kubeconfig,
  kubeProxyConfiguration,
  type NodeSettings,
} from "../../../../local/machines/configuration.js";
import { nodeIdentities } from "../../../../local/machines/credentials.js";
import { nodeFiles } from "../../../../local/machines/node.js";
import { serviceFiles, writeFiles } from "../../../../local/machines/supervision.js";

const settings: NodeSettings = {
  name: "jakarta-database-2",
  address: "10.11.0.7",
  pods: "10.10.5.0/24",
  cityPods: "10.10.0.0/16",
  apiServer: "https://10.11.0.1:26000",
  dnsAddress: "10.110.0.10",
  controlGroup: "/nusantara-0a1b2c3d/node-jakarta-database-2",
  pauseImage: "ghcr.io/nusantara-platform/pause:1.0.0",
  legacyControlGroups: false,
};

const fileOf = (name: string, changes: Partial<NodeSettings> = {}): string => {
  const text = nodeFiles({ ...settings, ...changes })[name];
  if (text === undefined) throw new Error(`there is no ${name}`);
  return text;
};
const yamlOf = (name: string, changes?: Partial<NodeSettings>): Record<string, unknown> =>
  parse(fileOf(name, changes)) as Record<string, unknown>;

describe("a node's kubelet", () => {
  test("keeps its pods below the node's own control group, where killing the node finds them", () => {
    expect(yamlOf("etc/kubelet.yaml")).toMatchObject({ cgroupDriver: "cgroupfs", cgroupRoot: settings.controlGroup });
  });

  test("takes version 1 control groups where the machine has no others, and only there", () => {
    expect(yamlOf("etc/kubelet.yaml", { legacyControlGroups: true }).failCgroupV1).toBe(false);
    expect(yamlOf("etc/kubelet.yaml")).not.toHaveProperty("failCgroupV1");
  });

  test("never throws an image away: there is no registry to get it back from", () => {
    // At 100 the kubelet never starts to collect (its own documentation).
    expect(yamlOf("etc/kubelet.yaml").imageGCHighThresholdPercent).toBe(100);
  });

  test("changes no setting of the kernel: they are the whole machine's", () => {
    expect(yamlOf("etc/kubelet.yaml").protectKernelDefaults).toBe(true);
  });

  test("answers nobody that the API server does not know", () => {
    expect(yamlOf("etc/kubelet.yaml")).toMatchObject({
      authentication: { anonymous: { enabled: false }, webhook: { enabled: true } },
      authorization: { mode: "Webhook" },
    });
  });

  test("tells pods the address of the city's DNS", () => {
    expect(yamlOf("etc/kubelet.yaml")).toMatchObject({ clusterDNS: ["10.110.0.10"], clusterDomain: "cluster.local" });
  });

  test("and containerd mean the same socket", () => {
    const endpoint = yamlOf("etc/kubelet.yaml").containerRuntimeEndpoint;
    expect(endpoint).toBe(`unix://${inside.containerd}`);
    expect(fileOf("etc/containerd.toml")).toContain(`address = "${inside.containerd}"`);
  });

  test("is started under the node's name and address, with its own processes beside its pods", () => {
    const run = fileOf("services/kubelet/run");
    expect(run).toContain("--hostname-override=jakarta-database-2 ");
    expect(run).toContain("--node-ip=10.11.0.7 ");
    expect(run).toContain(`--runtime-cgroups=${settings.controlGroup}/system\n`);
  });

  test("reads only files that are there: those of this node, its certificates, and what is made at its start", () => {
    const files = nodeFiles(settings);
    const certificates = nodeIdentities(settings.name, settings.address).flatMap(({ file }) => [
      `etc/${file}.crt`,
      `etc/${file}.key`,
    ]);
    const known = new Set([...Object.keys(files), ...certificates, "etc/ca.crt", "etc/cni"]);
    const used = Object.values(files).flatMap((text) => [...text.matchAll(/\/run\/node\/(etc\/[\w./-]+)/g)]);
    expect(used.length).toBeGreaterThan(10);
    expect(used.map(([, path = ""]) => path).filter((path) => !known.has(path))).toEqual([]);
  });
});

describe("a node's containers", () => {
  test("have their namespaces held by the image that is on the node", () => {
    expect(fileOf("etc/containerd.toml")).toContain(`\nsandbox_image = "${settings.pauseImage}"\n`);
  });

  test("get addresses of the node's range and no other", () => {
    const { plugins } = JSON.parse(fileOf("etc/cni/10-pods.conflist")) as {
      plugins: { type: string; ipMasq?: boolean; ipam?: { ranges: unknown; routes: unknown } }[];
    };
    expect(plugins[0]).toMatchObject({
      type: "ptp",
      // Pods are known by their own addresses in every city.
      ipMasq: false,
      ipam: { ranges: [[{ subnet: "10.10.5.0/24" }]], routes: [{ dst: "0.0.0.0/0" }] },
    });
  });

  test("find the plugins' configuration where containerd looks for it", () => {
    expect(fileOf("etc/containerd.toml")).toContain(`conf_dir = "${inside.configuration}/cni"`);
  });

  test("that use the node's resolver find none", () => {
    expect(yamlOf("etc/kubelet.yaml").resolvConf).toBe(`${inside.configuration}/resolv.conf`);
    expect(fileOf("etc/resolv.conf")).toBe("");
  });
});

describe("kube-proxy", () => {
  test("gives the node's address to what comes from outside the city's pods", () => {
    expect(yamlOf("etc/kube-proxy.yaml")).toMatchObject({
      mode: "nftables",
      clusterCIDR: "10.10.0.0/16",
      hostnameOverride: settings.name,
    });
  });

  test("in a router leaves addresses as they are, and never touches the machine's connection table", () => {
    const router = parse(
      kubeProxyConfiguration({ name: "jakarta-router", address: "10.11.0.1", kubeconfig: "/etc/k" }),
    ) as object;
    expect(router).not.toHaveProperty("clusterCIDR");
    expect(router).toMatchObject({ conntrack: { maxPerCore: 0 }, bindAddress: "10.11.0.1" });
  });
});

describe("kubeconfigs", () => {
  test("name files and hold no key: what they say may be compared and logged", () => {
    const text = kubeconfig(apiServerOf("10.11.0.1", 26_000), { directory: "/run/node/etc", user: "system-node" });
    const { clusters, users } = parse(text) as { clusters: unknown; users: unknown };
    expect(clusters).toEqual([
      {
        name: "city",
        cluster: { server: "https://10.11.0.1:26000", "certificate-authority": "/run/node/etc/ca.crt" },
      },
    ]);
    expect(users).toEqual([
      {
        name: "system-node",
        user: {
          "client-certificate": "/run/node/etc/system-node.crt",
          "client-key": "/run/node/etc/system-node.key",
        },
      },
    ]);
  });

  test("and everything else that is written down about a node hold no secret", () => {
    const texts = Object.values(nodeFiles(settings)).join("\n");
    expect(texts).not.toMatch(/PRIVATE KEY|-data:|token:|password/i);
  });

  test("lead to the context that is current", () => {
    const config = parse(kubeconfig("https://a:1", { directory: "/etc", user: "kube-proxy" })) as {
      contexts: { name: string; context: { cluster: string; user: string } }[];
      clusters: { name: string }[];
      users: { name: string }[];
      "current-context": string;
    };
    const context = config.contexts.find(({ name }) => name === config["current-context"])?.context;
    expect(config.clusters.map(({ name }) => name)).toContain(context?.cluster);
    expect(config.users.map(({ name }) => name)).toContain(context?.user);
  });
});

test("a node proves to be the node that it is, and its kubelet serves the node's address", () => {
  const identities = nodeIdentities("jakarta-general-1", "10.11.0.2");
  for (const file of ["system-node", "kubelet"]) {
    expect(identities).toContainEqual(
      expect.objectContaining({ file, commonName: "system:node:jakarta-general-1", organization: "system:nodes" }),
    );
  }
  expect(identities.filter(({ ipAddresses }) => ipAddresses !== undefined)).toEqual([
    expect.objectContaining({ file: "kubelet", ipAddresses: ["10.11.0.2"] }),
  ]);
});

describe("files of a node", () => {
  let directory = "";
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "node-"));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  test("can be read by root alone; those that are run can be run", () => {
    const files = { ...nodeFiles(settings), init: "#!/bin/sh\n" };
    writeFiles(directory, files);
    for (const path of Object.keys(files)) {
      const mode = statSync(join(directory, path)).mode & 0o777;
      const isProgram = path === "init" || path.startsWith("services/");
      expect([path, mode.toString(8)]).toEqual([path, isProgram ? "700" : "600"]);
    }
  });

  test("give every program a log of its own", () => {
    writeFiles(directory, serviceFiles("/var/log", { one: ["true"], two: ["true"] }));
    expect(["one", "two"].map((name) => existsSync(join(directory, "services", name, "log", "run")))).toEqual([
      true,
      true,
    ]);
    const logs = serviceFiles("/var/log", { one: ["true"], two: ["true"] });
    expect(logs["services/one/log/run"]).not.toBe(logs["services/two/log/run"]);
  });
});
