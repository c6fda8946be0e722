import { createServer, type AddressInfo, type Server } from "node:net";
import { applySetDefinition, applySetId, applySetReference, emptyApplySet } from "../../../local/applySet.js";
import { chosenCities, localPlatform, portsOf, readOverlay, type Ports } from "../../../local/platform.js";
import { requireDisk, requireFreePorts, requireLinux } from "../../../local/preflight.js";
import { cityNames, nusantara } from "../../../stacks/topology.js";

const cities = cityNames(nusantara);

describe("the cities that are brought up", () => {
  test.each([
    [undefined, cities],
    ["", cities],
    ["bandung", ["bandung"]],
    ["surabaya, jakarta", ["jakarta", "surabaya"]],
    [" bandung  bandung ", ["bandung"]],
  ])("of %j are %j, in the order of creation", (text, chosen) => {
    expect(chosenCities(text)).toEqual(chosen);
  });

  test("are refused when one is unknown, with what was probably meant", () => {
    expect(() => chosenCities("jakarta bandug")).toThrow('"bandug" is no city; did you mean "bandung"?');
    expect(() => chosenCities("medan")).toThrow('it can be "jakarta", "bandung", "surabaya"');
  });
});

describe("the ports of the platform", () => {
  test("are different for every process of every city", () => {
    const ports = cities.flatMap((city) => Object.values(portsOf(localPlatform({}), city)) as number[]);
    expect(ports).toHaveLength(24);
    expect(new Set(ports).size).toBe(24);
  });

  test("start where they are told to, so that two platforms can stand side by side", () => {
    const second = localPlatform({ NUSANTARA_PORT_BASE: "27000", NUSANTARA_DIRECTORY: "/tmp/second" });
    expect(second.directory).toBe("/tmp/second");
    expect(cities.map((city) => portsOf(second, city).apiServer)).toEqual([27_000, 27_010, 27_020]);
  });

  test.each(["http", "80", "60001", "27000.5"])("can't start at %j", (text) => {
    expect(() => localPlatform({ NUSANTARA_PORT_BASE: text })).toThrow(`NUSANTARA_PORT_BASE is "${text}"`);
  });
});

describe("before anything is started", () => {
  let server: Server;
  let taken = 0;
  beforeEach(async () => {
    server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    taken = (server.address() as AddressInfo).port;
  });
  const close = () => new Promise((resolve) => server.close(resolve));
  afterEach(close);

  const ports = (): Ports => ({
    apiServer: taken,
    etcd: taken,
    etcdPeer: taken,
    controllerManager: taken,
    scheduler: taken,
    kwok: taken,
    metricsServer: taken,
    gateway: taken,
  });

  test("a port that is in use is named, with what it is for and how to go around it", async () => {
    const refused = requireFreePorts("jakarta", ports());
    await expect(refused).rejects.toMatchObject({
      name: "UserError",
      remedy: "stop what uses it, or choose other ports, e.g. NUSANTARA_PORT_BASE=27000",
    });
    // Who holds it is known where there is `ss`.
    const message = `^port ${taken}, for the API server of jakarta, is in use( by .+ \\(pid ${process.pid}\\))?$`;
    await expect(refused).rejects.toThrow(new RegExp(message));
  });

  test("ports that are free are fine", async () => {
    await close();
    await expect(requireFreePorts("jakarta", ports())).resolves.toBeUndefined();
  });

  test("too little disk is named, also for a directory that is not there yet", () => {
    expect(() => {
      requireDisk("/tmp/not/there/yet", 2 ** 60, "build the tools");
    }).toThrow(
      /^the file system of \/tmp\/not\/there\/yet has .* GiB free, and 1073741824.0 GiB are needed to build the tools$/,
    );
    expect(() => {
      requireDisk("/tmp/not/there/yet", 1, "build the tools");
    }).not.toThrow();
  });

  test("anything but Linux is refused", () => {
    expect(() => {
      requireLinux("darwin");
    }).toThrow("the local platform needs Linux, this is darwin");
    expect(() => {
      requireLinux("linux");
    }).not.toThrow();
  });
});

describe("the overlay of a local city", () => {
  test.each(cities)("of %s points at its own cluster and says what is left out, and why", (city) => {
    const { settings, leftOut } = readOverlay(localPlatform({}), city);
    expect(settings).toMatchObject({ "nusantara:cluster": { kind: "existing", context: `kwok-${city}` } });
    expect(leftOut.length).toBeGreaterThan(0);
    for (const { what, why } of leftOut) expect(Math.min(what.length, why.length)).toBeGreaterThan(0);
  });

  test("that is not there is named, with an example", () => {
    expect(() => readOverlay(localPlatform({}), "medan")).toThrow("medan has no local overlay");
  });
});

describe("the set of objects that an apply prunes", () => {
  test("has the id that kubectl computes: of name, namespace, kind and group (KEP-3659)", () => {
    expect(applySetId("jakarta")).toBe("applyset-C99p7Ojtg0miiTJc717e1i2AHDc-Rf1UekgRRiJcbbs-v1");
    expect(applySetId("jakarta")).toMatch(/^applyset-[A-Za-z0-9_-]{43}-v1$/);
    expect(applySetId("bandung")).not.toBe(applySetId("jakarta"));
  });

  test("is an object that says so, of a type that kubectl accepts", () => {
    expect(applySetReference("jakarta")).toBe("applysets.nusantara.io/jakarta");
    expect(emptyApplySet("jakarta")).toMatchObject({
      apiVersion: "nusantara.io/v1",
      kind: "ApplySet",
      metadata: { name: "jakarta", labels: { "applyset.kubernetes.io/id": applySetId("jakarta") } },
    });
    expect(applySetDefinition).toMatchObject({
      metadata: { name: "applysets.nusantara.io", labels: { "applyset.kubernetes.io/is-parent-type": "true" } },
      spec: { scope: "Cluster" },
    });
  });
});
