import fc from "fast-check";
import { UserError } from "../../local/errors.js";
import { addressAt, nodeAddress, routerAddress } from "../../local/network/addresses.js";
import { budgetCommands } from "../../local/network/links.js";
import { cityNamespace, cityPairs, kernelName, linkTo, nodeNamespace } from "../../local/network/names.js";
import { localPlatform, type Platform } from "../../local/platform.js";
import { cityNames, nusantara } from "../../stacks/topology.js";

const cities = cityNames(nusantara);

const toNumber = (address: string): number => address.split(".").reduce((sum, octet) => sum * 256 + Number(octet), 0);
const toText = (value: number): string =>
  [2 ** 24, 2 ** 16, 2 ** 8, 1].map((unit) => Math.floor(value / unit) % 256).join(".");

interface Range {
  first: number;
  size: number;
  text: string;
}

/** Any range of some lengths of prefix, without host bits. */
const range = (min: number, max: number) =>
  fc.tuple(fc.nat({ max: 2 ** 32 - 1 }), fc.integer({ min, max })).map(([value, prefix]): Range => {
    const size = 2 ** (32 - prefix);
    const first = Math.floor(value / size) * size;
    return { first, size, text: `${toText(first)}/${prefix}` };
  });

/** Networks as stacks/configSchema.ts lets them through, and positions of pods' ranges in them. */
const network = fc
  .tuple(range(16, 28), range(10, 20))
  .chain(([nodes, pods]) =>
    fc
      .uniqueArray(fc.nat({ max: pods.size / 256 - 1 }), { minLength: 2, maxLength: 20 })
      .map((positions) => ({ nodes, pods, positions })),
  );

test("nodes get different addresses in the nodes' range, none of them the network's, the router's or the broadcast", () => {
  fc.assert(
    fc.property(network, ({ nodes, pods, positions }) => {
      const fitting = positions.filter((position) => position + 2 < nodes.size - 1);
      const given = fitting.map((position) =>
        toNumber(nodeAddress({ nodes: nodes.text, pods: pods.text }, `${toText(pods.first + position * 256)}/24`)),
      );
      expect(new Set(given).size).toBe(fitting.length);
      for (const address of given) {
        expect(address).toBeGreaterThan(nodes.first);
        expect(address).toBeLessThan(nodes.first + nodes.size - 1);
        expect(address).not.toBe(toNumber(routerAddress(nodes.text)));
      }
    }),
    { numRuns: 500 },
  );
});

test("a node that finds no address is refused with one clear error that names the range", () => {
  fc.assert(
    fc.property(network, ({ nodes, pods, positions }) => {
      for (const position of positions.filter((each) => each + 2 >= nodes.size - 1)) {
        const ask = () =>
          nodeAddress({ nodes: nodes.text, pods: pods.text }, `${toText(pods.first + position * 256)}/24`);
        expect(ask).toThrow(UserError);
        expect(ask).toThrow(nodes.text);
      }
    }),
    { numRuns: 500 },
  );
});

test("an address stands at its position in its range", () => {
  const place = range(8, 30).chain((whole) => fc.tuple(fc.constant(whole), fc.nat({ max: whole.size - 2 })));
  fc.assert(
    fc.property(place, ([whole, position]) => {
      expect(toNumber(addressAt(whole.text, position)) - whole.first).toBe(position);
    }),
    { numRuns: 500 },
  );
});

const platformIn = (directory: string): Platform => ({ ...localPlatform({}), directory });
const directory = fc.string({ unit: "grapheme-ascii", maxLength: 200 }).map((text) => `/${text}`);

test("two platforms never have a name in the kernel in common, nor take each other's for their own", () => {
  const names = (platform: Platform): string[] => [
    ...cities.map((city) => cityNamespace(platform, city)),
    ...cities.map((city) => nodeNamespace(platform, `${city}-general-1`)),
  ];
  fc.assert(
    fc.property(fc.uniqueArray(directory, { minLength: 2, maxLength: 2 }), (directories) => {
      const [left, right] = directories.map(platformIn) as [Platform, Platform];
      expect(names(left).filter((name) => names(right).includes(name))).toEqual([]);
      expect(names(right).filter((name) => name.startsWith(`${kernelName(left)}-`))).toEqual([]);
    }),
  );
});

test("a platform's names fit a file name and need no quoting, wherever its directory is", () => {
  fc.assert(
    fc.property(directory, (path) => {
      expect(cityNamespace(platformIn(path), "surabaya")).toMatch(/^nusantara-[0-9a-f]{8}-surabaya$/);
    }),
  );
});

test("any cities are joined pair by pair, each pair once, by links of their own", () => {
  fc.assert(
    fc.property(fc.subarray(cities, { minLength: 1 }), (chosen) => {
      const pairs = cityPairs(chosen);
      const keys = pairs.map((pair) => [...pair.cities].sort().join("-"));
      expect(new Set(keys).size).toBe((chosen.length * (chosen.length - 1)) / 2);
      expect(keys).toHaveLength(new Set(keys).size);

      const networks = pairs.map(({ addresses }) => {
        const ends = addresses.map((end) => {
          const [address = "", prefix] = end.split("/");
          expect(prefix).toBe("30");
          return toNumber(address);
        });
        // A /30 has two addresses for hosts: the first and the last are the network's and the broadcast.
        expect(ends.map((end) => end % 4).sort()).toEqual([1, 2]);
        const [near = 0, far = 0] = ends.map((end) => Math.floor(end / 4));
        expect(near).toBe(far);
        // Link-local (RFC 3927): in nobody's address plan.
        expect(Math.floor(near / 2 ** 14)).toBe(169 * 256 + 254);
        return near;
      });
      expect(new Set(networks).size).toBe(pairs.length);
    }),
  );
});

test("a link keeps its addresses when other cities come and go", () => {
  const whole = cityPairs(cities);
  fc.assert(
    fc.property(fc.subarray(cities), (chosen) => {
      for (const pair of cityPairs(chosen)) expect(whole).toContainEqual(pair);
    }),
  );
});

test("interfaces that lead to cities have different names, short enough for the kernel", () => {
  const names = cities.map(linkTo);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^link-\S{1,10}$/);
});

test("no class of traffic can borrow from another, whatever the budget", () => {
  const megabits = fc.integer({ min: 1, max: 10_000 });
  fc.assert(
    fc.property(megabits, megabits, (database, application) => {
      const classes = budgetCommands("link-1", { database, application }).filter((line) => line.startsWith("class "));
      const rates = classes.map((line) => {
        const [, rate, ceiling] = /rate (\d+)mbit ceil (\d+)mbit$/.exec(line) ?? [];
        expect(rate).toBe(ceiling);
        return Number(rate);
      });
      expect(rates).toEqual([database, application]);
    }),
  );
});
