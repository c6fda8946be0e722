import { parse } from "yaml";
import { etcdConfiguration } from "../../../components/postgres/configuration/index.js";
import { database } from "../../../stacks/databaseSchema.js";
import { gibibyte, topology } from "./settings.js";

const configuration = (args = {}): Record<string, unknown> =>
  parse(etcdConfiguration({ topology, city: "bandung", ...args })) as Record<string, unknown>;

test("the cluster has a member in each city", () => {
  expect(configuration()).toMatchObject({
    name: "bandung",
    "initial-cluster": [
      "jakarta=https://etcd-0.etcd.jakarta.nusantara.internal:2380",
      "bandung=https://etcd-0.etcd.bandung.nusantara.internal:2380",
      "surabaya=https://etcd-0.etcd.surabaya.nusantara.internal:2380",
    ].join(","),
    "initial-advertise-peer-urls": "https://etcd-0.etcd.bandung.nusantara.internal:2380",
    "initial-cluster-state": "new",
  });
  expect(configuration({ initialClusterState: "existing" })["initial-cluster-state"]).toBe("existing");
});

test("clients and peers need certificates, probes don't", () => {
  expect(configuration()).toMatchObject({
    "client-transport-security": { "trusted-ca-file": "/run/certificates/ca.crt" },
    "peer-transport-security": { "trusted-ca-file": "/run/certificates/ca.crt" },
    "listen-client-urls": "https://0.0.0.0:2379",
    "listen-metrics-urls": "http://0.0.0.0:2381",
  });
});

test("there is no flag that is gone in 3.6", () => {
  expect(Object.keys(configuration()).filter((key) => key.startsWith("experimental-"))).toEqual([]);
  expect(configuration()["feature-gates"]).toBe("InitialCorruptCheck=true");
});

test("the timers are etcd's defaults, and no election is longer than the patience that a primary has at least", () => {
  const { "heartbeat-interval": heartbeat, "election-timeout": election } = configuration();
  expect([heartbeat, election]).toEqual([100, 1000]);
  const { timers } = database.parse({ timers: { retryTimeout: 3 } });
  expect(() => database.parse({ timers: { retryTimeout: timers.retryTimeout - 1 } })).toThrow();
  expect(2 * Number(election)).toBeLessThan(timers.retryTimeout * 1000);
});

test("the database may have half of a small volume", () => {
  expect(configuration()["quota-backend-bytes"]).toBe(2 * gibibyte);
  expect(configuration({ volume: gibibyte })["quota-backend-bytes"]).toBe((gibibyte - 6 * 64 * 2 ** 20) / 2);
});
