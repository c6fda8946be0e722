import type { Platform } from "../platform.js";
import { nftables } from "./commands.js";
import { nodeNamespace } from "./names.js";
import { uplink } from "./namespaces.js";

/**
 * A machine that is off or paused sends nothing and answers nothing. Its namespace is still part of a living kernel,
 * which would refuse connections in its name.
 */
const silence = `
table netdev nusantara
delete table netdev nusantara
table netdev nusantara {
  chain silence {
    type filter hook ingress device ${uplink} priority filter
    meta protocol ip drop
  }
}
table ip nusantara
delete table ip nusantara
table ip nusantara {
  chain silence {
    type filter hook postrouting priority 300
    oifname ${uplink} drop
  }
}
`;

const speech = ["netdev", "ip"]
  .map((family) => `table ${family} nusantara\ndelete table ${family} nusantara`)
  .join("\n");

/** Cuts a node off from the network, or joins it again. */
export const setSilent = async (platform: Platform, name: string, silent: boolean): Promise<void> => {
  await nftables(nodeNamespace(platform, name), silent ? silence : speech);
};
