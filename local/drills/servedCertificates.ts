import {
  certificateFiles,
  entryPoints,
  etcdHost,
  memberName,
  membersIn,
  paths,
  podName,
  ports,
} from "../../components/postgres/layout.js";
import { entryPointHost, entryPointPort } from "./contract.js";
import type { Drill } from "./drill.js";
import { kubectl } from "./tier.js";

/** A server, as a pod reaches it. PostgreSQL and PgBouncer want to be asked for TLS first. */
interface Server {
  name: string;
  host: string;
  port: number;
  asks: boolean;
}

/** Prints a line for each server that it is told of: its name, a tab, and when its certificate ends. */
const program = `
import json, socket, ssl, struct, sys
context = ssl.create_default_context(cafile=sys.argv[1])
context.check_hostname = False
for server in json.load(sys.stdin):
    with socket.create_connection((server["host"], server["port"]), 10) as plain:
        if server["asks"]:
            plain.sendall(struct.pack("!ii", 8, 80877103))
            plain.recv(1)
        with context.wrap_socket(plain) as connection:
            print(server["name"], connection.getpeercert()["notAfter"], sep="\\t")
`;

/** Servers of a member's own pod. */
const ofMember = (name: string): Server[] => [
  { name: `Patroni of ${name}`, host: "localhost", port: ports.patroni, asks: false },
  { name: `pgBackRest of ${name}`, host: "localhost", port: ports.pgbackrest, asks: false },
  { name: `PostgreSQL of ${name}`, host: "localhost", port: ports.postgres, asks: true },
];

/** Servers that all of a city use. */
const ofCity = ({ topology }: Drill, city: string): Server[] => [
  { name: `etcd of ${city}`, host: etcdHost(topology, city), port: ports.etcdClient, asks: false },
  ...entryPoints.map((entry) => ({
    name: `${entry} of ${city}`,
    host: entryPointHost(entry),
    port: entryPointPort,
    asks: true,
  })),
];

/** When the certificate ends that each server of the tier serves, by a name for people. */
export async function servedCertificates(drill: Drill): Promise<Map<string, string>> {
  const pods = drill.cities.flatMap((city) =>
    membersIn(city)
      .map((member) => ({ city, pod: podName(member), servers: ofMember(memberName(member)) }))
      .concat({ city, pod: "core-0", servers: ofCity(drill, city) }),
  );
  const said = await Promise.all(
    pods.map(({ city, pod, servers }) => {
      const python = ["python3", "-c", program, `${paths.certificates}/${certificateFiles.authority}`];
      const command = ["exec", "--stdin", pod, "--container=postgres", "--", ...python];
      return kubectl(drill.platform, city, command, { input: JSON.stringify(servers) });
    }),
  );
  return new Map(
    said.flatMap((text) =>
      text
        .trim()
        .split("\n")
        .map((line) => line.split("\t") as [string, string]),
    ),
  );
}
