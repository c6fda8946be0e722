import * as kubernetes from "@pulumi/kubernetes";
import { WebService } from "../../components/workload/index.js";
import { cityNames, type CityTopology, type Topology } from "../../stacks/topology.js";
import { nusantara } from "../../stacks/topology.js";
import { commandLine, localPlatform } from "../platform.js";
import { run } from "../process.js";
import { capture } from "../render/capture.js";
import { settingsFor } from "../render/city.js";
import { fixtures } from "../render/fixtures.js";
import { render } from "../render/render.js";

const seconds = (start: number): string => ((performance.now() - start) / 1000).toFixed(1);

/** The median of three renders of one stack, each in a process of its own. */
export async function oneStackRow(): Promise<string[]> {
  const times: number[] = [];
  for (let attempt = 0; attempt < 3; attempt++) {
    const start = performance.now();
    const { exitCode, output } = await run(process.execPath, [commandLine, "render"], { env: { STACK: "jakarta" } });
    if (exitCode !== 0) throw new Error(output);
    times.push((performance.now() - start) / 1000);
  }
  const median = times.sort((a, b) => a - b)[1] ?? 0;
  return ["make render STACK=jakarta, median of 3", `${median.toFixed(1)} s`, "3 s"];
}

/** A topology of any number of cities, with ranges of its own for each. */
function topologyOf(count: number): Topology {
  const city = (index: number): CityTopology => ({
    role: index === 0 ? "primary" : "branch",
    network: {
      nodes: `10.${4 * index}.0.0/16`,
      pods: `10.${4 * index + 1}.0.0/16`,
      services: `10.${4 * index + 2}.0.0/16`,
    },
    failsOverTo: nameOf((index + 1) % Math.max(count, 2)),
  });
  return {
    ...nusantara,
    cities: Object.fromEntries(Array.from({ length: count }, (_, index) => [nameOf(index), city(index)])),
  };
}

const nameOf = (index: number): string => `city-${index + 1}`;

/** Rendering time of whole cities, and of many services in one city. */
export async function growthRows(): Promise<(string | number)[][]> {
  const rows: (string | number)[][] = [];
  for (const cities of [1, 3, 10, 30]) rows.push(await timed(cities, "5 each", () => renderCities(cities)));
  for (const services of [50, 100, 250, 500]) rows.push(await timed(1, services, () => renderServices(services)));
  return rows;
}

async function timed(
  cities: number,
  services: number | string,
  work: () => Promise<number>,
): Promise<(string | number)[]> {
  const start = performance.now();
  const resources = await work();
  const elapsed = performance.now() - start;
  return [cities, services, resources, seconds(start), (elapsed / resources).toFixed(2)];
}

async function renderCities(count: number): Promise<number> {
  const platform = localPlatform();
  const topology = topologyOf(count);
  let resources = 0;
  for (const city of cityNames(topology)) {
    const settings = { ...settingsFor(platform, "jakarta", "local"), "nusantara:city": city };
    const captured = await render({ root: platform.project, stack: city, settings, topology });
    resources += captured.resources.length;
  }
  return resources;
}

async function renderServices(count: number): Promise<number> {
  const { resources } = await capture({
    project: "bench",
    stack: "bench",
    config: {},
    secretKeys: [],
    surroundings: fixtures,
    program: () => {
      const provider = new kubernetes.Provider("cluster");
      for (let index = 0; index < count; index++) registerService(`service-${index}`, provider);
    },
  });
  return resources.length;
}

function registerService(name: string, provider: kubernetes.Provider): void {
  new WebService(
    name,
    {
      name,
      namespace: "bench",
      city: "bench",
      partOf: "bench",
      component: "backend",
      image: { repository: `registry.example/${name}`, version: "1.0.0" },
      resources: { requests: { cpu: "100m", memory: "128Mi" }, limits: { cpu: "1", memory: "128Mi" } },
      scaling: { minimum: 2, maximum: 4 },
      environment: { NAME: name },
    },
    { provider },
  );
}
