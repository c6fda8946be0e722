import { budgetCommands, routerRules } from "../../../../local/network/links.js";
import { databasePorts, nusantara } from "../../../../stacks/topology.js";

/** Words of `tc` after a keyword of a command. */
const after = (line: string, keyword: string): string | undefined => new RegExp(` ${keyword} (\\S+)`).exec(line)?.[1];

/** The class that the rules of a router put a packet into: the last rule that matches decides. */
function classOf(packet: { out: string; protocol?: "tcp" | "udp"; source: number; destination: number }): string {
  const chain = /chain classes \{([^}]*(?:\{[^}]*\}[^}]*)*?)\n {2}\}/.exec(routerRules)?.[1] ?? "";
  const rules = chain.split("\n").flatMap((line) => {
    const match = /^\s*oifname "([^"]+)\*" (?:(tcp) (dport|sport) \{ ([\d, ]+) \} )?meta priority set (\S+)$/.exec(
      line,
    );
    if (!match) return [];
    const [, prefix = "", protocol, side, ports, priority = ""] = match;
    return [{ prefix, protocol, side, ports: ports?.split(", ").map(Number), priority }];
  });
  expect(rules).toHaveLength(3);
  return rules
    .filter(({ prefix }) => packet.out.startsWith(prefix))
    .filter(({ protocol }) => protocol === undefined || protocol === (packet.protocol ?? "tcp"))
    .filter(({ side, ports }) => ports?.includes(side === "dport" ? packet.destination : packet.source) ?? true)
    .reduce((_, { priority }) => priority, "none");
}

describe("the budget of a link between cities (M18)", () => {
  const commands = budgetCommands("link-2", nusantara.linkBudgetMegabits);
  const classes = commands.filter((line) => line.startsWith("class "));
  const buffers = commands.filter((line) => line.includes(" bfifo "));

  test("is 50 Mbit/s for databases and 10 Mbit/s for everything else, and not a bit more", () => {
    expect(classes.map((line) => [after(line, "classid"), after(line, "rate"), after(line, "ceil")])).toEqual([
      ["1:10", "50mbit", "50mbit"],
      ["1:20", "10mbit", "10mbit"],
    ]);
  });

  test("is applied on the link that is named, and to nothing else", () => {
    for (const line of commands) expect(after(line, "dev")).toBe("link-2");
  });

  test("puts traffic that nobody classified into the small class", () => {
    const [root = ""] = commands;
    expect(root).toContain("root handle 1: htb default 20");
    expect(after(classes[1] ?? "", "classid")).toBe("1:20");
  });

  test("comes with a buffer of 100 ms for each class: 50 Mbit/s are 625 000 bytes, 10 Mbit/s are 125 000", () => {
    expect(buffers.map((line) => [after(line, "parent"), after(line, "limit")])).toEqual([
      ["1:10", "625000"],
      ["1:20", "125000"],
    ]);
  });

  test("has whole numbers of bytes for any rate", () => {
    const odd = budgetCommands("link-0", { database: 0.1234, application: 3 });
    for (const line of odd.filter((each) => each.includes("limit"))) expect(after(line, "limit")).toMatch(/^\d+$/);
  });

  test("makes the root before the classes, and each class before its buffer", () => {
    const position = (text: string) => commands.findIndex((line) => line.includes(text));
    expect(position("root handle 1:")).toBe(0);
    for (const handle of ["1:10", "1:20"])
      expect(position(`classid ${handle}`)).toBeLessThan(position(`parent ${handle}`));
  });
});

describe("the rules of a city's router", () => {
  test.each(databasePorts)("count port %i as database traffic, there and back", (port) => {
    expect(classOf({ out: "link-1", source: 41_234, destination: port })).toBe("1:10");
    expect(classOf({ out: "link-1", source: port, destination: 41_234 })).toBe("1:10");
  });

  test.each([80, 443, 5431, 5433, 6431, 8080, 8007, 8009, 9090, 2378, 2381])(
    "count port %i as application traffic",
    (port) => {
      expect(classOf({ out: "link-1", source: 41_234, destination: port })).toBe("1:20");
    },
  );

  test("count UDP to a database's port as application traffic: no database speaks it", () => {
    expect(classOf({ out: "link-1", protocol: "udp", source: 41_234, destination: 5432 })).toBe("1:20");
  });

  test("leave traffic inside the city alone", () => {
    expect(classOf({ out: "nodes", source: 41_234, destination: 5432 })).toBe("none");
  });

  test("name the classes that links have", () => {
    const known = budgetCommands("link-0", nusantara.linkBudgetMegabits).map((line) => after(line, "classid"));
    const used = [...routerRules.matchAll(/meta priority set (\S+)/g)].map(([, handle]) => handle);
    expect(used.filter((handle) => !known.includes(handle))).toEqual([]);
    expect(new Set(used).size).toBe(2);
  });

  test("drop what comes and goes over a link that is cut: of others, to the router, and from it", () => {
    const drops = [...routerRules.matchAll(/chain (\w+) \{\n\s+type filter hook (\w+)[^}]*?\}/g)]
      .filter(([text]) => text.includes("drop"))
      .map(([text, , hook]) => [hook, [...text.matchAll(/([io]ifname) @cut drop/g)].map(([, which]) => which)]);
    expect(drops).toEqual([
      ["input", ["iifname"]],
      ["forward", ["iifname", "oifname"]],
      ["output", ["oifname"]],
    ]);
  });

  test("replace older ones as a whole, and can be loaded where there are none", () => {
    const lines = routerRules.trim().split("\n");
    expect(lines.slice(0, 3)).toEqual([
      "table inet nusantara",
      "delete table inet nusantara",
      "table inet nusantara {",
    ]);
  });
});
