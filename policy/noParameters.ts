import { z } from "zod";

/** For rules that leave nothing to the settings. */
export const noParameters = z.strictObject({});
