import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";

type Values = Readonly<Record<string, pulumi.Input<string>>>;

/** Sixteen digits that change with any of the values: as an annotation it rolls pods, in a name it makes a new Job. */
export const checksum = (values: Values): pulumi.Output<string> =>
  pulumi
    .all(
      Object.entries(values)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, value]) => pulumi.output(value).apply((text) => `${name}=${text}`)),
    )
    .apply((lines) => createHash("sha256").update(lines.join("\0")).digest("hex").slice(0, 16));
