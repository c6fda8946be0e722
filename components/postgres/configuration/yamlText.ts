import { stringify } from "yaml";

/**
 * YAML that readers of version 1.1 (Patroni's PyYAML) and 1.2 understand alike: what either could take for another type
 * than a string is quoted, such as `on`. Keys keep their order, lines are not folded.
 */
export const yamlText = (value: object): string =>
  stringify(value, { version: "1.1", schema: "yaml-1.1", lineWidth: 0, aliasDuplicateObjects: false });
