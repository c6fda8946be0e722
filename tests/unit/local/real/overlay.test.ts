import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { millicores } from "../../../../components/kubernetes/index.js";
import { UserError } from "../../../../local/errors.js";
import { hasLocalImage } from "../../../../local/nodes/placement.js";
import { plannedNodes } from "../../../../local/nodes/pools.js";
import { localPlatform, overlayFor, readOverlay, root, type Platform } from "../../../../local/platform.js";
import { localRepositories } from "../../../../local/real/images.js";
import { readStackFile } from "../../../../local/render/stackFile.js";
import { localConfig } from "../../../../local/stack.js";
import { databaseDemands, demandsOf } from "../../../../stacks/cityCapacity.js";
import { cityNames, nusantara } from "../../../../stacks/topology.js";

let platform: Platform;
beforeEach(() => {
  const project = mkdtempSync(join(tmpdir(), "overlay-"));
  mkdirSync(join(project, "local", "cities"), { recursive: true });
  platform = { ...localPlatform({}), project, directory: join(project, "platform") };
});
afterEach(() => {
  rmSync(platform.project, { recursive: true });
});

function overlayOf(content: unknown) {
  writeFileSync(join(platform.project, "local", "cities", "jakarta.yaml"), stringify(content));
  return readOverlay(platform, "jakarta");
}

function refusalOf(content: unknown): UserError {
  try {
    overlayOf(content);
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error("the overlay was accepted");
}

describe("an overlay", () => {
  test("may leave out everything", () => {
    const nothing = { settings: {}, leftOut: [] };
    expect(overlayOf({})).toEqual({
      ...nothing,
      simulatedNodes: nothing,
      realNodes: { ...nothing, pools: {}, images: {} },
    });
  });

  test.each([
    [{ setings: {} }, "setings"],
    [{ simulatedNodes: { pools: {} } }, "pools"],
    [{ realNodes: { pool: {} } }, "pool"],
    [{ leftOut: [{ what: "a", why: "b", who: "c" }] }, "who"],
  ])("with a key that nobody knows is refused by its name: %j", (content, key) => {
    const { explanation, remedy } = refusalOf(content);
    expect(explanation).toContain(`"${key}"`);
    expect(remedy).toContain("local/cities/jakarta.yaml");
  });

  test.each([
    [{ general: -1 }, "realNodes.pools.general"],
    [{ general: 1.5 }, "realNodes.pools.general"],
    [{ general: "some" }, "realNodes.pools.general"],
  ])("with a number of real nodes that is none is refused with its path: %j", (pools, path) => {
    expect(refusalOf({ realNodes: { pools } }).explanation).toContain(path);
  });

  test("names its file when it can't be used", () => {
    expect(refusalOf({ settings: [] }).message).toContain(join("local", "cities", "jakarta.yaml"));
  });

  test("counts for both kinds of nodes, with that of the kind on top, key by key", () => {
    const [everywhere, simulated, real] = ["everywhere", "simulated", "real"].map((why) => ({ what: "it", why }));
    const overlay = overlayOf({
      settings: { a: 1, b: 1, c: { deep: 1 } },
      leftOut: [everywhere],
      simulatedNodes: { settings: { b: 2 }, leftOut: [simulated] },
      realNodes: { settings: { b: 3, c: { other: 3 }, d: 3 }, leftOut: [real] },
    });
    expect(overlayFor(overlay, "simulated")).toEqual({
      settings: { a: 1, b: 2, c: { deep: 1 } },
      leftOut: [everywhere, simulated],
    });
    // A key is replaced as a whole, as in a stack's file.
    expect(overlayFor(overlay, "real")).toEqual({
      settings: { a: 1, b: 3, c: { other: 3 }, d: 3 },
      leftOut: [everywhere, real],
    });
  });
});

describe.each(cityNames(nusantara))("the overlay of %s with real nodes", (city) => {
  const own = localPlatform({});
  const config = localConfig(own, city, "real");
  const { realNodes } = readOverlay(own, city);
  const production = readStackFile(root, city)["nusantara:nusantaraMart"] as {
    registry: string;
    services: Record<string, { replicas: number }>;
  };

  test("has exactly the services of production, as many of each, from the same registry", () => {
    const replicas = (services: Record<string, { replicas: number } | undefined>) =>
      Object.fromEntries(Object.entries(services).map(([name, service]) => [name, service?.replicas]));
    expect(replicas(config.nusantaraMart.services)).toEqual(replicas(production.services));
    expect(config.nusantaraMart.registry).toBe(production.registry);
  });

  test("names images that are defined, and one for every service", () => {
    for (const name of Object.values(realNodes.images))
      expect([name, existsSync(join(root, "images", name, "image.yaml"))]).toEqual([name, true]);
    const services = Object.keys(config.nusantaraMart.services).map(
      (name) => `${config.nusantaraMart.registry}/${name}`,
    );
    const { registry } = config.database;
    const own = Object.entries(realNodes.images).filter(([repository]) => repository.startsWith(`${registry}/`));
    // Images that stacks ask for by our own name are what they are called.
    expect(own.map(([repository]) => repository)).toEqual(own.map(([, name]) => `${registry}/${name}`));
    const others = Object.keys(realNodes.images).filter((repository) => !repository.startsWith(`${registry}/`));
    expect(others.sort()).toEqual(services.sort());
  });

  test("gives images of this repository to every service, and to the platform's own pods", () => {
    const repositories = localRepositories(own, city);
    for (const name of Object.keys(config.nusantaraMart.services))
      expect(hasLocalImage(`${config.nusantaraMart.registry}/${name}:1.0.0`, repositories)).toBe(true);
    expect(repositories.filter((name) => /\/(coredns|pause)$/.test(name))).toHaveLength(2);
  });

  test("makes nodes of pools real that the city has, and at least one of each", () => {
    expect(Object.keys(realNodes.pools).sort()).toEqual(Object.keys(config.nodePools).sort());
    const real = plannedNodes(config, realNodes.pools).filter(({ kind }) => kind === "real");
    expect(new Set(real.map(({ pool }) => pool))).toEqual(new Set(Object.keys(config.nodePools)));
  });

  test("makes every database node real: no database is simulated", () => {
    const database = plannedNodes(config, realNodes.pools).filter(({ pool }) => pool === "database");
    expect(new Set(database.map(({ kind }) => kind))).toEqual(new Set(["real"]));
  });

  test("has room on the one real node of services for all of them, and for a second pod of the entry points, on two cores", () => {
    expect(realNodes.pools.general).toBe(1);
    const entryPoints = databaseDemands(config.database);
    const demands = { ...demandsOf(config.nusantaraMart.services), ...entryPoints };
    const requests = [...Object.values(demands), entryPoints["entry-points"]].flatMap((demand) =>
      demand?.nodeClass === "medium" ? [demand.minimum * millicores(demand.resources.requests.cpu)] : [],
    );
    const clusterDns = 20;
    const reconcile = 50;
    expect(requests.reduce((sum, each) => sum + each, clusterDns + reconcile)).toBeLessThanOrEqual(2000);
  });

  test("has its volumes made by this machine; with simulated nodes they stay production's", () => {
    expect(config.storage).toEqual({ provisioner: "nusantara.io/zone-directory", parameters: {} });
    expect(localConfig(own, city, "simulated").storage.provisioner).toBe("ebs.csi.aws.com");
  });

  test("has the address plan of production", () => {
    expect(config.network).toEqual(nusantara.cities[city as keyof typeof nusantara.cities].network);
  });
});
