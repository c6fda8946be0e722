import { readFileSync } from "node:fs";
import { join } from "node:path";
import { WebService } from "../../../components/workload/index.js";
import { hostnameAnnotation } from "../../../components/kubernetes/index.js";
import { cityNames, nusantara } from "../../../stacks/topology.js";
import { workload } from "../../support/bundles.js";
import { renderCity, root } from "../../support/city.js";
import { objectOf, objectsOf } from "../../support/objects.js";
import { register } from "../../support/register.js";

const serviceWith = async (privateHosts?: readonly string[]) => {
  const args = { ...workload, scaling: { minimum: 2, maximum: 4 }, ...(privateHosts && { privateHosts }) };
  return objectOf(await register((provider) => new WebService("order", args, { provider })), "Service");
};

const hosts = ["order.jakarta.nusantara.internal", "orders.jakarta.nusantara.internal"];

describe("the private names of a WebService", () => {
  test("are asked for in the annotation that external-dns reads", async () => {
    const { metadata } = await serviceWith(hosts);
    expect(metadata.annotations).toEqual({ "external-dns.alpha.kubernetes.io/hostname": hosts.join(",") });
  });

  test("are asked for where the publisher of a local city looks", async () => {
    const { metadata } = await serviceWith(hosts);
    expect(Object.keys(metadata.annotations)).toContain(hostnameAnnotation);
    const publisher = join(root, "local", "tools", "nodes", "zone-publisher", "records.go");
    expect(readFileSync(publisher, "utf8")).toContain(`const hostnameAnnotation = "${hostnameAnnotation}"\n`);
  });

  test("are none by default: a list that is empty asks for nothing", async () => {
    for (const none of [undefined, []]) expect((await serviceWith(none)).metadata.annotations).toBeUndefined();
  });

  test("change nothing else of the Service", async () => {
    const [named, plain] = [await serviceWith(hosts), await serviceWith()];
    expect(named.spec).toEqual(plain.spec);
    expect(named.metadata.labels).toEqual(plain.metadata.labels);
  });
});

test.each(cityNames(nusantara))(
  "the gateway and the data tier of %s, and nothing else there, have names that other cities know",
  async (city) => {
    const { resources } = await renderCity(city);
    const named = objectsOf(resources, "Service").flatMap(({ metadata }) => {
      const annotations = (metadata as { annotations?: Record<string, string> }).annotations ?? {};
      return annotations[hostnameAnnotation] === undefined ? [] : [[metadata.name, annotations[hostnameAnnotation]]];
    });
    expect(named.sort()).toEqual([
      ["api-gateway", `api.${city}.nusantara.internal`],
      ["db", `db.${city}.nusantara.internal`],
      ["etcd", `etcd.${city}.nusantara.internal`],
    ]);
  },
);
