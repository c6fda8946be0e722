import { suggestion } from "../../../stacks/configErrors.js";
import { UserError } from "../../errors.js";
import type { Scenario } from "../scenario.js";
import { branchScenarios } from "./branches.js";
import { disasterScenarios } from "./disaster.js";
import { etcdAlarmScenarios } from "./etcdAlarms.js";
import { linkScenarios } from "./links.js";
import { loadScenarios } from "./load.js";
import { primaryScenarios } from "./primary.js";
import { quorumScenarios } from "./quorum.js";
import { recoveryScenarios } from "./recovery.js";
import { restoreInPlaceScenarios } from "./restoreInPlace.js";
import { upkeepScenarios } from "./upkeep.js";
import { volumeScenarios } from "./volumes.js";

/** Every scenario, in the order in which they run. */
export const scenarios: readonly Scenario[] = [
  ...primaryScenarios,
  ...quorumScenarios,
  ...linkScenarios,
  ...etcdAlarmScenarios,
  ...branchScenarios,
  ...loadScenarios,
  ...volumeScenarios,
  ...recoveryScenarios,
  ...upkeepScenarios,
  ...restoreInPlaceScenarios,
  ...disasterScenarios,
];

/**
 * The scenarios that a text like `kill-city,M12.5` names: by name, by what they cover, or `ci` for the short set. All
 * of them by default.
 * @throws UserError with the names that there are.
 */
export function chosenScenarios(text: string | undefined): Scenario[] {
  const wanted = (text ?? "").split(/[\s,]+/).filter((name) => name !== "");
  if (wanted.length === 0) return [...scenarios];
  const chosen = new Set(
    wanted.flatMap((name) => {
      const found = scenarios.filter((scenario) => answersTo(scenario, name));
      if (found.length > 0) return found;
      const names = scenarios.map((scenario) => scenario.name);
      throw new UserError(`"${name}" is no scenario${suggestion(name, names)}`, `there are ${names.join(", ")}`);
    }),
  );
  return scenarios.filter((scenario) => chosen.has(scenario));
}

const answersTo = ({ name, covers, inCi }: Scenario, wanted: string): boolean =>
  name === wanted ||
  covers.some((each) => each.toLowerCase() === wanted.toLowerCase()) ||
  (wanted === "ci" && inCi === true);
