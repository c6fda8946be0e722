/** Colours that people with any kind of sight tell apart; lines differ in their dashes too. By the order of cities. */
interface Palette {
  ink: string;
  faint: string;
  paper: string;
  bad: string;
  nobody: string;
  cities: readonly [string, string, string];
}

const light: Palette = {
  ink: "#1c1c1c",
  faint: "#d4d4d4",
  paper: "#ffffff",
  bad: "#a4262c",
  nobody: "#ecd3d5",
  cities: ["#0060a8", "#b35900", "#00734d"],
};
const dark: Palette = {
  ink: "#ececec",
  faint: "#4a4a4a",
  paper: "#161616",
  bad: "#ff9a9e",
  nobody: "#5a3235",
  cities: ["#6db7ff", "#ffb057", "#4fd6a3"],
};

// Without variables, which only browsers know.
const coloursOf = ({ ink, faint, paper, bad, nobody, cities }: Palette): string =>
  [
    `.paper{fill:${paper}}text,.unled text{fill:${ink}}.axis{stroke:${faint}}.mark{stroke:${ink}}`,
    `.bad{fill:${bad}}.nobody{fill:${nobody}}.led text{fill:${paper}}`,
    ...cities.map((colour, index) => `.line${index}{stroke:${colour}}.fill${index}{fill:${colour}}`),
  ].join("");

/** Style sheet of a timeline. */
export const timelineStyle = [
  "svg{font:13px system-ui,sans-serif}.title{font-size:17px}.title,.heading{font-weight:600}.small{font-size:12px}",
  "polyline{fill:none;stroke-width:2}.line1{stroke-dasharray:7 3}.line2{stroke-dasharray:2 3}",
  ".mark{stroke-dasharray:4 3;opacity:.6}",
  coloursOf(light),
  `@media (prefers-color-scheme:dark){${coloursOf(dark)}}`,
].join("");
