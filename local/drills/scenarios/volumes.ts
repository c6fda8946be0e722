import { UserError } from "../../errors.js";
import { fillVolume, makeRoom, shrinkVolume, uncoverVolume, type NodeVolume } from "../../faults/volumes.js";
import { bounds, everyCity, writesGoOn } from "../bounds.js";
import type { Drill } from "../drill.js";
import { podOfMember } from "../faults.js";
import { homeLeader, requireHealth } from "../health.js";
import type { Pod } from "../pods.js";
import type { Scenario } from "../scenario.js";
import { hold, untilWritesAreBack } from "../steps.js";
import { kubectl, switchover } from "../tier.js";
import { linkBytesPerSecond } from "./load.js";

const all = ["jakarta", "bandung", "surabaya"];

/** The member that leads while nothing is wrong, and the one beside it. */
const primary = (drill: Drill): Pod => podOfMember(drill, homeLeader(drill.topology));
const neighbour = "jakarta-core-1";

const mebibyte = 2 ** 20;

/** Bytes of a volume that holds the data, and the WAL that this tier keeps, with some room. */
const size = 768 * mebibyte;

/** A field of a member's claim. */
const claimOf = (drill: Drill, { city, name }: Pod, field: string): Promise<string> =>
  kubectl(drill.platform, city, ["get", "persistentvolumeclaim", `data-${name}`, `--output=jsonpath={${field}}`]);

/** The volume of a member. */
const volumeOf = async (drill: Drill, pod: Pod): Promise<NodeVolume> => ({
  city: pod.city,
  node: pod.node,
  pod: pod.uid,
  name: await claimOf(drill, pod, ".spec.volumeName"),
});

/** Gives the primary a volume that can be full: another member leads while it is made anew there. */
async function giveVolumeAnEnd(drill: Drill): Promise<void> {
  const { platform } = drill;
  const home = homeLeader(drill.topology);
  const before = primary(drill);
  const { city, name } = before;
  await switchover(platform, city, home, neighbour);
  await drill.requireLeader(neighbour);
  const volume = await volumeOf(drill, before);
  const handOver = async () => {
    if (drill.leader() === home) await switchover(platform, city, home, neighbour);
  };
  const startAnew = () => kubectl(platform, city, ["delete", "pod", name]);
  drill.onHealing(`give ${home} the volume that it had`, async () => {
    // Nobody leads, or a primary that can't, where the volume is full.
    await handOver().catch(() => undefined);
    await uncoverVolume(platform, volume);
    await startAnew();
  });
  await shrinkVolume(platform, volume, size);
  await startAnew();
  await requireHealth(drill, `${home} on its new volume`, bounds.cityBack);
  const { node } = primary(drill);
  if (node !== before.node)
    throw new UserError(`${home} went to ${node}, whose volumes have no end`, "hold the drill again");
  await switchover(platform, city, drill.leader(), home);
  await drill.requireLeader(home);
}

/** Volumes with an end. */
export const volumeScenarios: readonly Scenario[] = [
  {
    name: "volume-full",
    title: "The volume of the primary is full, and another member takes its place",
    covers: ["matrix 11"],
    steps: [
      { what: "the primary's volume gets an end, while another member leads", act: giveVolumeAnEnd },
      hold(5),
      {
        what: "everything that is left of the volume is taken, and more WAL written than it has files for",
        isFault: true,
        act: async (drill) => {
          await fillVolume(drill.platform, await volumeOf(drill, primary(drill)));
          const bytesPerSecond = 2 * linkBytesPerSecond;
          // Its connection ends with the primary.
          await drill
            .client("jakarta")
            .command({ command: "wal", bytes: 400 * mebibyte, bytesPerSecond })
            .catch(() => undefined);
        },
      },
      untilWritesAreBack(all, 20),
      {
        what: "the volume grows, as the runbook says, and its member comes back by itself",
        act: async (drill) => {
          const pod = primary(drill);
          const request = await claimOf(drill, pod, ".spec.resources.requests.storage");
          await drill.followRunbook({
            name: "archive-down",
            sections: ["The volume is nearly full"],
            values: { CITY: pod.city, PODS: pod.name, NEW_SIZE: request },
          });
          // What EBS and its CSI driver do with such a claim; the local platform's provisioner does not.
          await makeRoom(drill.platform, await volumeOf(drill, pod));
          await requireHealth(drill, "the return of the member whose volume was full", bounds.cityBack);
        },
      },
    ],
    promise: {
      cities: everyCity(writesGoOn(bounds.fullVolume)),
      lostAge: bounds.crashLoss,
      leader: "other member",
    },
  },
];
