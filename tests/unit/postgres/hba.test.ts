import { hbaLines, identLines } from "../../../components/postgres/configuration/index.js";
import { topology } from "./settings.js";

const lines = hbaLines(topology);
const of = (role: string): string[] => lines.filter((line) => line.split(" ")[2]?.split(",").includes(role));

test("the superuser and the monitor come over the unix socket only", () => {
  expect(of("postgres")).toEqual(["local all postgres peer"]);
  expect(of("monitor")).toEqual(["local all monitor peer map=pod"]);
  expect(identLines()).toEqual(["pod postgres monitor", "pod postgres replicator"]);
});

test.each(["replicator", "rewinder", "administrator", "pgbouncer", "verifier"])(
  "%s needs a certificate of its own name, from the pods of any city",
  (role) => {
    const remote = of(role).filter((line) => !line.startsWith("local"));
    expect(remote.map((line) => line.split(" ")[3])).toEqual([
      "127.0.0.1/32",
      "::1/128",
      "10.10.0.0/16",
      "10.20.0.0/16",
      "10.30.0.0/16",
    ]);
    expect(remote.every((line) => line.startsWith("hostssl") && line.endsWith(" cert"))).toBe(true);
  },
);

test("applications need a password and a certificate, over TLS", () => {
  expect(of("+applications")).toHaveLength(5);
  for (const line of of("+applications")) {
    expect(line).toMatch(/^hostssl nusantara \S+ \S+ scram-sha-256 clientcert=verify-ca$/);
  }
});

test("nothing is trusted, and everything else is rejected at the end", () => {
  expect(lines.join("\n")).not.toMatch(/\b(?:trust|md5)\b|^host(?!ssl)(?!.*reject$)/m);
  expect(lines.slice(-3)).toEqual([
    "local all all reject",
    "host all all all reject",
    "host replication all all reject",
  ]);
});
